"""What staff ask the console for, in a fair mix: addresses of every kind, made of what a database holds."""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Callable, Collection, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.console.filters import AFTER, ME, NAMES, choices, encode_cursor, parse
from bot.console.pages import ROUTES
from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.redaction.redactor import Redactor
from bot.store import queue
from bot.store.queue import Known
from bot.store.queue_filters import ANY_STATE, Filters, Key
from bot.store.review_log import OPENING
from bot.store.schema import reviews, turns
from bot.store.search_index import words_of

#: Requests of each kind.
PLAIN, OF_EACH_FILTER, PAIRS, OF_EACH_SEARCH, DEEP, FORMS, FIGURES = 40, 8, 80, 25, 50, 20, 30
#: Conversations whose words are counted, to know frequent from rare ones.
SAMPLE = 3_000
PATH, PICTURE = "/queue", "/figures"
QUEUE, SEARCH, FIGURES_PAGE = "queue", "search", "figures"
#: No word of any conversation.
_ABSENT = "quizzaciously"


class Question(NamedTuple):
    """What is asked for: which page (of which a limit holds), what kind of it, and the address."""

    page: str
    kind: str
    address: str


class Held(NamedTuple):
    """What a database holds, as far as questions need it; words from the most frequent to the rarest."""

    known: Known
    first: date
    last: date
    keys: List[Key]
    words: List[str]


def questions(held: Held, seed: int) -> List[Question]:
    """The whole mix, in an order of chance."""
    dice = random.Random(seed)
    asked = [*_of_the_queue(held, dice), *_searches(held, dice), *_of_figures(held)]
    dice.shuffle(asked)
    return asked


def look(connection: Connection, redactor: Redactor, seed: int) -> Held:
    """Find out what a database holds."""
    dice = random.Random(seed)
    first, last, most = connection.execute(
        sa.select(sa.func.min(reviews.c.last_at), sa.func.max(reviews.c.last_at), sa.func.max(reviews.c.number))
    ).one()
    numbers = sorted(dice.sample(range(1, most + 1), min(SAMPLE, most)))
    columns = (*(reviews.c[name] for name in Key._fields), reviews.c.conversation_id)
    sampled = connection.execute(sa.select(*columns).where(reviews.c.number.in_(numbers))).all()
    said = sa.select(turns.c.text).where(
        turns.c.conversation_id.in_([row.conversation_id for row in sampled]), turns.c.intent != OPENING
    )
    counted = Counter(word for (text,) in connection.execute(said) for word in words_of(text))
    # What is taken for a name is not searched for.
    words = [word for word, _ in counted.most_common() if not redactor.redact(word).removed]
    return Held(queue.known(connection), _day(first), _day(last), [Key(*row[:4]) for row in sampled], words)


def _of_the_queue(held: Held, dice: random.Random) -> Iterator[Question]:
    for _ in range(PLAIN):
        yield _asked(held, QUEUE, "without filters", {})
    for field in _fields():
        for _ in range(OF_EACH_FILTER):
            yield _asked(held, QUEUE, "one filter", _chosen(held, dice, field))
    for _ in range(PAIRS):
        pair = dice.sample(_fields(), 2)
        yield _asked(held, QUEUE, "two filters", {**_chosen(held, dice, pair[0]), **_chosen(held, dice, pair[1])})
    for n in range(DEEP):
        filters = {"state": ANY_STATE, **(_chosen(held, dice, "topic") if n % 2 else {})}
        yield _asked(held, QUEUE, "deep in the list", filters, dice.choice(held.keys))
    for _ in range(FORMS):
        # As a browser sends it: with every field, most of them empty.
        sent = {**dict.fromkeys(NAMES.values(), ""), **_chosen(held, dice, dice.choice(_fields()))}
        yield Question(QUEUE, "a form, with where it leads", f"{PATH}?{urlencode(sent)}")


def _searches(held: Held, dice: random.Random) -> Iterator[Question]:
    count = len(held.words)
    frequent, middling, rare = held.words[:30], held.words[30:300], held.words[count // 2 :]
    draws: Dict[str, Callable[[], Sequence[str]]] = {
        "a frequent word": lambda: [dice.choice(frequent)],
        "a word of middling frequency": lambda: [dice.choice(middling)],
        "a rare word": lambda: [dice.choice(rare)],
        "a word that nobody said": lambda: [_ABSENT + dice.choice("abcdefgh")],
        "frequent words together": lambda: dice.sample(frequent, 2),
        "words of middling frequency together": lambda: dice.sample(middling, 2),
        "a frequent and a rare word": lambda: [dice.choice(frequent), dice.choice(rare)],
    }
    for kind, draw in draws.items():
        for n in range(OF_EACH_SEARCH):
            state = {"state": ANY_STATE} if n % 3 == 0 else {}
            yield _asked(held, SEARCH, kind, {**state, "q": " ".join(draw())})
    for _ in range(2 * OF_EACH_SEARCH):
        word = dice.choice(dice.choice((frequent, middling, rare)))
        yield _asked(held, SEARCH, "a word and a filter", {**_chosen(held, dice, dice.choice(_fields())), "q": word})
    for _ in range(OF_EACH_SEARCH):
        word = dice.choice(dice.choice((frequent, middling)))
        yield _asked(held, SEARCH, "deep in what was found", {"state": ANY_STATE, "q": word}, dice.choice(held.keys))


def _of_figures(held: Held) -> Iterator[Question]:
    if any(route.path == PICTURE for route in ROUTES):
        year = urlencode({"from": held.first.isoformat(), "to": held.last.isoformat()})
        for _ in range(FIGURES):
            yield Question(FIGURES_PAGE, "the usual days", PICTURE)
            yield Question(FIGURES_PAGE, "all days that there are", f"{PICTURE}?{year}")


def _fields() -> List[str]:
    """The filters' fields, but for the search; the first stands for both days."""
    return [field for field in Filters._fields if field not in ("last", "q")]


def _chosen(held: Held, dice: random.Random, field: str) -> Dict[str, str]:
    """A filter by its name in an address, half of the time over all states."""
    if field == "first":
        first = held.first + timedelta(days=dice.randrange((held.last - held.first).days + 1))
        found = {"from": first.isoformat(), "to": (first + timedelta(days=dice.choice((0, 6, 30)))).isoformat()}
    else:
        found = {field: dice.choice([value for value in _choices(held)[field] if value != ME])}
    return found if dice.random() < 0.5 else {"state": ANY_STATE, **found}


def _choices(held: Held) -> Mapping[str, Collection[str]]:
    return choices(held.known, load_library().topics)


def _asked(held: Held, page: str, kind: str, query: Dict[str, str], after: Optional[Key] = None) -> Question:
    if after is not None:
        query = {**query, AFTER: encode_cursor(after, parse(query, held.known, load_library().topics, ""))}
    return Question(page, kind, f"{PATH}?{urlencode(query)}" if query else PATH)


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment, LONDON).date()
