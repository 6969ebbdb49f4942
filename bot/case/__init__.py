"""The case: everything known about a conversation as a frozen value, and the pure functions that update and read it."""
