"""Unfolds disguised writing, detects languages and lists English words. Imports nothing else of bot."""
