"""Numbers and days as they come in the fields of forms and addresses. Pure."""

from datetime import date
from typing import Optional

#: Digits of the greatest number that every database can hold.
DIGITS = 18


def read_number(text: str, digits: int = DIGITS) -> Optional[int]:
    """The number that `text` is, from 0 up, in at most so many digits; None if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def read_day(text: str) -> Optional[date]:
    """The day that `text` is, written like 2026-03-31; None if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
