"""Compares speed and memory with Rasa's default pipeline: `streetwise bench`."""
