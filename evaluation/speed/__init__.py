"""Compares the assistant's speed and memory use with those of Rasa's default pipeline: `streetwise bench`."""
