"""Persistence: the state of dialogues (short-lived), the review log (redacted, for staff), accounts and audit log."""
