"""Reads date ranges from a query string. Days are in UTC because the counts are (see bot/store/days.py). Pure."""

from datetime import date, datetime, time, timedelta, timezone
from typing import List, Mapping, NamedTuple

from bot.console.request import read_day, read_number

#: Number of days in the default range, and maximum number in any range.
USUAL_DAYS, MOST_DAYS = 30, 400
#: Lengths in days of the preset ranges, which end today.
PRESETS = (7, 30, 90, 365)
#: The first year whose months can be shown. It predates the chat, and each month still has one before it to compare.
FIRST_YEAR = 2020

_DAY = timedelta(days=1)


class QueryError(ValueError):
    """A query has an invalid value. `name` is the reason: unreadable, backwards, too_long, not_begun or unknown."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class DateRange(NamedTuple):
    """The days from `first` to `last` inclusive. A day begins at midnight UTC."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    @property
    def each(self) -> List[date]:
        """The days in order."""
        return [self.first + number * _DAY for number in range(self.days)]

    @property
    def middle(self) -> date:
        """The day halfway between the first and the last."""
        return self.first + (self.last - self.first) // 2

    @property
    def begins_at(self) -> int:
        """When the range begins, in seconds since 1970."""
        return int(datetime.combine(self.first, time(), timezone.utc).timestamp())

    @property
    def ends_at(self) -> int:
        """When the range ends (exclusive), in seconds since 1970."""
        return self.begins_at + self.days * int(_DAY.total_seconds())


def ending(last: date, days: int) -> DateRange:
    """Return the range of `days` days ending with `last`, or a shorter range if it would begin before the year 1."""
    return DateRange(date.fromordinal(max(1, last.toordinal() - days + 1)), last)


def parse(query: Mapping[str, str], today: date) -> DateRange:
    """Return the range given by `from` and `to` or by `days`, or the default range if none is given.

    Raises:
        QueryError: the values do not form a range, or the range is too long.
    """
    first, last = query.get("from", "").strip(), query.get("to", "").strip()
    if not first:
        return ending(_day(last), USUAL_DAYS) if last else ending(today, _days(query.get("days", "")))
    found = DateRange(_day(first), _day(last) if last else today)
    if found.days < 1:
        raise QueryError("backwards")
    if found.days > MOST_DAYS:
        raise QueryError("too_long")
    return found


def month_of(day: date) -> DateRange:
    """Return the calendar month that contains a day."""
    first = day.replace(day=1)
    return DateRange(first, (first + 31 * _DAY).replace(day=1) - _DAY)


def month_before(day: date) -> DateRange:
    """Return the calendar month before the one that contains a day."""
    return month_of(day.replace(day=1) - _DAY)


def parse_month(query: Mapping[str, str], today: date) -> DateRange:
    """Return the month given by `month`, written like 2026-03, or the last complete month if none is given.

    Raises:
        QueryError: the value is not a month, or the month has not begun.
    """
    text = query.get("month", "").strip()
    if not text:
        return month_before(today)
    day = read_day(f"{text}-01")
    if day is None or day.year < FIRST_YEAR:
        raise QueryError("unreadable")
    if day > today:
        raise QueryError("not_begun")
    return month_of(day)


def _day(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise QueryError("unreadable")
    return day


def _days(text: str) -> int:
    if not text:
        return USUAL_DAYS
    days = read_number(text)
    if days is None or not 1 <= days <= MOST_DAYS:
        raise QueryError("too_long")
    return days
