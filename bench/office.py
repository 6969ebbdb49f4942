"""Staff, and what they have to do, in a console that pictures are taken of: all of it invented."""

import time
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from rich.progress import Progress
from sqlalchemy.engine import Connection

from bench.seed import SEED, seed
from bench.served import Server
from bot.console.passwords import new_secret
from bot.store import corrections, staff, transcripts
from bot.store.database import Database
from bot.store.engine import open_engine

#: Conversations of the year before, for the figures.
YEAR = 6000
#: What is said in the chat after that, a conversation each; their numbers follow on the year's.
SAID = (
    ("someone made a fake nude of me and its going round my year",),
    ("i dont want to be here anymore", "nobody believes me"),
    (
        "my son talks to a man called Jake on roblox every night and hides the phone when i come in, is that grooming",
        "how do i talk to my son about it",
    ),
)
FOLDED, OPEN = YEAR + 2, YEAR + 3
#: No hash of any password: these accounts are opened by their sessions alone.
_NO_PASSWORD = "!"
#: What is proposed: by whom, what it was read as and should be, and an example. The last is approved.
_PROPOSED = (
    ("lead", "out_of_scope", "suspect_grooming", "some fella off the game keeps buying my lad skins"),
    ("reviewer", "ask_grooming", "ask_parental_controls", "is there a way to see who my girl plays with at night"),
    ("reviewer", "nlu_fallback", "disclose_image_pressure", "he wont stop till i send him one of them pics"),
)
_NOTE = "Read well. How to begin the talk with him came only when it was asked for."


class Sessions(NamedTuple):
    """What opens the console for each role."""

    reviewer: str
    lead: str


def invent_a_year(data_dir: Path) -> None:
    """Fill the database that a server will find in `data_dir` with conversations until yesterday."""
    data_dir.mkdir(parents=True)
    with Progress() as progress:
        seed(_url(data_dir), YEAR, SEED, date.today() - timedelta(days=1), progress)


def move_in(server: Server) -> Sessions:
    """Give staff accounts and sessions, and leave what they have done; what is to be said was said before."""
    database = Database(open_engine(_url(server.data_dir)))
    try:
        return database.write_now(_move_in)
    finally:
        database.close()


def _move_in(connection: Connection) -> Sessions:
    now = int(time.time())
    ids = {
        role: staff.add(connection, now, name, role, _NO_PASSWORD, new_secret())
        for role, name in (("reviewer", "rae"), ("lead", "sam"))
    }
    transcripts.set_flag(connection, OPEN, _version(connection), "good_example", ids["lead"], now)
    transcripts.assign(connection, OPEN, _version(connection), ids["reviewer"])
    transcripts.add_note(connection, OPEN, _NOTE, ids["lead"], now)
    for role, read_as, intent, example in _PROPOSED:
        row = {"number": OPEN, "turn": 2, "read_as": read_as, "intent": intent, "example": example}
        last = corrections.propose(connection, now, ids[role], row)
    corrections.decide(connection, now, ids["lead"], last, corrections.APPROVED)
    return Sessions(*(staff.begin_session(connection, ids[role], now) for role in Sessions._fields))


def _version(connection: Connection) -> int:
    review = transcripts.head(connection, OPEN)
    assert review is not None, "what is to be said has not been said"
    return int(review["version"])


def _url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir}/streetwise.db"
