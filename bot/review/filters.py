"""The queue's filters as an address holds them: plain names, one value each. Pure."""

import re
from datetime import date
from typing import Collection, Dict, Mapping

from bot.review.visit import RefusalError
from bot.store.filing import NEEDS, STATES, URGENCIES
from bot.store.queue import ANY_STATE, NOBODY, Filters, Known

#: What stands for whoever asks.
ME = "me"
ASKERS = ("parent", "young_person", "professional", "self_concern", "other", "unknown")
LANGUAGES = ("en", "other")
#: Characters that a search may have.
LONGEST_SEARCH = 200
#: The name of each filter in an address, by its field.
NAMES = {field: {"first": "from", "last": "to"}.get(field, field) for field in Filters._fields}
#: What may stand beside filters.
OTHERS = frozenset(("after", "done"))
#: Characters of a wrong value that are shown.
_SHOWN = 60
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse(query: Mapping[str, str], known: Known, topics: Collection[str], me: str) -> Filters:
    """The filters that an address names; those left empty are not set.

    Args:
        query: what stands behind the "?".
        known: what there is to filter by, from the store.
        topics: the topics' names.
        me: the name of whoever asks.

    Raises:
        RefusalError: there is no such filter, or it cannot be that.
    """
    choices: Dict[str, Collection[str]] = {
        "need": NEEDS,
        "topic": topics,
        "urgency": URGENCIES,
        "asker": ASKERS,
        "flag": known.flags,
        "state": (*STATES, ANY_STATE),
        "reviewer": (ME, NOBODY, *known.staff),
        "model": known.models,
        "language": LANGUAGES,
    }
    given = {name: value.strip() for name, value in query.items() if value.strip() and name not in OTHERS}
    for name in given:
        if name not in NAMES.values():
            raise RefusalError("unknown_filter", filter=_shown(name), allowed=", ".join(NAMES.values()))
    found = {field: _value(name, given[name], choices) for field, name in NAMES.items() if name in given}
    filters = Filters(**found)  # type: ignore[arg-type]
    if filters.first and filters.last and filters.last < filters.first:
        raise RefusalError("days_reversed", filter="to", held=given["to"], first=given["from"])
    return filters._replace(reviewer=me) if filters.reviewer == ME else filters


def as_query(filters: Filters) -> Dict[str, str]:
    """The filters as an address names them, for links."""
    return {NAMES[field]: str(value) for field, value in filters._asdict().items() if value is not None}


def _value(name: str, held: str, choices: Mapping[str, Collection[str]]) -> object:
    if name in ("from", "to"):
        return _day(name, held)
    if name == "q":
        if len(held) > LONGEST_SEARCH:
            raise RefusalError("long_search", filter=name, held=_shown(held), most=LONGEST_SEARCH, length=len(held))
        return held
    if held not in choices[name]:
        raise RefusalError("bad_filter", filter=name, held=_shown(held), allowed=", ".join(choices[name]))
    return held


def _day(name: str, held: str) -> date:
    try:
        if _DAY.fullmatch(held):
            return date.fromisoformat(held)
    except ValueError:
        pass
    raise RefusalError("bad_day", filter=name, held=_shown(held))


def _shown(held: str) -> str:
    return held if len(held) <= _SHOWN else held[:_SHOWN] + "…"
