"""Words are encrypted under keys that are destroyed to erase them, on SQLite and PostgreSQL."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from clock import Clock
from postgres import Postgres
from rasa.shared.core.domain import Domain
from talking import ID, say

import bot.store.engine
from bot.settings import ROOT
from bot.store import audit, ciphers, decisions, deletion, metrics, review_log, search_index, staff, transcripts
from bot.store.catching_up import catch_up
from bot.store.database import Database
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine, open_tables
from bot.store.keys import NAME, SEARCH, KeysError, keys_of, open_keys, url_for
from bot.store.new_keys import rotate, start_again
from bot.store.review_log import INDEX_BACKLOG, index_backlog
from bot.store.schema import conversations, options, turns, words
from bot.store.sealing import SEALED, SealError, opened, seal, unseal

WEEK = search_index.KEY_SECONDS
#: Words that occur nowhere except in the texts of these tests.
SAID, NOTED, DECIDED = "gooseberry", "pomegranate", "persimmon"


def open_store(url: str) -> DialogueStore:
    return DialogueStore(Domain.load(ROOT / "domain.yml"), engine=open_engine(url), clock=Clock())


@pytest.fixture
async def store(url: str) -> AsyncIterator[DialogueStore]:
    one = open_store(url)
    yield one
    one.close()


async def talk(store: DialogueStore) -> None:
    """Have a conversation, and add a note and a decision as staff."""
    await store.begin(ID)
    receipt = {"id": "m1", "after": []}
    await say(store, f"the {SAID} is mine", "ask_grooming", slots={"recent": [SAID]}, receipt=receipt)

    def write(connection: sa.engine.Connection) -> None:
        staff_id = staff.add(connection, 0, "rae", "reviewer", "", None)
        transcripts.add_note(connection, 1, NOTED, staff_id, 0)
        version = transcripts.head(connection, 1)["version"]
        choice = decisions.Choice(decisions.NOT_ESCALATED, "other", DECIDED)
        decisions.decide(connection, 1, version, choice, staff_id, 0)

    await store.run(write)


def files_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def held_in(folder: Path) -> "list[str]":
    """The words that appear in plain text in any of the folder's files."""
    everything = files_of(folder)
    return [word for word in (SAID, NOTED, DECIDED) if word.encode() in everything]


async def test_no_file_holds_words_in_plain_text_even_during_retention(store: DialogueStore, tmp_path: Path) -> None:
    await talk(store)
    assert held_in(tmp_path) == []


async def test_stored_words_are_readable_in_no_file_of_the_server(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREETWISE_KEYS", str(tmp_path / NAME))
    one = open_store(postgres.new_url())
    await talk(one)
    await one.run(lambda connection: connection.exec_driver_sql("CHECKPOINT"))
    one.close()
    assert b"ask_grooming" in files_of(postgres.folder)
    assert held_in(postgres.folder) == []


async def read(store: DialogueStore) -> "list[object]":
    """The message as logged, the note, the decision's note, the message as answered, and the dialogue state."""
    said = await store.run(lambda connection: review_log.turns_of(connection, ID))
    noted = await store.run(lambda connection: transcripts.notes_on(connection, 1))
    decided = await store.run(lambda connection: decisions.history(connection, 1))
    answered, tracker = await store.answered(ID, "m1"), await store.retrieve(ID)
    assert answered is not None
    assert tracker is not None
    return [said[0]["text"], noted[0].text, decided[0].note, answered[0], tracker.get_slot("recent")]


READ = [f"the {SAID} is mine", NOTED, DECIDED, f"the {SAID} is mine", [SAID]]


async def test_words_are_read_back_unchanged(store: DialogueStore) -> None:
    await talk(store)
    assert await read(store) == READ


async def stored(store: DialogueStore) -> "dict[str, list[dict]]":
    """Every row with encrypted words, as it would be in a backup."""

    def read(connection: sa.engine.Connection) -> "dict[str, list[dict]]":
        return {t.name: [dict(row._mapping) for row in connection.execute(t.select())] for t in SEALED}

    return await store.run(read)


async def test_a_copy_from_before_the_erasure_cannot_be_read_with_the_keys_from_after_it(
    store: DialogueStore, tmp_path: Path
) -> None:
    await talk(store)
    copy = await stored(store)
    (key_id,) = [row["key_id"] for row in copy["conversation"]]
    before = await store.run(lambda connection: keys_of(connection).cipher(key_id))
    await store.erase(ID)
    after = await store.run(lambda connection: keys_of(connection).cipher(key_id))
    table = {one.name: one for one in SEALED}
    texts = [[opened(key, table["review_turn"], row)["text"] for row in copy["review_turn"]] for key in (before, after)]
    assert texts == [[f"the {SAID} is mine"], [""]]
    assert before.key not in files_of(tmp_path)


async def test_the_key_of_an_expired_conversation_is_destroyed_with_it(store: DialogueStore, tmp_path: Path) -> None:
    await talk(store)
    (row,) = (await stored(store))["conversation"]
    later = int(Clock.now) + 31 * 86_400
    await store.run(lambda connection: deletion.forget(connection, ID, later, 30 * 86_400))
    assert (await store.run(lambda connection: keys_of(connection).cipher(row["key_id"]))).is_gone


async def test_a_message_in_flight_cannot_be_saved_under_a_destroyed_key(store: DialogueStore) -> None:
    await talk(store)
    tracker = await store.retrieve(ID)
    assert tracker is not None
    await store.erase(ID)
    await store.save(tracker)
    assert (await stored(store))["review_turn"] == []


async def test_a_conversation_whose_key_was_destroyed_counts_as_erased(store: DialogueStore) -> None:
    await talk(store)
    (row,) = (await stored(store))["conversation"]
    await store.run(lambda connection: keys_of(connection).destroy([row["key_id"]]))
    assert (await store.session_status(ID)).is_erased
    await catch_up(store)
    assert (await stored(store))["review_turn"] == []
    assert await store.run(metrics.totals) == {}


def test_a_value_cannot_be_moved_to_another_place() -> None:
    key = bytes(32)
    with pytest.raises(SealError):
        unseal(key, "review_turn.text b 1", seal(key, "review_turn.text a 1", SAID))


def test_a_value_cannot_be_read_with_another_key() -> None:
    with pytest.raises(SealError):
        unseal(bytes(32), "a", seal(b"k" * 32, "a", SAID))


def test_the_same_words_are_encrypted_differently_each_time() -> None:
    assert seal(bytes(32), "a", SAID) != seal(bytes(32), "a", SAID)


async def leave_plain(store: DialogueStore) -> None:
    """Store everything as plain text, as an earlier version did, and mark the backlog, as the migration does."""

    def work(connection: sa.engine.Connection) -> None:
        file = keys_of(connection)
        for table, described in SEALED.items():
            keys = [column.name for column in table.primary_key]
            for row in connection.execute(table.select()).all():
                plain = opened(ciphers.of_row(connection, table, row._mapping), table, row._mapping)
                same = sa.and_(*(table.c[name] == row[name] for name in keys))
                values = {name: plain[name] for name in described.columns}
                connection.execute(table.update().where(same).values(values))
        connection.execute(conversations.update().values(key_id=None))
        connection.execute(words.delete())
        file.drop_numbered(SEARCH, [0])
        for name, value in ((ciphers.BACKLOG, ""), (INDEX_BACKLOG, "0")):
            connection.execute(options.insert(), {"name": name, "value": value})

    await store.run(work)


async def test_words_stored_by_an_earlier_version_are_encrypted_before_serving_starts(
    store: DialogueStore, tmp_path: Path
) -> None:
    await talk(store)
    await leave_plain(store)
    await catch_up(store)
    assert held_in(tmp_path) == []
    assert await read(store) == READ


async def test_words_that_were_encrypted_later_can_be_searched(store: DialogueStore) -> None:
    await talk(store)
    await leave_plain(store)
    await catch_up(store)
    while await store.run(index_backlog):
        pass
    assert await found(store, SAID) == [1]


async def test_a_message_can_be_saved_while_older_words_are_not_yet_encrypted(store: DialogueStore) -> None:
    await talk(store)
    await leave_plain(store)
    await say(store, "and more", "ask_grooming")
    said = await store.run(lambda connection: review_log.turns_of(connection, ID))
    assert [turn["text"] for turn in said] == [f"the {SAID} is mine", "and more"]


async def found(store: DialogueStore, word: str) -> "list[int]":
    def find(connection: sa.engine.Connection) -> "list[int]":
        (posting,) = search_index.with_words(connection, [word])
        return sorted(row.number for row in connection.execute(posting.numbers()))

    return await store.run(find)


async def test_new_keys_leave_everything_readable_and_searchable(store: DialogueStore) -> None:
    await talk(store)
    before = await stored(store)
    assert await rotate(store, int(Clock.now)) == 1
    assert await read(store) == READ
    assert await found(store, SAID) == [1]
    after = await stored(store)
    assert [before[name] == after[name] for name in before] == [False] * len(SEALED)


async def test_replaced_keys_are_destroyed(store: DialogueStore, tmp_path: Path) -> None:
    await talk(store)
    (row,) = (await stored(store))["conversation"]
    old = await store.run(lambda connection: keys_of(connection).cipher(row["key_id"]))
    await rotate(store, int(Clock.now))
    assert old.key not in files_of(tmp_path)


async def test_a_message_in_flight_is_saved_under_the_new_key(store: DialogueStore) -> None:
    await talk(store)
    tracker = await store.retrieve(ID)
    assert tracker is not None
    await rotate(store, int(Clock.now))
    await store.save(tracker)
    assert (await store.retrieve(ID)).get_slot("recent") == [SAID]


async def index_keys(store: DialogueStore) -> "list[int]":
    return [key.first for key in await store.run(lambda connection: keys_of(connection).numbered(SEARCH))]


async def test_the_search_index_gets_a_new_key_each_week_and_searches_use_all_keys(
    store: DialogueStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "KEY_MARGIN", 1)
    await three_weeks(store)
    assert await index_keys(store) == [0, 3, 4]
    assert await found(store, SAID) == [1, 2, 3, 4]


async def three_weeks(store: DialogueStore) -> "list[str]":
    """One conversation in the first week, two in the second, and one in the third."""
    ids = [hashlib.sha256(str(place).encode()).hexdigest() for place in range(4)]
    for place, weeks in enumerate((0, 1, 2, 2)):
        store._clock.now = Clock.now + weeks * WEEK
        await store.begin(ids[place])
        await say(store, f"the {SAID} is mine", "ask_grooming", conversation_id=ids[place])
    return ids


async def test_a_search_index_key_is_deleted_with_its_last_conversation(
    store: DialogueStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "KEY_MARGIN", 1)
    ids = await three_weeks(store)
    left = []
    for one in ids:
        await store.erase(one)
        await store.run(search_index.drop_keys)
        left.append(await index_keys(store))
    assert left == [[0, 3, 4], [3, 4], [4], [4]]


async def test_unused_keys_are_deleted_over_time(store: DialogueStore) -> None:
    await store.begin(ID)
    left = []
    for days in (31, 34):
        now = int(Clock.now) + days * 86_400
        await store.run(lambda connection, now=now: deletion.drop_keys(connection, now, 30 * 86_400))
        left.append(await store.run(lambda connection: keys_of(connection).count()))
    assert left == [64, 0]


def test_a_database_without_its_key_file_is_not_opened(url: str, tmp_path: Path) -> None:
    open_engine(url).dispose()
    (tmp_path / NAME).unlink()
    with pytest.raises(KeysError, match=r"missing or empty.*streetwise keys start-again"):
        open_engine(url)
    assert not (tmp_path / NAME).exists()


def test_a_database_with_another_databases_key_file_is_not_opened(url: str, tmp_path: Path) -> None:
    open_engine(url).dispose()
    (tmp_path / NAME).unlink()
    file = open_keys(f"sqlite:///{tmp_path / NAME}")
    file.begin()
    file.close()
    with pytest.raises(KeysError, match="that of another database"):
        open_engine(url)


def test_only_its_owner_can_read_the_key_file(url: str, tmp_path: Path) -> None:
    (tmp_path / NAME).unlink(missing_ok=True)
    open_keys(f"sqlite:///{tmp_path / NAME}").close()
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


@pytest.fixture
async def lost(store: DialogueStore, url: str, tmp_path: Path) -> str:
    """The URL of a database with a conversation, figures, an account and an audit log row, but no key file."""
    await talk(store)
    database = Database(open_engine(url))
    database.write_now(lambda connection: audit.append(connection, 0, "rae", "view", "1"))
    database.close()
    (tmp_path / NAME).unlink()
    return url


def test_figures_accounts_and_the_audit_log_survive_the_loss_of_the_key_file(lost: str, tmp_path: Path) -> None:
    engine = open_tables(lost)
    assert start_again(engine, f"sqlite:///{tmp_path / NAME}", 0) == 1
    again = open_engine(lost)
    with again.connect() as connection:
        assert connection.execute(turns.select()).all() == []
        assert metrics.totals(connection)["conversation", "spoken"] == 1
        assert [one.name for one in staff.everybody(connection)] == ["rae"]
        assert [one.action for one in audit.page(connection, audit.Wanted(), 9)] == ["keys_lost", "view"]
        assert audit.verify(connection)[:3:2] == (2, None)
    again.dispose()


def test_a_key_file_that_is_not_lost_is_not_replaced(url: str, tmp_path: Path) -> None:
    open_engine(url).dispose()
    engine = open_tables(url)
    with pytest.raises(KeysError, match="nothing is lost"):
        start_again(engine, url_for(engine), 0)
    engine.dispose()


async def test_failed_statements_leave_no_words_in_the_servers_log(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREETWISE_KEYS", str(tmp_path / NAME))
    engine = open_engine(postgres.new_url())
    for statement in (f"SELECT '{SAID}' FROM nowhere", f"INSERT INTO review_turn (text) VALUES ('{SAID}')"):
        with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    engine.dispose()
    log = (postgres.folder / "log").read_text()
    assert '"nowhere" does not exist' in log
    assert SAID not in log


async def test_a_message_that_fails_to_be_saved_leaves_no_word_in_the_log_of_a_server_that_logs_statements(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREETWISE_KEYS", str(tmp_path / NAME))
    monkeypatch.setattr(bot.store.engine, "_UNLOGGED", {})
    one = open_store(postgres.new_url())
    await talk(one)

    def again(connection: sa.engine.Connection) -> None:
        cipher = ciphers.of_conversation(connection, ID)
        review_log.keep(connection, ID, review_log.turns_of(connection, ID), cipher)

    with pytest.raises(sa.exc.IntegrityError):
        await one.run(again)
    one.close()
    log = (postgres.folder / "log").read_text()
    assert "STATEMENT:  INSERT INTO review_turn" in log
    assert SAID not in log


async def test_the_keys_can_be_in_a_separate_database(postgres: Postgres) -> None:
    engine = open_engine(postgres.new_url(), postgres.new_url())
    one = DialogueStore(Domain.load(ROOT / "domain.yml"), engine=engine, clock=Clock())
    await talk(one)
    assert await read(one) == READ
    await one.erase(ID)
    assert (await stored(one))["review_turn"] == []
    one.close()
