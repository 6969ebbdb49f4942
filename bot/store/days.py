"""Conversions from timestamps to days: staff see and enter London days, counts are kept by UTC day.

A count is stored once and must keep its meaning when British clocks change. Pages that show counts say so. Files and
the output of commands have times in UTC with a Z.
"""

from datetime import date, datetime, time, timezone
from typing import Tuple

from bot.content.hours import LONDON


def in_london(moment: int) -> datetime:
    """The London time of `moment`, in seconds since 1970."""
    return datetime.fromtimestamp(moment, LONDON)


def in_utc(moment: int) -> datetime:
    """The UTC time of `moment`, in seconds since 1970."""
    return datetime.fromtimestamp(moment, timezone.utc)


def begins_at(day: date) -> int:
    """The start of `day` in London, in seconds since 1970."""
    return int(datetime.combine(day, time(), LONDON).timestamp())


def counted_day(moment: int) -> date:
    """The UTC day under which `moment` is counted."""
    return in_utc(moment).date()


def counted_day_and_hour(moment: int) -> Tuple[str, str]:
    """The UTC day and hour (00 to 23) under which `moment` is counted, as stored in the database."""
    at = in_utc(moment)
    return at.date().isoformat(), f"{at.hour:02}"
