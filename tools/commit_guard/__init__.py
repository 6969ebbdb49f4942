"""The commit guard: refuses commits with databases, models, logs, keys or identifiers."""
