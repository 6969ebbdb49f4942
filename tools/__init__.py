"""Tools for working on this repository. The product does not import any of them."""
