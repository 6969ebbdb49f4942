"""Removes identifying details from every text before Rasa, the logs or the store can see it."""
