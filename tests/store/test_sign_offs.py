"""Sign-offs in the database: only a text's latest sign-off counts, and none can be changed."""

from datetime import date
from typing import Optional

import pytest
import sqlalchemy as sa

from bot.content.sign_off import SignOff
from bot.content.texts import Text
from bot.store import sign_offs, staff
from bot.store.database import Database

DAY = date(2027, 1, 14)


def text(key: str = "welcome", version: str = "v1", has_facts: bool = False) -> Text:
    return Text("words.yml", key, "content/en/words.yml", 1, version, (), (), has_facts)


@pytest.fixture
def lee(database: Database) -> int:
    """The account of a lead."""
    return database.write_now(lambda c: staff.add(c, 1, "lee", "lead", "hashed", None))


def sign(database: Database, lee: int, *texts: Text, at: int = 5, day: Optional[date] = None) -> None:
    database.write_now(lambda c: sign_offs.add(c, at, lee, "deputy head", texts, day))


def test_no_text_is_signed_off_at_first(database: Database) -> None:
    assert database.read_now(sign_offs.latest) == {}


def test_a_sign_off_records_name_role_time_and_version(database: Database, lee: int) -> None:
    sign(database, lee, text())
    expected = SignOff("words.yml#welcome", "v1", "lee", "deputy head", 5)
    assert database.read_now(sign_offs.latest) == {"words.yml#welcome": expected}


def test_the_latest_of_two_sign_offs_counts(database: Database, lee: int) -> None:
    sign(database, lee, text())
    sign(database, lee, text(version="v2"), at=6)
    assert database.read_now(sign_offs.latest)["words.yml#welcome"][1:5] == ("v2", "lee", "deputy head", 6)


def test_the_day_is_stored_only_for_texts_with_facts(database: Database, lee: int) -> None:
    sign(database, lee, text("childline", has_facts=True), text("welcome"), day=DAY)
    kept = database.read_now(sign_offs.latest)
    assert [one.confirmed_on for one in kept.values()] == [DAY, None]


def test_a_withdrawn_sign_off_no_longer_counts(database: Database, lee: int) -> None:
    sign(database, lee, text(), text("goodbye"))
    database.write_now(lambda c: sign_offs.take_back(c, 6, lee, text()))
    assert list(database.read_now(sign_offs.latest)) == ["words.yml#goodbye"]


def test_a_text_can_be_signed_off_again_after_a_withdrawal(database: Database, lee: int) -> None:
    database.write_now(lambda c: sign_offs.take_back(c, 6, lee, text()))
    sign(database, lee, text(), at=7)
    assert list(database.read_now(sign_offs.latest)) == ["words.yml#welcome"]


def test_the_role_of_a_persons_latest_sign_off_is_known(database: Database, lee: int) -> None:
    assert database.read_now(lambda c: sign_offs.last_role(c, lee)) == ""
    sign(database, lee, text())
    database.write_now(lambda c: sign_offs.take_back(c, 6, lee, text()))
    assert database.read_now(lambda c: sign_offs.last_role(c, lee)) == "deputy head"


@pytest.mark.parametrize("statement", ["UPDATE sign_off SET role = 'nurse'", "DELETE FROM sign_off"])
def test_the_database_refuses_to_change_or_remove_a_sign_off(database: Database, lee: int, statement: str) -> None:
    sign(database, lee, text())
    with pytest.raises(sa.exc.SQLAlchemyError, match="cannot be changed"):
        database.write_now(lambda c: c.exec_driver_sql(statement))
    assert len(database.read_now(sign_offs.latest)) == 1
