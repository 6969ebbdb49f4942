"""Trains the weights that the product ships with: the sentence encoder and the tagger. Not installed with it."""
