"""Which examples the encoder was not tuned on: probabilities are calibrated on them."""

import hashlib


def is_held_out(text: str) -> bool:
    """True of one example in twenty, by its text alone, so that tuning and training agree without a list."""
    return hashlib.sha256(text.encode("utf-8")).digest()[0] < 13
