"""Takes the pictures of docs/pictures/ in a real browser: `make pictures`."""
