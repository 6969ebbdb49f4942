"""Trains the tagger of names, user names and schools: `python -m training.tagger`."""
