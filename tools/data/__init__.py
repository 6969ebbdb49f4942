"""Adds to, formats and describes the examples in data/nlu/ and the conversations in data/conversations/."""
