"""Staff proposals, which a second person approves or declines. Corrections and retellings share this code.

Their tables have the columns id, state, proposed_by, decided_by and decided_at.
"""

from typing import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from bot.store.schema import staff

PROPOSED, APPROVED, DECLINED, EXPORTED = STATES = ("proposed", "approved", "declined", "exported")
#: The maximum number of proposals in a list.
LISTED = 100


def decide(connection: Connection, table: sa.Table, now: int, staff_id: int, proposal_id: int, state: str) -> bool:
    """Approve or decline a proposal that somebody else made.

    Return False if it has already been approved or declined, or if this person made it.
    """
    columns = table.c
    undecided = sa.and_(columns.id == proposal_id, columns.state == PROPOSED, columns.proposed_by != staff_id)
    decided = table.update().where(undecided).values(state=state, decided_by=staff_id, decided_at=now)
    return bool(connection.execute(decided).rowcount)


def latest(table: sa.Table, state: str) -> Select:
    """Select the latest `LISTED` proposals in a state, newest first, with the names `proposer` and `decider`."""
    proposer, decider = staff.alias(), staff.alias()
    chosen = (
        sa.select(table, proposer.c.name.label("proposer"), decider.c.name.label("decider"))
        .join(proposer, proposer.c.id == table.c.proposed_by)
        .outerjoin(decider, decider.c.id == table.c.decided_by)
        .where(table.c.state == state)
    )
    return chosen.order_by(table.c.id.desc()).limit(LISTED)


def mark_exported(connection: Connection, table: sa.Table, ids: Iterable[int]) -> None:
    """Mark approved proposals as exported."""
    marked = sa.and_(table.c.id == sa.bindparam("which"), table.c.state == APPROVED)
    rows = [{"which": proposal_id} for proposal_id in ids]
    if rows:
        connection.execute(table.update().where(marked).values(state=EXPORTED), rows)
