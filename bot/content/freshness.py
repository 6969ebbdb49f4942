"""Which facts are due to be checked again, as content/ has it. Pure: the same library and day give the same list."""

from datetime import date
from typing import List, NamedTuple

from bot.content.library import Library


class Stale(NamedTuple):
    """A fact of services.yml or sources.yml that was checked too long ago."""

    file: str
    name: str
    checked_on: date
    days: int


def is_stale(library: Library, checked_on: date, today: date) -> bool:
    """Whether a fact that was checked on that day is due again: it was longer ago than house style allows."""
    return (today - checked_on).days > library.style.fresh_for_days


def stale_facts(library: Library, today: date) -> List[Stale]:
    """The services and sources that are due, oldest first."""
    facts = [("content/services.yml", name, one.checked_on) for name, one in library.services.items()]
    facts += [("content/sources.yml", name, one.read_on) for name, one in library.sources.items()]
    found = [Stale(file, name, day, (today - day).days) for file, name, day in facts if is_stale(library, day, today)]
    return sorted(found, key=lambda fact: (-fact.days, fact.file, fact.name))
