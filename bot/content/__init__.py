"""Reads and checks content/: every word that people read, and the facts behind it. Imports no other package in bot."""
