"""The shapes of turns and reviews. They are plain dictionaries, because a database takes and gives rows as such."""

from typing import List, Optional, TypedDict, cast

from sqlalchemy.engine import Row


class _ReplyKind(TypedDict):
    kind: str


class Reply(_ReplyKind, total=False):
    """What the review log keeps of one message of an answer; a field is left out if the message lacks it.

    `kind` is that of the message, `id` that of a service or comparison, `rule` the rule that chose a service.
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
    """A turn: a row of `bot.store.schema.turns` with `removed` and `replies` as lists.

    A turn that is being stored also has the `topic` of the conversation after it, which the log does not keep.
    """

    topic: str


class NewReview(TypedDict):
    """The review of a conversation before it is stored: a row of `bot.store.schema.reviews` without its number."""

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
    staff_id: Optional[int]
    version: int


class Review(NewReview):
    """A stored review, a row of `bot.store.schema.reviews`."""

    number: int


class HeldReview(Review):
    """A stored review with the name of its reviewer, or None."""

    holder: Optional[str]


def as_review(row: Row) -> Review:
    """The review in a row of `reviews`."""
    return cast(Review, dict(row._mapping))


def as_held_review(row: Row) -> HeldReview:
    """The review in a row of `reviews` with the column `holder`."""
    return cast(HeldReview, dict(row._mapping))
