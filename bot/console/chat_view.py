"""Lays out the turns of a transcript as the chat's page showed them. Pure."""

from datetime import date
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

from markupsafe import Markup

from bot.console.labels import day
from bot.content.message_types import Message
from bot.content.page import PageWords
from bot.text.placeholders import placeholders_of


class ShownAnswer(NamedTuple):
    """An answer's messages as the page arranged them."""

    before: Sequence[Message]
    folded: Sequence[Message]
    after: Sequence[Message]


def pieces(text: str, kinds: List[str]) -> List[Tuple[str, bool]]:
    """Split a text at its placeholders. Return each piece, and whether it is a placeholder.

    Only placeholders for `kinds` count. Any other text in angle brackets was typed by the person.
    """
    if not kinds:
        return [(text, False)]
    return [(piece, bool(place % 2)) for place, piece in enumerate(placeholders_of(kinds).split(text)) if piece]


def as_shown(messages: Sequence[Message]) -> ShownAnswer:
    """Arrange an answer's messages as the page does: those it folds come last, but before a final question."""
    seen = [message for message in messages if not message.get("folded")]
    last = len(seen) - (bool(seen) and seen[-1]["kind"] == "choices")
    return ShownAnswer(seen[:last], [message for message in messages if message.get("folded")], seen[last:])


def call_once() -> Callable[..., Markup]:
    """Return a function that calls a macro with a message, once for each message. Long conversations repeat many."""
    rendered: Dict[Tuple[int, bool], Markup] = {}

    def call(macro: Callable[..., Markup], message: Message, words: PageWords, is_open: bool) -> Markup:
        # The store gives out a message that several turns showed as the same dictionary.
        key = (id(message), is_open)
        if key not in rendered:
            rendered[key] = macro(message, words, is_open)
        return rendered[key]

    return call


def iso_day(written: str) -> str:
    """Format an ISO date in words."""
    return day(date.fromisoformat(written))


def percent(share: float) -> str:
    """Format a fraction from 0 to 1 as a percentage."""
    return f"{100 * share:.0f}%"
