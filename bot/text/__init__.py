"""Reads writing that hides what it says, and knows English words. Pure functions; knows nothing else of bot."""
