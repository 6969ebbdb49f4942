"""Redaction at the door, so that nothing behind it ever sees what identifies a person."""
