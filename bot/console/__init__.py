"""The staff console: its own application on its own port."""
