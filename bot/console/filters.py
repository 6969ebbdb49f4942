"""Reads and writes the queue's filters and page cursors as query strings. A filter has a name and one value. Pure."""

import base64
import binascii
import struct
import zlib
from typing import Any, Collection, Dict, List, Mapping, Optional, Tuple
from urllib.parse import urlencode

from bot.console.labels import LABELS
from bot.console.request import RefusalError, read_day
from bot.content.models import URGENCIES
from bot.store.queue import Known
from bot.store.queue_filters import ANY_STATE, NOBODY, Filters, Key
from bot.store.triage import PRIORITIES, STATES

#: The reviewer filter's value for the account that is signed in.
ME = "me"
#: Maximum number of characters in a search.
LONGEST_SEARCH = 200
#: Maps each field of `Filters` to its query parameter.
NAMES = {field: {"first": "from", "last": "to"}.get(field, field) for field in Filters._fields}
#: The query parameter for the cursor. A page of the queue starts with the first conversation after the cursor.
AFTER = "after"
#: Parameters that are not filters.
_NOT_FILTERS = frozenset((AFTER, "done"))
#: Maximum number of characters shown of an invalid value.
MAX_SHOWN = 60
#: The binary format of a cursor: a key, and a checksum of the key and the filters.
_CURSOR = struct.Struct(">BBqqI")


def choices(known: Known, topics: Collection[str]) -> Dict[str, Collection[str]]:
    """Map the name of each filter that has a fixed set of values to those values, in order."""
    return {
        "need": PRIORITIES[::-1],
        "topic": topics,
        "urgency": URGENCIES[::-1],
        "asker": tuple(LABELS["asker"]),
        "state": (*STATES, ANY_STATE),
        "reviewer": (ME, NOBODY, *known.staff),
        # Include flags that no conversation has at present: a link to a flag's queue must still work after the flag has
        # been removed from the last conversation.
        "flag": tuple(dict.fromkeys((*LABELS["flag"], *known.flags))),
        "language": tuple(LABELS["language"]),
        "model": known.models,
    }


def parse(query: Mapping[str, str], known: Known, topics: Collection[str], me: str) -> Filters:
    """Read the filters from a query, ignoring empty ones.

    Args:
        query: the query parameters.
        known: the values to filter by, from the store.
        topics: the names of the topics.
        me: the name of the account that is signed in.

    Raises:
        RefusalError: there is no such filter, or its value is invalid.
    """
    given = {name: value.strip() for name, value in query.items() if value.strip() and name not in _NOT_FILTERS}
    for name in given:
        if name not in NAMES.values():
            raise RefusalError("unknown_filter", filter=_shortened(name), allowed=", ".join(NAMES.values()))
    allowed = choices(known, topics)
    found = {field: _value(name, given[name], allowed) for field, name in NAMES.items() if name in given}
    filters = Filters(**found)
    if filters.first and filters.last and filters.last < filters.first:
        raise RefusalError("days_reversed", filter="to", held=given["to"], first=given["from"])
    return filters._replace(reviewer=me) if filters.reviewer == ME else filters


def parse_fitting(
    query: Mapping[str, str], known: Known, topics: Collection[str], me: str
) -> Tuple[Filters, List[str]]:
    """Read a saved query, perhaps from another version, leaving out filters that are no longer valid.

    Returns:
        The filters, and the names of the parameters that were left out.
    """
    kept: Dict[str, str] = {}
    left_out: List[str] = []
    for name, value in query.items():
        try:
            parse({**kept, name: value}, known, topics, me)
        except RefusalError:
            left_out.append(_shortened(name))
        else:
            kept[name] = value
    return parse(kept, known, topics, me), left_out


def as_query(filters: Filters) -> Dict[str, str]:
    """Return the filters as query parameters, for links."""
    return {NAMES[field]: str(value) for field, value in filters._asdict().items() if value is not None}


def encode_cursor(key: Key, filters: Filters) -> str:
    """Encode a position in the queue with `filters` as a cursor."""
    return base64.urlsafe_b64encode(_CURSOR.pack(*key, _checksum(key, filters))).rstrip(b"=").decode()


def decode_cursor(held: str, filters: Filters) -> Optional[Key]:
    """Decode a cursor. Return None if it is empty.

    Raises:
        RefusalError: the cursor was not made by `encode_cursor` for these filters.
    """
    if not held:
        return None
    try:
        *values, checksum = _CURSOR.unpack(base64.urlsafe_b64decode(held + "=" * (-len(held) % 4)))
        key = Key(*values)
        if checksum == _checksum(key, filters):
            return key
    except (binascii.Error, struct.error, ValueError):
        pass
    raise RefusalError("bad_place", held=_shortened(held))


def _checksum(key: Key, filters: Filters) -> int:
    return zlib.crc32(f"{tuple(key)} {urlencode(as_query(filters))}".encode())


def _value(name: str, held: str, allowed: Mapping[str, Collection[str]]) -> Any:
    if name in ("from", "to"):
        day = read_day(held)
        if day is None:
            raise RefusalError("bad_day", filter=name, held=_shortened(held))
        return day
    if name == "q":
        if len(held) > LONGEST_SEARCH:
            raise RefusalError("long_search", filter=name, held=_shortened(held), most=LONGEST_SEARCH, length=len(held))
        return held
    if held not in allowed[name]:
        raise RefusalError("bad_filter", filter=name, held=_shortened(held), allowed=", ".join(allowed[name]))
    return held


def _shortened(held: str) -> str:
    return held if len(held) <= MAX_SHOWN else held[:MAX_SHOWN] + "…"
