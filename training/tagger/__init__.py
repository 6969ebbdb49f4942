"""Trains the tagger that finds names, user names and schools: `python -m training.tagger`."""
