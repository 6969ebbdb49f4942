"""Measures which identifiers redaction misses, and what else it removes: `python -m evaluation.redaction.run`."""
