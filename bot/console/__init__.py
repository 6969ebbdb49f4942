"""The staff console: a separate application on its own port."""
