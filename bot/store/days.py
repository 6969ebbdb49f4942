"""Days: what staff read and name is a day in London; what is counted is counted by the day in UTC.

A count is made once and must mean the same for ever, whatever clocks in Britain did. Pages that show counts say so.
What programs read on, files and the output of commands, has moments in UTC with a Z.
"""

from datetime import date, datetime, time, timezone
from typing import Tuple

from bot.content.hours import LONDON


def in_london(moment: int) -> datetime:
    """A moment, in seconds since 1970, as a clock in London shows it."""
    return datetime.fromtimestamp(moment, LONDON)


def in_utc(moment: int) -> datetime:
    """A moment, in seconds since 1970, in UTC."""
    return datetime.fromtimestamp(moment, timezone.utc)


def begins_at(day: date) -> int:
    """The moment at which a day begins in London, in seconds since 1970."""
    return int(datetime.combine(day, time(), LONDON).timestamp())


def counted_day(moment: int) -> date:
    """The day under which something is counted."""
    return in_utc(moment).date()


def counted_day_and_hour(moment: int) -> Tuple[str, str]:
    """The day and the hour, from 00 to 23, under which something is counted, as the database holds them."""
    at = in_utc(moment)
    return at.date().isoformat(), f"{at.hour:02}"
