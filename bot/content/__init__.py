"""Reads and checks content/: every word people read, and the facts behind it. Imports no other package of bot."""
