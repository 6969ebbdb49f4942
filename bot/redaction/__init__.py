"""Redaction: removes identifying details from every text before Rasa, the logs or the store see it."""
