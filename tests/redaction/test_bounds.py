"""No text takes long to read, whatever it repeats. This is tested for each pattern and for the whole redactor."""

import asyncio
import importlib
import random
import re
import sre_parse
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.console.pages.review import MAX_NOTE
from bot.nlu.ages import find_numbers
from bot.nlu.cues import read_cues
from bot.nlu.sentences import sentences_of
from bot.redaction.deadline import DeadlineError, redact_with_deadline
from bot.redaction.redactor import MAX_LENGTH, Redacted, Redactor
from bot.settings import ROOT

#: Modules whose patterns read what people type.
READERS = [
    "bot.redaction.lexicon",
    "bot.redaction.redactor",
    *(f"bot.redaction.recognizers.{file.stem}" for file in (ROOT / "bot/redaction/recognizers").glob("[!_]*.py")),
    *(f"bot.nlu.{name}" for name in "ages language safety_net sentences".split()),
    "bot.text.folding",
    "bot.text.placeholders",
    "bot.store.search_index",
]
#: Texts that the patterns look for, and filler to put between them.
PIECES = [
    *"dot- +dot dot+ 12-dot- (dot) [.] (at) x@ @ / www. http:// _ - . 1 1- 1/ 07 + ( ' < <name> <a a. a- a' x_".split(),
    *"x_(at) ..@acd Ab- A' AB12 é u/ @a live: r/ i'm ? \u200d e1 0 # £a".split(),
    *(
        f"{words} "
        for words in "at|im|my name is|dot|a dot|x at|www dot|st|saint a and|our lady|of the|ysgol a|12 a".split("|")
    ),
    *(
        f"{words} "
        for words in "flat 1 a|Ab|Mr|called|his name is A|user|snap name|know him as|one|one and|double".split("|")
    ),
    *(
        f"{words} "
        for words in "birthday|born 1 of|sort code|1 1|12|AB12|e1|co . uk|my son|a b|a a.|on a|my road|road".split("|")
    ),
    *(
        f"{words} "
        for words in "The Old A|heol y|in year 9|i was only|nearly 18|not my name|without my|safe|stay a".split("|")
    ),
]
ORDINARY = (
    "my daughter is 13 and a man on snapchat keeps asking her for pictures. he says he will post the ones he has on "
    "instagram unless she sends him more. what should we do? Ferrandine Quessop told me that he added her in a game. "
)
#: The maximum reading time: a multiple of the time for ordinary words, plus an allowance in seconds. A busy machine is
#: slow with both texts, so a fixed limit would not work.
TIMES, AT_LEAST = 4, 0.05


def mixtures(count: int) -> "list[str]":
    draw = random.Random(20)
    return ["".join(draw.choices(PIECES, k=draw.choice((2, 2, 3, 4)))) for _ in range(count)]


TEXTS = [*PIECES, *mixtures(20)]


def repeated(piece: str, length: int) -> str:
    return (piece * length)[:length]


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


def seconds(work: Any, *given: Any) -> float:
    """Return this thread's processor time for the call."""
    started = time.thread_time()
    work(*given)
    return time.thread_time() - started


def is_within(most: float, work: Any, *given: Any) -> bool:
    """Return whether the fastest of three runs takes at most `most` seconds."""
    return any(seconds(work, *given) <= most for _ in range(3))


def patterns_of(holder: Any) -> "Iterator[re.Pattern[str]]":
    for value in list(vars(holder).values()):
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(one, re.Pattern):
                yield one
            elif isinstance(one, tuple):
                yield from (part for part in one if isinstance(part, re.Pattern))


def all_patterns() -> "dict[str, re.Pattern[str]]":
    """Return every pattern held by a module, class or recognizer, or made by a function without arguments."""
    found: "list[re.Pattern[str]]" = []
    for name in READERS:
        module = importlib.import_module(name)
        found += patterns_of(module)
        for value in vars(module).values():
            if isinstance(value, type):
                found += patterns_of(value)
            elif getattr(value, "__annotations__", {}) == {"return": "re.Pattern[str]"}:
                found.append(value())
    redactor = Redactor.load()
    for holder in (redactor, *redactor._recognizers):
        found += patterns_of(holder)
    cues = read_cues(ROOT / "data" / "cues.yml")
    found += [line for values in cues._kinds.values() for lines in values.values() for line in lines]
    found += cues._elsewhere
    return {pattern.pattern: pattern for pattern in found}


PATTERNS = all_patterns()


def unbounded(parsed: Any) -> bool:
    """Return whether a parsed pattern has a repetition without an upper bound."""
    if isinstance(parsed, (sre_parse.SubPattern, list, tuple)):
        repeats = isinstance(parsed, tuple) and str(parsed[0]) in ("MAX_REPEAT", "MIN_REPEAT")
        return (repeats and parsed[1][1] is sre_parse.MAXREPEAT) or any(unbounded(part) for part in parsed)
    return False


def test_the_search_for_patterns_finds_many() -> None:
    assert len(PATTERNS) > 100


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=lambda pattern: pattern.pattern[:40])
def test_every_repetition_in_a_pattern_is_bounded(pattern: "re.Pattern[str]") -> None:
    assert not unbounded(sre_parse.parse(pattern.pattern, pattern.flags))


def test_no_module_uses_an_unnamed_pattern() -> None:
    used = re.compile(r"\bre\.(?:search|match|fullmatch|findall|finditer|sub|split)\(")
    sources = [ROOT / f"{name.replace('.', '/')}.py" for name in READERS]
    assert [source.name for source in sources if used.search(source.read_text(encoding="utf-8"))] == []


@pytest.mark.slow
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=lambda pattern: pattern.pattern[:40])
def test_a_pattern_takes_hardly_more_than_twice_as_long_for_twice_the_text(pattern: "re.Pattern[str]") -> None:
    def search(length: int) -> None:
        for piece in TEXTS:
            for _ in pattern.finditer(repeated(piece, length)):
                pass

    assert is_within(3 * seconds(search, MAX_NOTE) + AT_LEAST, search, 2 * MAX_NOTE)


@pytest.fixture(scope="module")
def limits(redactor: Redactor) -> "dict[int, float]":
    """The time limit for a text in seconds, by length, based on the time for ordinary words of the same length."""
    texts = {length: repeated(ORDINARY, length) for length in (MAX_LENGTH, MAX_NOTE)}
    ordinary = {length: min(seconds(redactor.redact, text) for _ in range(5)) for length, text in texts.items()}
    return {length: TIMES * took + AT_LEAST for length, took in ordinary.items()}


@pytest.mark.slow
@pytest.mark.parametrize("length", [MAX_LENGTH, MAX_NOTE], ids=["message", "note"])
@pytest.mark.parametrize("piece", TEXTS)
def test_no_text_takes_much_longer_than_ordinary_words(
    redactor: Redactor, limits: "dict[int, float]", piece: str, length: int
) -> None:
    assert is_within(limits[length], redactor.redact, repeated(piece, length))


@pytest.mark.parametrize("read", [find_numbers, sentences_of, read_cues(ROOT / "data" / "cues.yml").find])
def test_no_other_reader_of_messages_takes_long(read: Any) -> None:
    assert [piece for piece in TEXTS if not is_within(AT_LEAST, read, repeated(piece, MAX_LENGTH))] == []


class Stuck(Redactor):
    """A redactor that does not return until `go` is set."""

    def __init__(self) -> None:
        super().__init__([])
        self.go = threading.Event()

    def redact(self, text: str) -> Redacted:
        self.go.wait()
        return Redacted(text, [])


async def test_redaction_is_abandoned_at_its_deadline() -> None:
    stuck = Stuck()
    try:
        with pytest.raises(DeadlineError) as given_up:
            await redact_with_deadline(stuck, "my name is Ferrandine", seconds=0.01)
        assert "Ferrandine" not in str(given_up.value)
    finally:
        stuck.go.set()


async def test_the_event_loop_keeps_running_while_a_text_is_redacted() -> None:
    stuck = Stuck()
    reading = asyncio.create_task(redact_with_deadline(stuck, "hello"))
    await asyncio.sleep(0)
    stuck.go.set()
    assert (await reading).text == "hello"
