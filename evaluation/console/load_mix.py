"""Builds a mix of requests to the staff console from the contents of a database."""

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from typing import Callable, Collection, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.console.access import READERS
from bot.console.filters import AFTER, ME, NAMES, choices, encode_cursor, parse
from bot.console.pages import ROUTES
from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.redaction.redactor import Redactor
from bot.store import queue, review_log
from bot.store.queue import Known
from bot.store.queue_filters import ANY_STATE, Filters, Key
from bot.store.review_log import OPENING
from bot.store.schema import reviews
from bot.store.search_index import words_of

#: Number of requests of each kind.
PLAIN, OF_EACH_FILTER, PAIRS, OF_EACH_SEARCH, DEEP, FORMS, FIGURES = 40, 8, 80, 25, 50, 20, 30
#: Number of conversations to sample when working out which words are frequent and which are rare.
SAMPLE = 3_000
PATH, PICTURE = "/queue", "/figures"
QUEUE, SEARCH, FIGURES_PAGE = "queue", "search", "figures"
#: The prefix of made-up words that no conversation contains.
_ABSENT = "quizzaciously"


class PageRequest(NamedTuple):
    """A request to the console. Its time limit depends on `page`, and the report groups requests by `kind`."""

    page: str
    kind: str
    address: str


class DatabaseContents(NamedTuple):
    """The parts of a database that requests are built from. `words` is ordered from most to least frequent."""

    known: Known
    first: date
    last: date
    keys: List[Key]
    words: List[str]


def page_requests(contents: DatabaseContents, seed: int) -> List[PageRequest]:
    """Return the whole mix of requests, in random order."""
    random = Random(seed)
    asked = [*_queue_requests(contents, random), *_search_requests(contents, random), *_figure_requests(contents)]
    random.shuffle(asked)
    return asked


def read_contents(connection: Connection, redactor: Redactor, seed: int) -> DatabaseContents:
    """Read the parts of a database that the requests are built from."""
    random = Random(seed)
    first, last, most = connection.execute(
        sa.select(sa.func.min(reviews.c.last_at), sa.func.max(reviews.c.last_at), sa.func.max(reviews.c.number))
    ).one()
    numbers = sorted(random.sample(range(1, most + 1), min(SAMPLE, most)))
    columns = (*(reviews.c[name] for name in Key._fields), reviews.c.conversation_id)
    sampled = connection.execute(sa.select(*columns).where(reviews.c.number.in_(numbers))).all()
    said = (
        turn["text"]
        for row in sampled
        for turn in review_log.turns_of(connection, row.conversation_id)
        if turn["intent"] != OPENING
    )
    counted = Counter(word for text in said for word in words_of(text))
    # Leave out words that redaction would remove from a search.
    words = [word for word, _ in counted.most_common() if not redactor.redact(word).removed]
    return DatabaseContents(
        queue.known(connection, READERS), _day(first), _day(last), [Key(*row[:4]) for row in sampled], words
    )


def _queue_requests(contents: DatabaseContents, random: Random) -> Iterator[PageRequest]:
    for _ in range(PLAIN):
        yield _request(contents, QUEUE, "without filters", {})
    for field in _fields():
        for _ in range(OF_EACH_FILTER):
            yield _request(contents, QUEUE, "one filter", _chosen(contents, random, field))
    for _ in range(PAIRS):
        pair = random.sample(_fields(), 2)
        yield _request(
            contents, QUEUE, "two filters", {**_chosen(contents, random, pair[0]), **_chosen(contents, random, pair[1])}
        )
    for n in range(DEEP):
        filters = {"state": ANY_STATE, **(_chosen(contents, random, "topic") if n % 2 else {})}
        yield _request(contents, QUEUE, "deep in the list", filters, random.choice(contents.keys))
    for _ in range(FORMS):
        # A browser sends every field of a form, including empty fields.
        sent = {**dict.fromkeys(NAMES.values(), ""), **_chosen(contents, random, random.choice(_fields()))}
        yield PageRequest(QUEUE, "a form, with where it leads", f"{PATH}?{urlencode(sent)}")


def _search_requests(contents: DatabaseContents, random: Random) -> Iterator[PageRequest]:
    count = len(contents.words)
    frequent, middling, rare = contents.words[:30], contents.words[30:300], contents.words[count // 2 :]
    draws: Dict[str, Callable[[], Sequence[str]]] = {
        "a frequent word": lambda: [random.choice(frequent)],
        "a word of middling frequency": lambda: [random.choice(middling)],
        "a rare word": lambda: [random.choice(rare)],
        "a word that nobody said": lambda: [_ABSENT + random.choice("abcdefgh")],
        "frequent words together": lambda: random.sample(frequent, 2),
        "words of middling frequency together": lambda: random.sample(middling, 2),
        "a frequent and a rare word": lambda: [random.choice(frequent), random.choice(rare)],
    }
    for kind, draw in draws.items():
        for n in range(OF_EACH_SEARCH):
            state = {"state": ANY_STATE} if n % 3 == 0 else {}
            yield _request(contents, SEARCH, kind, {**state, "q": " ".join(draw())})
    for _ in range(2 * OF_EACH_SEARCH):
        word = random.choice(random.choice((frequent, middling, rare)))
        yield _request(
            contents, SEARCH, "a word and a filter", {**_chosen(contents, random, random.choice(_fields())), "q": word}
        )
    for _ in range(OF_EACH_SEARCH):
        word = random.choice(random.choice((frequent, middling)))
        yield _request(
            contents, SEARCH, "deep in what was found", {"state": ANY_STATE, "q": word}, random.choice(contents.keys)
        )


def _figure_requests(contents: DatabaseContents) -> Iterator[PageRequest]:
    if any(route.path == PICTURE for route in ROUTES):
        year = urlencode({"from": contents.first.isoformat(), "to": contents.last.isoformat()})
        for _ in range(FIGURES):
            yield PageRequest(FIGURES_PAGE, "the usual days", PICTURE)
            yield PageRequest(FIGURES_PAGE, "all days that there are", f"{PICTURE}?{year}")


def _fields() -> List[str]:
    """Return the filter fields other than the search. `first` is used for both ends of the date range."""
    return [field for field in Filters._fields if field not in ("last", "q")]


def _chosen(contents: DatabaseContents, random: Random, field: str) -> Dict[str, str]:
    """Return query parameters that filter by a random value of `field` and, half the time, include all states."""
    if field == "first":
        first = contents.first + timedelta(days=random.randrange((contents.last - contents.first).days + 1))
        found = {"from": first.isoformat(), "to": (first + timedelta(days=random.choice((0, 6, 30)))).isoformat()}
    else:
        found = {field: random.choice([value for value in _choices(contents)[field] if value != ME])}
    return found if random.random() < 0.5 else {"state": ANY_STATE, **found}


def _choices(contents: DatabaseContents) -> Mapping[str, Collection[str]]:
    return choices(contents.known, load_library().topics)


def _request(
    contents: DatabaseContents, page: str, kind: str, query: Dict[str, str], after: Optional[Key] = None
) -> PageRequest:
    if after is not None:
        query = {**query, AFTER: encode_cursor(after, parse(query, contents.known, load_library().topics, ""))}
    return PageRequest(page, kind, f"{PATH}?{urlencode(query)}" if query else PATH)


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment, LONDON).date()
