"""Measures how well single messages and whole conversations are understood: `streetwise evaluate`."""
