"""Tools for people who work on this repository. The product does not import any of them."""
