"""Sends unexpected requests to the public site: `python -m evaluation.fuzz.run`."""
