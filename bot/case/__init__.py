"""The case, a frozen value that holds everything known about a conversation, and pure functions that use it."""
