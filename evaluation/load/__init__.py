"""Measures what the chat does when more people write than it can answer."""
