"""The case, a frozen value with everything known about a conversation, and pure functions to update and read it."""
