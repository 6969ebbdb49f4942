"""Measures the chat under load: with more messages than it can answer, and for hours at half its capacity."""
