"""Undoes disguised spelling, detects languages and lists English words. Imports nothing else from `bot`."""
