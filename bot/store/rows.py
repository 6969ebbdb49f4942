"""Types for turns and reviews, which are plain dictionaries with the same keys as the database rows."""

from typing import List, Optional, TypedDict, cast

from sqlalchemy.engine import Row


class _ReplyKind(TypedDict):
    kind: str


class Reply(_ReplyKind, total=False):
    """The parts of a reply message that the review log keeps. Fields that the message lacks are left out.

    `kind` is the kind of message, `id` identifies a service or comparison, and `rule` is the rule that chose a service.
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


class Turn(_StoredTurn, total=False):
    """A turn, which is a row of `bot.store.schema.turns` with `removed` and `replies` as lists.

    A turn that is about to be stored also has a `topic`, the conversation's topic after this turn. The log does not
    keep it.
    """

    topic: str


class NewReview(TypedDict):
    """A conversation's review before it is stored, which is a row of `bot.store.schema.reviews` without a number."""

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
    """A stored review, which is a row of `bot.store.schema.reviews`."""

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
