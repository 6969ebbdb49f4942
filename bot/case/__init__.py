"""The case, which is a frozen value holding everything known about a conversation, and pure functions that use it."""
