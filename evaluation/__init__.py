"""Measures how well conversations are followed, and writes the reports. Only the commands of bot/ import it."""
