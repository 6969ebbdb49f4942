"""The case, an immutable value holding everything known about a conversation, and pure functions that use it."""
