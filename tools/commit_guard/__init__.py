"""The commit guard refuses commits that contain databases, models, logs, keys or identifiers."""
