"""Moments and days in words, as staff read them. They are London's: see bot/store/days.py."""

from datetime import date

from bot.store.days import in_london


def day(of: date) -> str:
    """A day in words."""
    return f"{of:%-d %B %Y}"


def day_of(at: int) -> str:
    """The day of a moment in words; `at` is in seconds since 1970."""
    return day(in_london(at))


def moment(at: int) -> str:
    """A moment in words; `at` is in seconds since 1970."""
    return f"{day_of(at)}, {in_london(at):%H:%M}"


def period(first: int, last: int) -> str:
    """From one moment to another, with the day once where it is the same."""
    if first == last:
        return moment(first)
    begin, end = in_london(first), in_london(last)
    return f"{moment(first)} – {f'{end:%H:%M}' if begin.date() == end.date() else moment(last)}"
