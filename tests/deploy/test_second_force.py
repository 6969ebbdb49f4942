"""Adding a police force takes only content: the Kent example names its own force throughout, and never Essex's."""

from collections.abc import Iterator
from datetime import datetime
from typing import Dict

import httpx
import pytest
from chat_client import Person, Server, StartServer

from bot.case.questions import load_triage
from bot.commands.content import check_content, check_wording
from bot.content.areas import load_areas
from bot.content.files import SHIPPED, Content
from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.content.models import ASKERS
from bot.content.page import load_page_words
from bot.content.texts import load_texts
from bot.referral.refer import Situation, refer
from bot.referral.rules import load_rules
from bot.settings import ROOT

OVERLAY = ROOT / "deploy" / "examples" / "kent"
KENT = Content(SHIPPED.base, OVERLAY)
LIBRARY, RULES = load_library(KENT), load_rules(KENT)
SETTING = {"STREETWISE_CONTENT_DIR": str(OVERLAY)}
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=LONDON)


def offered(area: str) -> Dict[str, str]:
    """Return the name and description of every service offered to anybody in an area, by id."""
    situations = (
        Situation(topic, intent, asker, area, NOON, age_in_image=image, anonymous=anonymous)
        for topic, entry in LIBRARY.topics.items()
        for intent in entry.intents
        for asker in ASKERS
        for image in ("under_18", "18_or_over")
        for anonymous in (False, True)
    )
    ids = {one.service_id for situation in situations for one in refer(situation, LIBRARY, RULES)}
    return {name: f"{LIBRARY.services[name].name} {LIBRARY.services[name].does}" for name in ids}


def test_its_content_passes_the_checks() -> None:
    check_content(KENT)
    check_wording(KENT)


def test_its_area_is_assumed() -> None:
    assert load_areas(KENT).assumed_for("") == "kent"


def test_people_in_its_area_are_offered_its_force() -> None:
    assert offered("kent")["kent_police_online"].startswith("Kent Police ")


@pytest.mark.parametrize("area", sorted(RULES.areas.areas))
def test_nobody_is_offered_the_force_of_essex(area: str) -> None:
    assert [name for name, says in offered(area).items() if "essex" in (name + says).lower()] == []


def test_people_elsewhere_are_not_offered_its_force() -> None:
    assert "kent_police_online" not in offered("england_wales")


@pytest.mark.parametrize(("place", "area"), [("Maidstone", "kent"), ("Chelmsford", "england_wales")])
def test_a_place_determines_the_area(place: str, area: str) -> None:
    assert RULES.areas.area_of(place) == area


def test_people_can_choose_each_of_its_areas() -> None:
    question = load_triage(KENT).question("place")
    assert question is not None
    assert {choice.value for choice in question.choices} == set(RULES.areas.areas)


def test_no_text_names_essex() -> None:
    assert [(one.id, said) for one in load_texts(KENT) for _, said in one.words if "essex" in said.lower()] == []


def test_the_page_has_its_name() -> None:
    assert load_page_words(KENT).heading == "Kent safety chat"


def test_the_page_lists_its_areas() -> None:
    assert "england_wales, scotland, northern_ireland or kent" in load_page_words(KENT).problems["unknown_area"].detail


@pytest.fixture(scope="module")
def kent(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole assistant, as served in Kent."""
    running = start_server(tmp_path_factory.mktemp("kent") / "data", **SETTING)
    yield running
    running.stop()


def test_served_pages_and_replies_name_its_force_and_not_essex(kent: Server) -> None:
    page, host = httpx.get(f"{kent.chat}chat/").text, httpx.get(kent.chat).text
    person = Person(kent)
    replies = [person.says(words) for words in ("how do i report a crime to the police", "what is the police team")]
    assert ("Kent safety chat" in page, 'data-place="kent"' in host, "Kent Police" in str(replies)) == (
        True,
        True,
        True,
    )
    assert "essex" not in (page + host + str(replies)).lower()
