"""Invented conversations, staff accounts and staff work for pictures of the console."""

import time
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from rich.progress import Progress
from sqlalchemy.engine import Connection

from bot.console.passwords import new_secret
from bot.store import corrections, proposals, schema, staff, transcripts
from bot.store.database import Database
from bot.store.engine import open_engine
from evaluation.console.seed import SEED, seed
from evaluation.server import Server, make_readable

#: Number of conversations in the past year, for the figures page.
YEAR_CONVERSATIONS = 6000
#: Messages to send in the chat afterwards, one tuple per conversation, numbered after the year's conversations.
CHAT_MESSAGES = (
    ("someone made a fake nude of me and its going round my year",),
    ("i dont want to be here anymore", "nobody believes me"),
    (
        "my son talks to a man called Jake on roblox every night and hides the phone when i come in, is that grooming",
        "how do i talk to my son about it",
    ),
)
FOLDED, OPEN = YEAR_CONVERSATIONS + 2, YEAR_CONVERSATIONS + 3
#: Not a valid password hash, because nobody signs in to these accounts: only their sessions are used.
_NO_PASSWORD = "!"
#: Proposed corrections, as (proposer's role, predicted intent, right intent, example). The last correction is approved.
_PROPOSED = (
    ("lead", "out_of_scope", "suspect_grooming", "some fella off the game keeps buying my lad skins"),
    ("reviewer", "ask_grooming", "ask_parental_controls", "is there a way to see who my girl plays with at night"),
    ("reviewer", "nlu_fallback", "disclose_image_pressure", "he wont stop till i send him one of them pics"),
)
_NOTE = "Read well. How to begin the talk with him came only when it was asked for."


class Sessions(NamedTuple):
    """A session token for each role."""

    reviewer: str
    lead: str


def seed_year(data_dir: Path) -> None:
    """Create `data_dir` and seed the database there with a year of conversations, ending yesterday."""
    data_dir.mkdir(parents=True)
    with Progress() as progress:
        seed(_url(data_dir), YEAR_CONVERSATIONS, SEED, date.today() - timedelta(days=1), progress)


def add_staff_work(server: Server) -> Sessions:
    """Add staff accounts, sessions and examples of staff work. `CHAT_MESSAGES` must already have been sent."""
    database = Database(open_engine(_url(server.data_dir)))
    try:
        database.write_now(make_readable)
        return database.write_now(_add_staff_work)
    finally:
        database.close()


def _add_staff_work(connection: Connection) -> Sessions:
    now = int(time.time())
    ids = {
        role: staff.add(connection, now, name, role, _NO_PASSWORD, new_secret())
        for role, name in (("reviewer", "rae"), ("lead", "sam"))
    }
    transcripts.set_flag(connection, OPEN, _version(connection), "good_example", ids["lead"], now)
    transcripts.assign(connection, OPEN, _version(connection), ids["reviewer"])
    transcripts.add_note(connection, OPEN, _NOTE, ids["lead"], now)
    for role, read_as, intent, example in _PROPOSED:
        proposal = corrections.Proposal(number=OPEN, turn=2, read_as=read_as, intent=intent, example=example)
        last = corrections.propose(connection, now, ids[role], proposal)
    proposals.decide(connection, schema.corrections, now, ids["lead"], last, proposals.APPROVED)
    return Sessions(*(staff.begin_session(connection, ids[role], now) for role in Sessions._fields))


def _version(connection: Connection) -> int:
    review = transcripts.head(connection, OPEN)
    assert review is not None, "CHAT_MESSAGES must be sent first"
    return review["version"]


def _url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir}/streetwise.db"
