"""A span of days that an address names; days as they are counted, in UTC (bot/store/days.py). Pure."""

from datetime import date, datetime, time, timedelta, timezone
from typing import List, Mapping, NamedTuple

from bot.console.forms import read_day, read_number

#: Days of a span when none is named, and at most.
USUAL_DAYS, MOST_DAYS = 30, 400
#: Spans that end today, by their days.
PRESETS = (7, 30, 90, 365)

_DAY = timedelta(days=1)


class AddressError(ValueError):
    """An address asks for what there is not; `name` says why: unreadable, backwards, too_long or unknown."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Span(NamedTuple):
    """Days from one to another, both included. A day begins at midnight UTC."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.last - self.first).days + 1

    @property
    def each(self) -> List[date]:
        """Each of the days."""
        return [self.first + number * _DAY for number in range(self.days)]

    @property
    def middle(self) -> date:
        """The day half-way."""
        return self.first + (self.last - self.first) // 2

    @property
    def begins_at(self) -> int:
        """Its first second, counted from 1970."""
        return int(datetime.combine(self.first, time(), timezone.utc).timestamp())

    @property
    def ends_at(self) -> int:
        """The second after its last."""
        return self.begins_at + self.days * int(_DAY.total_seconds())


def until(last: date, days: int) -> Span:
    """The span of so many days that ends with `last`, or as many as the calendar has."""
    return Span(date.fromordinal(max(1, last.toordinal() - days + 1)), last)


def read(query: Mapping[str, str], today: date) -> Span:
    """The span that `from` and `to` name, or else `days`, or else the usual one.

    Raises:
        AddressError: they name none.
    """
    first, last = query.get("from", "").strip(), query.get("to", "").strip()
    if not first:
        return until(_day(last), USUAL_DAYS) if last else until(today, _days(query.get("days", "")))
    span = Span(_day(first), _day(last) if last else today)
    if span.days < 1:
        raise AddressError("backwards")
    if span.days > MOST_DAYS:
        raise AddressError("too_long")
    return span


def _day(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise AddressError("unreadable")
    return day


def _days(text: str) -> int:
    if not text:
        return USUAL_DAYS
    days = read_number(text)
    if days is None or not 1 <= days <= MOST_DAYS:
        raise AddressError("too_long")
    return days
