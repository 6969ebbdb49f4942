"""What is kept, and where: the state of dialogues (short-lived) and the review log (redacted, for staff)."""
