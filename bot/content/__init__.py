"""Reads and checks content/: every word people read, and the facts behind it. Knows nothing else of ours."""
