"""The case: everything known about a conversation, as one frozen value, and the pure rules that change and read it."""
