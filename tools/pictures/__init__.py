"""Takes the pictures in docs/pictures/ with a real browser: `make pictures`."""
