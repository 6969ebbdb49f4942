"""Types for turns and reviews, which are plain dictionaries with the same keys as the database rows."""

from typing import Dict, List, Optional, Tuple, TypedDict, cast

from sqlalchemy.engine import Row

from bot.case.facts import Value
from bot.content.message_types import Message

#: A fact that a turn added or changed: its value, and whether the person declared it; or None if it was withdrawn.
Learned = Optional[Tuple[Value, bool]]


class _ReplyKind(TypedDict):
    kind: str


class Reply(_ReplyKind, total=False):
    """The parts of a reply message that code needs to read. Fields that the message lacks are omitted.

    `kind` is the kind of message, `id` identifies a service or comparison, and `rule` is the rule that chose a service.
    The other fields occur only in turns stored before `shown` existed.
    """

    id: str
    rule: str
    topic: str
    title: str
    text: Optional[str]
    open_now: bool
    prompt: str
    question: str


class _StoredTurn(TypedDict):
    conversation_id: str
    number: int
    at: int
    text: str
    intent: str
    confidence: float
    runner_up: Optional[str]
    runner_up_confidence: Optional[float]
    asker: Optional[str]
    removed: List[str]
    replies: List[Reply]
    urgency: Optional[str]
    model: Optional[str]
    took_ms: Optional[int]
    shown: Optional[List[Message]]
    learned: Optional[Dict[str, Learned]]


class Turn(_StoredTurn, total=False):
    """A turn: a row of `bot.store.schema.turns` with its JSON parsed into lists and dictionaries.

    `shown` holds the messages that the page showed, and `learned` the facts that changed, by name. Both are None in
    turns stored before these columns existed. A turn that is about to be stored also has a `topic`, the conversation's
    topic after this turn, which is not stored in the log.
    """

    topic: str


class NewReview(TypedDict):
    """A conversation's review before it is stored: a row of `bot.store.schema.reviews` without a number."""

    conversation_id: str
    is_open: int
    need: int
    started_at: int
    last_at: int
    state: str
    topic: str
    urgency: str
    asker: str
    language: str
    model: str
    turns: int
    confidence: float
    was_asked: bool
    was_offered: bool
    feedback: str
    is_plain: bool
    staff_id: Optional[int]
    is_sampled: bool
    missed: str
    version: int


class Review(NewReview):
    """A stored review: a row of `bot.store.schema.reviews`."""

    number: int


class HeldReview(Review):
    """A stored review, with its reviewer's name, or None if it is unassigned."""

    holder: Optional[str]


def as_review(row: Row) -> Review:
    """Convert a row of `reviews` to a review."""
    return cast(Review, dict(row._mapping))


def as_held_review(row: Row) -> HeldReview:
    """Convert a row of `reviews` that also has a `holder` column to a review."""
    return cast(HeldReview, dict(row._mapping))
