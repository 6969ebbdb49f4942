"""Measures the staff console with a million conversations: `python -m evaluation.console.run`."""
