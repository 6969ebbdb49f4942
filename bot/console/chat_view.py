"""Lays out a transcript's turns as the chat page showed them."""

import json
from datetime import date
from itertools import islice, zip_longest
from typing import Callable, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Set, Tuple

from markupsafe import Markup

from bot.console.labels import day
from bot.content.message_types import Message
from bot.content.page import PageWords
from bot.store.rows import Turn
from bot.text.placeholders import placeholders_of

#: Number of words to show of a closed answer per word of the message that it answers. At this ratio, at least a third
#: of the words on the page are the writer's own.
WORDS_FOR_EACH = 1.3
#: Minimum and maximum number of words to show of a closed answer, and maximum number to show of a question.
LEAST, MOST, OF_A_QUESTION = 3, 24, 6
#: The kinds of message that contain only texts from content/ and always look the same. Other kinds may repeat the
#: writer's words, which must not be cached, because the writer can erase them.
FIXED = ("guidance", "service")
#: Maximum number of rendered messages of these kinds to cache, at about 1 kB of HTML each.
MOST_KEPT = 2_000
#: A message of at most this many words, such as "yes", cannot be understood without the question it answers.
SHORT = 2

_KEPT: Dict[str, Markup] = {}


class ShownAnswer(NamedTuple):
    """An answer's messages as the page arranged them."""

    before: Sequence[Message]
    folded: Sequence[Message]
    after: Sequence[Message]


def pieces(text: str, kinds: List[str]) -> List[Tuple[str, bool]]:
    """Split a text at its placeholders. Return each piece, and whether it is a placeholder.

    Only placeholders for `kinds` count. Any other text in angle brackets was typed by the writer.
    """
    if not kinds:
        return [(text, False)]
    return [(piece, bool(place % 2)) for place, piece in enumerate(placeholders_of(kinds).split(text)) if piece]


def as_shown(messages: Sequence[Message]) -> ShownAnswer:
    """Arrange an answer's messages as the page does: folded messages last, but before a final question."""
    seen = [message for message in messages if not message.get("folded")]
    last = len(seen) - (bool(seen) and seen[-1]["kind"] == "choices")
    return ShownAnswer(seen[:last], [message for message in messages if message.get("folded")], seen[last:])


class Gist(NamedTuple):
    """The visible part of a closed answer, with its language and direction, which are empty for English."""

    text: str
    lang: str = ""
    dir: str = ""


def gists(turns: Sequence[Turn]) -> Dict[int, Gist]:
    """Return the part of each turn's answer to show while it is closed, by turn number.

    This is normally the beginning of the answer, which says what the assistant understood. If the next message is
    short, it is instead the question that the message answers, unless an earlier turn already shows that question. It
    is empty if the answer was not stored.
    """
    asked: Set[str] = set()
    found: Dict[int, Gist] = {}
    for turn, following in zip_longest(turns, turns[1:]):
        shown = turn["shown"] or []
        question = _question(shown)
        is_needed = following is not None and len(following["text"].split()) <= SHORT
        if is_needed and question.endswith("?") and question not in asked:
            asked.add(question)
            found[turn["number"]] = Gist(_clipped(iter(question.split()), OF_A_QUESTION))
        else:
            most = int(WORDS_FOR_EACH * len(turn["text"].split()))
            text = _clipped(_words(shown), min(max(most, LEAST), MOST))
            found[turn["number"]] = Gist(text, *_language(shown))
    return found


def offered(turns: Sequence[Turn], names: Mapping[str, str]) -> Dict[int, List[str]]:
    """Return the names of the services that each turn's answer offered for the first time, by turn number."""
    before: Set[str] = set()
    found: Dict[int, List[str]] = {}
    for turn in turns:
        ids = [reply["id"] for reply in turn["replies"] if reply["kind"] == "service"]
        found[turn["number"]] = [names.get(one, one) for one in ids if one not in before]
        before.update(ids)
    return found


def _language(messages: Sequence[Message]) -> Tuple[str, str]:
    first = next((message for message in messages if message["kind"] == "text"), None)
    return (first.get("lang", ""), first.get("dir", "")) if first else ("", "")


def _question(messages: Sequence[Message]) -> str:
    return next((message["prompt"] for message in messages if message["kind"] == "choices"), "")


def _words(messages: Sequence[Message]) -> Iterator[str]:
    """Yield the words that an answer begins with: its texts, or the names and questions of its other messages."""
    texts = [message["text"] for message in messages if message["kind"] == "text"]
    for text in texts or filter(None, map(_name, messages)):
        yield from text.split()


def _name(message: Message) -> str:
    if message["kind"] == "guidance":
        return message["title"]
    if message["kind"] == "service":
        return message["name"]
    if message["kind"] == "comparison":
        return message["question"]
    return message["prompt"] if message["kind"] == "choices" else ""


def _clipped(words: Iterator[str], most: int) -> str:
    text = " ".join(islice(words, most))
    return f"{text.rstrip('.,')}…" if next(words, None) is not None else text


def render_once() -> Callable[..., Markup]:
    """Return a function that renders each message of a list with a macro and joins the results.

    Each distinct message is rendered only once, because long conversations repeat many. Messages that contain only
    texts from content/ are also cached between requests.
    """
    rendered: Dict[Tuple[int, bool], Markup] = {}

    def render(macro: Callable[..., Markup], messages: Sequence[Message], words: PageWords, is_open: bool) -> Markup:
        found: List[Markup] = []
        for message in messages:
            # If several turns showed the same message, the store returns the same dictionary for each.
            key = (id(message), is_open)
            if key not in rendered:
                rendered[key] = _render(macro, message, words, is_open)
            found.append(rendered[key])
        return Markup("").join(found)

    return render


def _render(macro: Callable[..., Markup], message: Message, words: PageWords, is_open: bool) -> Markup:
    if message["kind"] not in FIXED:
        return macro(message, words, is_open)
    # Dumping a message as JSON takes a quarter as long as rendering it.
    key = json.dumps(message)
    if key not in _KEPT:
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = macro(message, words, is_open)
    return _KEPT[key]


def iso_day(written: str) -> str:
    """Format an ISO date in words."""
    return day(date.fromisoformat(written))


def percent(share: float) -> str:
    """Format a fraction from 0 to 1 as a percentage."""
    return f"{100 * share:.0f}%"
