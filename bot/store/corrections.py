"""Training examples proposed by staff. A second person approves or declines them, and `streetwise` exports them.

Examples must not copy a writer's words.
"""

from typing import Collection, List, NamedTuple, Optional, TypedDict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.content.examples import folded
from bot.store import proposals, quiet, review_log
from bot.store.proposals import DECLINED, PROPOSED
from bot.store.schema import corrections, reviews, turns
from bot.store.search_index import words_of

#: Two texts are too close if the shorter one has at least `FEW_WORDS` words, and the other contains more than the
#: fraction `SAME_SHARE` of those words.
FEW_WORDS, SAME_SHARE = 4, 0.8


class Proposal(TypedDict):
    """A proposed example and the turn that it corrects. `read_as` is the intent that the classifier chose."""

    number: int
    turn: int
    read_as: str
    intent: str
    example: str


class Correction(NamedTuple):
    """A row of `bot.store.schema.corrections`. `number` and `turn` become None when the conversation is deleted."""

    id: int
    number: Optional[int]
    turn: Optional[int]
    read_as: str
    intent: str
    example: str
    state: str
    proposed_by: int
    proposed_at: int
    decided_by: Optional[int]
    decided_at: Optional[int]


class Listed(NamedTuple):
    """A correction, with its proposer's name and that of the person who approved or declined it, if any."""

    correction: Correction
    proposer: str
    decider: Optional[str]


class Classified(NamedTuple):
    """A message's classification: its intent and, if there was one, the runner-up."""

    conversation_id: str
    number: int
    intent: str
    confidence: float
    runner_up: Optional[str]
    runner_up_confidence: Optional[float]


def turn(connection: Connection, number: int, place: int, now: int) -> Optional[Classified]:
    """Return a message's classification, or None if it was deleted or is the conversation's opening.

    Args:
        connection: a database connection.
        number: the review's number.
        place: the turn's number in the conversation.
        now: the current time in seconds since 1970.

    Raises:
        GoingOnError: the conversation is still in progress.
    """
    chosen = sa.select(*(turns.c[name] for name in Classified._fields)).join(
        reviews, reviews.c.conversation_id == turns.c.conversation_id
    )
    said = sa.and_(reviews.c.number == number, turns.c.number == place, turns.c.intent != review_log.OPENING)
    row = connection.execute(chosen.where(said)).first()
    quiet.check(connection, number, now)
    return Classified(*row) if row is not None else None


def echoes(connection: Connection, conversation_id: str, example: str) -> bool:
    """Whether `example` is too close to any message in the conversation."""
    return any(is_close(said["text"], example) for said in review_log.turns_of(connection, conversation_id))


def is_close(one: str, other: str) -> bool:
    """Whether two texts consist of the same words, or share nearly all the words of the shorter text."""
    first, second = words_of(one), words_of(other)
    fewest = min(len(first), len(second))
    return first == second or (fewest >= FEW_WORDS and len(first & second) > SAME_SHARE * fewest)


def is_proposed(connection: Connection, example: str) -> bool:
    """Whether `example` has already been proposed and has not been declined."""
    chosen = sa.select(corrections.c.example).where(corrections.c.state != DECLINED)
    return folded(example) in {folded(row.example) for row in connection.execute(chosen)}


def propose(connection: Connection, now: int, staff_id: int, proposal: Proposal) -> int:
    """Store a proposal and return its id."""
    row = {**proposal, "state": PROPOSED, "proposed_by": staff_id, "proposed_at": now}
    return int(connection.execute(corrections.insert(), row).inserted_primary_key[0])


def by_id(connection: Connection, correction_id: int) -> Optional[Correction]:
    """Return the correction with this id, or None."""
    row = connection.execute(corrections.select().where(corrections.c.id == correction_id)).first()
    return Correction(*row) if row is not None else None


def listed(connection: Connection, state: str) -> List[Listed]:
    """Return the latest `LISTED` corrections in a state, newest first."""
    return [
        Listed(Correction(*row[:-2]), *row[-2:]) for row in connection.execute(proposals.latest(corrections, state))
    ]


def in_states(connection: Connection, states: Collection[str]) -> List[Correction]:
    """Return all corrections in any of `states`, oldest first."""
    chosen = corrections.select().where(corrections.c.state.in_(states)).order_by(corrections.c.id)
    return [Correction(*row) for row in connection.execute(chosen)]
