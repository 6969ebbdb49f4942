"""Persistence: short-lived dialogue state, the redacted review log for staff, staff accounts and the audit log."""
