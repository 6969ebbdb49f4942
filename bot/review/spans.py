"""A span of days as an address names it. Pure."""

from datetime import date, datetime, time, timedelta, timezone
from typing import List, Mapping, NamedTuple

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


def today(now: int) -> date:
    """The day of a moment, in seconds since 1970."""
    return datetime.fromtimestamp(now, timezone.utc).date()


def until(last: date, days: int) -> Span:
    """The span of so many days that ends with `last`, or as many as the calendar has."""
    return Span(date.fromordinal(max(1, last.toordinal() - days + 1)), last)


def read(query: Mapping[str, str], now: date) -> Span:
    """The span that `from` and `to` name, or else `days`, or else the usual one.

    Raises:
        AddressError: they name none.
    """
    first, last = query.get("from", "").strip(), query.get("to", "").strip()
    if not first:
        return until(_day(last) if last else now, _days(query.get("days", "")) if not last else USUAL_DAYS)
    span = Span(_day(first), _day(last) if last else now)
    if span.days < 1:
        raise AddressError("backwards")
    if span.days > MOST_DAYS:
        raise AddressError("too_long")
    return span


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise AddressError("unreadable") from None


def _days(written: str) -> int:
    if not written:
        return USUAL_DAYS
    if not (written.isascii() and written.isdigit()):
        raise AddressError("unreadable")
    # So many digits that Python refuses to count them are too many days as well.
    if len(written) > len(str(MOST_DAYS)) or not 1 <= int(written) <= MOST_DAYS:
        raise AddressError("too_long")
    return int(written)
