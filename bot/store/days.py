"""Converts timestamps to days. Staff see and enter days in London time, but counts are stored by UTC day.

UTC days all have 24 hours, even when the clocks change in Britain, so stored counts stay comparable. Pages that show
counts say that their days are UTC days. Files and command output show times in UTC, marked with a Z.
"""

from datetime import date, datetime, time, timezone
from typing import Tuple

from bot.content.hours import LONDON


def in_london(moment: int) -> datetime:
    """Convert `moment`, in seconds since 1970, to London time."""
    return datetime.fromtimestamp(moment, LONDON)


def in_utc(moment: int) -> datetime:
    """Convert `moment`, in seconds since 1970, to UTC."""
    return datetime.fromtimestamp(moment, timezone.utc)


def begins_at(day: date) -> int:
    """Return when `day` begins in London, in seconds since 1970."""
    return int(datetime.combine(day, time(), LONDON).timestamp())


def counted_day(moment: int) -> date:
    """Return the UTC day that `moment` counts towards."""
    return in_utc(moment).date()


def counted_day_begins_at(day: date) -> int:
    """Return when `day` begins in UTC, in seconds since 1970."""
    return int(datetime.combine(day, time(), timezone.utc).timestamp())


def counted_day_and_hour(moment: int) -> Tuple[str, str]:
    """Return the UTC day and hour (00 to 23) that `moment` counts towards, in the database's format."""
    at = in_utc(moment)
    return at.date().isoformat(), f"{at.hour:02}"
