"""The staff console: a separate application on a port of its own."""
