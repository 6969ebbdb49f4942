"""Which examples calibrate and which teach meaning, by their text alone; all teach spelling."""

import hashlib


def is_held_out(text: str) -> bool:
    """True of one example in twenty, on which the encoder was not tuned: probabilities are calibrated on them."""
    return _digest(text)[0] < 13


def is_encoded(text: str) -> bool:
    """True of those held out, and of a third of the others, whose meaning is learned.

    Encoding takes most of the training, and more examples teach no more: with all, a half or a third of them, topics
    are right in 85.7, 85.8 and 85.6 % of those held out, and in 95.0, 95.0 and 94.8 % of the development set.
    """
    return is_held_out(text) or _digest(text)[1] < 86


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()
