"""Tools for people who work on the repository; the product imports none of them."""
