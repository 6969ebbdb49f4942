"""Measures the staff console on a database of a million conversations: `python -m evaluation.console.run`."""
