"""The queue's filters, and places in it, as an address holds them: plain names, one value each. Pure."""

import base64
import binascii
import struct
import zlib
from typing import Any, Collection, Dict, Mapping, Optional
from urllib.parse import urlencode

from bot.console.forms import read_day
from bot.console.labels import LABELS
from bot.console.visit import RefusalError
from bot.content.models import URGENCIES
from bot.store.queue import Known
from bot.store.queue_filters import ANY_STATE, NOBODY, Filters, Key
from bot.store.triage import PRIORITIES, STATES

#: What stands for whoever asks.
ME = "me"
#: Characters that a search may have.
LONGEST_SEARCH = 200
#: The name of each filter in an address, by its field.
NAMES = {field: {"first": "from", "last": "to"}.get(field, field) for field in Filters._fields}
#: Where in an address the place stands behind which a page of the queue begins.
AFTER = "after"
#: What may stand beside filters.
_OTHERS = frozenset((AFTER, "done"))
#: Characters of a wrong value that are shown.
_SHOWN = 60
#: A key, and a sum over it and the filters that it belongs to.
_PLACE = struct.Struct(">BBqqI")


def choices(known: Known, topics: Collection[str]) -> Dict[str, Collection[str]]:
    """What each filter may hold that holds one of a few, by its name and in order."""
    return {
        "need": PRIORITIES[::-1],
        "topic": topics,
        "urgency": URGENCIES[::-1],
        "asker": tuple(LABELS["asker"]),
        "state": (*STATES, ANY_STATE),
        "reviewer": (ME, NOBODY, *known.staff),
        # Also those that nothing has now: whoever takes the last one off still reads in its queue.
        "flag": tuple(dict.fromkeys((*LABELS["flag"], *known.flags))),
        "language": tuple(LABELS["language"]),
        "model": known.models,
    }


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
    given = {name: value.strip() for name, value in query.items() if value.strip() and name not in _OTHERS}
    for name in given:
        if name not in NAMES.values():
            raise RefusalError("unknown_filter", filter=_shown(name), allowed=", ".join(NAMES.values()))
    allowed = choices(known, topics)
    found = {field: _value(name, given[name], allowed) for field, name in NAMES.items() if name in given}
    filters = Filters(**found)
    if filters.first and filters.last and filters.last < filters.first:
        raise RefusalError("days_reversed", filter="to", held=given["to"], first=given["from"])
    return filters._replace(reviewer=me) if filters.reviewer == ME else filters


def as_query(filters: Filters) -> Dict[str, str]:
    """The filters as an address names them, for links."""
    return {NAMES[field]: str(value) for field, value in filters._asdict().items() if value is not None}


def as_place(key: Key, filters: Filters) -> str:
    """A place in the queue with `filters` as an address holds it."""
    return base64.urlsafe_b64encode(_PLACE.pack(*key, _sum(key, filters))).rstrip(b"=").decode()


def place_of(held: str, filters: Filters) -> Optional[Key]:
    """The place that an address holds; None where it holds none.

    Raises:
        RefusalError: `as_place` never made it for these filters.
    """
    if not held:
        return None
    try:
        *values, sum_ = _PLACE.unpack(base64.urlsafe_b64decode(held + "=" * (-len(held) % 4)))
        key = Key(*values)
        if sum_ == _sum(key, filters):
            return key
    except (binascii.Error, struct.error, ValueError):
        pass
    raise RefusalError("bad_place", held=_shown(held))


def _sum(key: Key, filters: Filters) -> int:
    return zlib.crc32(f"{tuple(key)} {urlencode(as_query(filters))}".encode())


def _value(name: str, held: str, allowed: Mapping[str, Collection[str]]) -> Any:
    if name in ("from", "to"):
        day = read_day(held)
        if day is None:
            raise RefusalError("bad_day", filter=name, held=_shown(held))
        return day
    if name == "q":
        if len(held) > LONGEST_SEARCH:
            raise RefusalError("long_search", filter=name, held=_shown(held), most=LONGEST_SEARCH, length=len(held))
        return held
    if held not in allowed[name]:
        raise RefusalError("bad_filter", filter=name, held=_shown(held), allowed=", ".join(allowed[name]))
    return held


def _shown(held: str) -> str:
    return held if len(held) <= _SHOWN else held[:_SHOWN] + "…"
