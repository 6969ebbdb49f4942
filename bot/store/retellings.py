"""Retellings: conversations that staff retell in their own words, to correct how the assistant understood them.

Like corrections, they are proposed by one person and approved or declined by another, and must not copy a writer's
words.
"""

import json
from typing import Any, Collection, Dict, List, NamedTuple, Optional, TypedDict, cast

from sqlalchemy.engine import Connection, Row

from bot.store import proposals
from bot.store.proposals import PROPOSED
from bot.store.schema import retellings


class Step(TypedDict):
    """A retold turn, with the fields of an annotated turn in data/conversations/. `user` is a single line."""

    user: str
    move: str
    topic: str
    role: str
    urgency: str
    needs: bool
    facts: Dict[str, Any]


class Mistake(TypedDict):
    """The mistake at the last step, with the fields of `bot.case.annotations.Mistake`."""

    kind: str
    was: str
    right: str


class Retelling(NamedTuple):
    """A row of `bot.store.schema.retellings`. `number` and `turn` become None when the conversation is deleted."""

    id: int
    number: Optional[int]
    turn: Optional[int]
    mistake: Mistake
    steps: List[Step]
    state: str
    proposed_by: int
    proposed_at: int
    decided_by: Optional[int]
    decided_at: Optional[int]


class ListedRetelling(NamedTuple):
    """A retelling, with its proposer's name and that of the person who approved or declined it, if any."""

    retelling: Retelling
    proposer: str
    decider: Optional[str]


def propose(
    connection: Connection, now: int, staff_id: int, number: int, turn: int, mistake: Mistake, steps: List[Step]
) -> int:
    """Store a proposed retelling and return its id."""
    row = {
        "number": number,
        "turn": turn,
        "mistake": json.dumps(mistake),
        "told": "\n".join(step["user"] for step in steps),
        "steps": json.dumps([{name: value for name, value in step.items() if name != "user"} for step in steps]),
        "state": PROPOSED,
        "proposed_by": staff_id,
        "proposed_at": now,
    }
    return int(connection.execute(retellings.insert(), row).inserted_primary_key[0])


def by_id(connection: Connection, retelling_id: int) -> Optional[Retelling]:
    """Return the retelling with this id, or None."""
    row = connection.execute(retellings.select().where(retellings.c.id == retelling_id)).first()
    return _retelling(row) if row is not None else None


def listed(connection: Connection, state: str) -> List[ListedRetelling]:
    """Return the latest `LISTED` retellings in a state, newest first."""
    return [
        ListedRetelling(_retelling(row), row.proposer, row.decider)
        for row in connection.execute(proposals.latest(retellings, state))
    ]


def in_states(connection: Connection, states: Collection[str]) -> List[Retelling]:
    """Return all retellings in any of `states`, oldest first."""
    chosen = retellings.select().where(retellings.c.state.in_(states)).order_by(retellings.c.id)
    return [_retelling(row) for row in connection.execute(chosen)]


def _retelling(row: Row) -> Retelling:
    steps = zip(row.told.split("\n"), json.loads(row.steps), strict=True)
    return Retelling(
        row.id,
        row.number,
        row.turn,
        cast(Mistake, json.loads(row.mistake)),
        [cast(Step, {"user": user, **step}) for user, step in steps],
        row.state,
        row.proposed_by,
        row.proposed_at,
        row.decided_by,
        row.decided_at,
    )
