"""Moments and days as staff read and name them. All times are Europe/London."""

from datetime import date, datetime, time, timedelta
from typing import Tuple

from bot.content.hours import LONDON


def moment(at: int) -> str:
    """A moment in words; `at` is in seconds since 1970."""
    return f"{datetime.fromtimestamp(at, LONDON):%-d %b %Y, %H:%M}"


def span(day: date) -> Tuple[int, int]:
    """When a day begins and when it is over, in seconds since 1970.

    Raises:
        OverflowError, ValueError: it is at the very beginning or end of what a calendar holds.
    """
    begins, ends = (datetime.combine(one, time(), LONDON) for one in (day, day + timedelta(days=1)))
    return int(begins.timestamp()), int(ends.timestamp())
