"""Trains the sentence encoder and the tagger. The product ships with their weights, but without this package."""
