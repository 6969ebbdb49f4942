"""Redaction: removes what identifies a person from every text before Rasa, the logs and the store see it."""
