"""Measures what redaction takes out, rightly and wrongly: `python -m evaluation.redaction.run`."""
