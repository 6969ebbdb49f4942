"""The services offered in a table of situations. test_laws.py has the rules for all situations."""

from datetime import datetime
from typing import List, Set

import pytest

from bot.case.case import Case
from bot.case.facts import Fact
from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.referral.refer import (
    LAST_RESORT,
    OPEN_NOW,
    Referral,
    Refusal,
    Situation,
    explain,
    image_age,
    refer,
    situation_of,
)
from bot.referral.rules import load_rules

LIBRARY = load_library()
RULES = load_rules()
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=LONDON)
NIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=LONDON)
CHRISTMAS = datetime(2026, 12, 25, 12, 0, tzinfo=LONDON)


def a_situation(topic: str, intent: str, asker: str = "unknown", area: str = "essex", **more: object) -> Situation:
    return Situation(**{"topic": topic, "intent": intent, "asker": asker, "area": area, "moment": NOON, **more})


def offered(situation: Situation) -> List[str]:
    return [referral.service_id for referral in refer(situation, LIBRARY, RULES)]


def case(name: str, situation: Situation, must: str, never: str = "") -> object:
    return pytest.param(situation, set(must.split()), set(never.split()), id=name)


CASES = [
    case(
        "a young person with suicidal thoughts",
        a_situation("crisis", "disclose_suicidal", "young_person"),
        "police_999 childline samaritans",
        "papyrus ceop nspcc",
    ),
    case(
        "a parent of a child with suicidal thoughts",
        a_situation("crisis", "disclose_suicidal", "parent"),
        "police_999 samaritans",
        "childline",
    ),
    case(
        "suicidal after looking at images",
        a_situation("crisis", "disclose_suicidal", "self_concern"),
        "police_999 samaritans",
        "childline nspcc",
    ),
    case(
        "a child in danger who wants to stay anonymous still hears 999",
        a_situation("crisis", "disclose_danger", "young_person", anonymous=True),
        "police_999 childline",
    ),
    case(
        "a young person whose nude was sent",
        a_situation("image_shared", "disclose_image_sent", "young_person", age=14),
        "report_remove childline",
        "stopncii revenge_porn_helpline",
    ),
    case(
        "a person of unknown age whose nude was sent counts as a child",
        a_situation("image_shared", "disclose_image_sent", "unknown"),
        "report_remove",
        "stopncii revenge_porn_helpline",
    ),
    case(
        "a man of thirty whose own picture is going round",
        a_situation("image_shared", "disclose_image_spread", "unknown", age=30),
        "stopncii revenge_porn_helpline",
        "report_remove take_it_down childline",
    ),
    case(
        "a parent of thirty-eight asks about a child's picture",
        a_situation("image_shared", "disclose_image_spread", "parent", age=38),
        "report_remove ceop",
        "stopncii revenge_porn_helpline",
    ),
    case(
        "an adult's picture, told so",
        a_situation("image_shared", "ask_image_removal", "other", age_in_image="18_or_over"),
        "stopncii revenge_porn_helpline",
        "report_remove take_it_down",
    ),
    case(
        "a blackmailed young person",
        a_situation("sextortion", "disclose_sextortion", "young_person"),
        "ceop report_remove childline",
        "report_fraud stopncii",
    ),
    case(
        "a blackmailed adult in Scotland",
        a_situation("sextortion", "disclose_sextortion", "other", "scotland", age_in_image="18_or_over"),
        "police_scotland stopncii revenge_porn_helpline",
        "report_fraud ceop essex_police_online police_101",
    ),
    case(
        "a blackmailed adult in Essex",
        a_situation("sextortion", "disclose_sextortion", "other", age_in_image="18_or_over"),
        "essex_police_online stopncii report_fraud",
        "police_101 ceop",
    ),
    case(
        "a parent who suspects grooming",
        a_situation("grooming_signs", "suspect_grooming", "parent"),
        "ceop nspcc",
        "childline stop_it_now",
    ),
    case(
        "a parent who suspects grooming and gives no name",
        a_situation("grooming_signs", "suspect_grooming", "parent", anonymous=True),
        "nspcc",
        "ceop essex_police_online",
    ),
    case(
        "a teacher about a pupil's picture",
        a_situation("image_shared", "disclose_image_spread", "professional"),
        "professionals_online_safety report_remove ceop",
        "childline",
    ),
    case(
        "a person worried about their own thoughts",
        a_situation("own_behaviour", "worry_own_behaviour", "self_concern"),
        "stop_it_now lucy_faithfull stopso",
        "ceop police_999 childline shore",
    ),
    case(
        "a young person worried about what they look at",
        a_situation("young_person_harmful_behaviour", "worry_own_behaviour_young", "young_person", age=15),
        "shore childline",
        "stop_it_now stopso",
    ),
    case(
        "a child of ten worried about what they did is too young for Shore",
        a_situation("young_person_harmful_behaviour", "worry_own_behaviour_young", "young_person", age=10),
        "childline",
        "shore stop_it_now",
    ),
    case(
        "a wife who found images",
        a_situation("other_persons_behaviour", "disclose_other_person", "other"),
        "essex_police_online stop_it_now",
        "childline shore",
    ),
    case(
        "abuse images of others, without a name",
        a_situation("viewed_illegal_content", "disclose_abuse_images", "unknown", anonymous=True),
        "iwf crimestoppers",
        "ceop report_remove essex_police_online",
    ),
    case(
        "a young person reports without a name",
        a_situation("how_to_report", "ask_report_anonymously", "young_person", age=14, anonymous=True),
        "fearless crimestoppers",
        "ceop",
    ),
    case(
        "a young person of seventeen is too old for Fearless",
        a_situation("how_to_report", "ask_report_anonymously", "young_person", age=17, anonymous=True),
        "crimestoppers",
        "fearless ceop",
    ),
    case(
        "a young person asks whether anybody will know who told",
        a_situation("privacy_anonymity", "ask_report_traced", "young_person", age=14, anonymous=True),
        "fearless crimestoppers childline",
        "ceop essex_police_online",
    ),
    case(
        "a neighbour asks whether a call is traced",
        a_situation("privacy_anonymity", "ask_report_traced", "other", anonymous=True),
        "crimestoppers",
        "ceop fearless childline",
    ),
    case(
        "somebody of whom nothing is known asks whether a call is traced",
        a_situation("privacy_anonymity", "ask_report_traced", "unknown", anonymous=True),
        "crimestoppers iwf",
        "ceop essex_police_online nspcc",
    ),
    case(
        "a person worried about themselves asks whether they must give a name",
        a_situation("privacy_anonymity", "ask_report_traced", "self_concern", anonymous=True),
        "stop_it_now",
        "crimestoppers ceop",
    ),
    case(
        "a report in Northern Ireland",
        a_situation("how_to_report", "ask_how_to_report", "parent", "northern_ireland"),
        "psni ceop",
        "essex_police_online essex_police_live_chat police_101 police_scotland",
    ),
    case(
        "a report in Kent",
        a_situation("how_to_report", "ask_how_to_report", "parent", "england_wales"),
        "police_101 ceop",
        "essex_police_online essex_police_live_chat",
    ),
    case(
        "a report in Essex",
        a_situation("how_to_report", "ask_how_to_report", "parent"),
        "essex_police_online essex_police_live_chat",
        "police_101",
    ),
    case(
        "what to say to a child",
        a_situation("talk_to_child", "ask_talk_to_child", "parent"),
        "ceop_education nspcc",
        "ceop childline",
    ),
    case("are you a robot", a_situation("about_service", "ask_about_bot", "parent"), ""),
]


@pytest.mark.parametrize(("situation", "must", "never"), CASES)
def test_the_right_services_are_offered(situation: Situation, must: Set[str], never: Set[str]) -> None:
    assert must <= set(offered(situation))


@pytest.mark.parametrize(("situation", "must", "never"), CASES)
def test_the_wrong_services_are_not_offered(situation: Situation, must: Set[str], never: Set[str]) -> None:
    assert not never & set(offered(situation))


def test_a_meeting_with_somebody_met_online_brings_up_999() -> None:
    assert "police_999" in offered(a_situation("stranger_contact", "disclose_meeting", "parent"))


def test_a_referral_names_the_rule_that_chose_it() -> None:
    situation = a_situation("own_behaviour", "worry_own_behaviour", "self_concern")
    assert {referral.rule for referral in refer(situation, LIBRARY, RULES)} == {"own_behaviour"}


def test_a_writer_without_any_other_service_gets_the_last_resort() -> None:
    situation = a_situation("image_pressure", "disclose_image_pressure", "self_concern", anonymous=True)
    assert {referral.rule for referral in refer(situation, LIBRARY, RULES)} == {LAST_RESORT}


@pytest.mark.parametrize(("moment", "expected"), [(NOON, True), (NIGHT, False)], ids=["noon", "2 am"])
def test_a_referral_says_whether_its_service_is_open(moment: datetime, expected: bool) -> None:
    situation = a_situation("law_question", "ask_law_images", "parent", moment=moment)
    assert refer(situation, LIBRARY, RULES)[0] == Referral("nspcc", "law_adult", expected)


@pytest.mark.parametrize("moment", [NIGHT, CHRISTMAS], ids=["2 am", "Christmas Day"])
def test_if_every_service_is_closed_an_open_one_is_added(moment: datetime) -> None:
    situation = a_situation("law_question", "ask_law_images", "parent", moment=moment)
    assert refer(situation, LIBRARY, RULES)[-1] == Referral("samaritans", OPEN_NOW, True)


def test_earlier_danger_puts_999_ahead_of_the_present_question() -> None:
    situation = a_situation("image_shared", "ask_image_removal", "young_person", danger=True)
    assert offered(situation)[:3] == ["police_999", "childline", "report_remove"]


def test_a_writer_who_has_already_reported_is_sent_to_other_help_first() -> None:
    situation = a_situation("sextortion", "disclose_sextortion", "young_person", reported=True)
    assert offered(situation)[:3] == ["report_remove", "take_it_down", "childline"]


def test_a_shared_picture_brings_its_service_into_another_topic() -> None:
    situation = a_situation("bullying", "disclose_bullying", "young_person", implied="disclose_image_spread")
    assert offered(situation) == ["childline", "report_remove", "report_harmful_content"]


def test_a_question_on_another_topic_brings_its_service_first() -> None:
    situation = a_situation(
        "young_person_harmful_behaviour", "worry_child_behaviour", "professional", asked="ask_image_removal"
    )
    assert offered(situation)[0] == "report_remove"


def test_a_question_on_the_same_topic_changes_no_service() -> None:
    asked = a_situation("image_shared", "disclose_image_spread", "young_person", asked="ask_image_removal")
    assert offered(asked) == offered(asked._replace(asked=None))


@pytest.mark.parametrize(("facts", "asked"), [({"image_shared": Fact(True, True, 1)}, "ask_image_removal"), ({}, None)])
def test_a_question_about_removal_is_about_an_image_if_there_is_one(
    facts: "dict[str, Fact]", asked: "str | None"
) -> None:
    case = Case(topic="bullying", intent="disclose_bullying", facts=facts)
    assert situation_of(case, LIBRARY, RULES, NOON, "essex", asks="can_it_be_removed").asked == asked


def test_a_fact_of_another_topic_implies_its_intent() -> None:
    case = Case(topic="bullying", intent="disclose_bullying", facts={"image_shared": Fact(True, True, 1)})
    assert situation_of(case, LIBRARY, RULES, NOON, "essex").implied == "disclose_image_spread"


def test_a_fact_implies_nothing_in_its_own_topic() -> None:
    case = Case(topic="image_shared", intent="disclose_image_spread", facts={"image_shared": Fact(True, True, 1)})
    assert situation_of(case, LIBRARY, RULES, NOON, "essex").implied is None


@pytest.mark.parametrize(("told", "age"), [(True, 30), (False, None)], ids=["said", "guessed"])
def test_only_an_adult_who_says_so_is_sent_to_services_for_adults(told: bool, age: "int | None") -> None:
    case = Case(topic="image_shared", intent="disclose_image_spread", facts={"writer": Fact("adult", told, 1)})
    assert situation_of(case, LIBRARY, RULES, NOON, "essex").age == age


def test_the_reason_for_leaving_out_a_service_is_given() -> None:
    situation = a_situation("sextortion", "disclose_sextortion", "young_person", anonymous=True)
    assert Refusal("ceop", "anonymous") in explain(situation, LIBRARY, RULES).refused


def test_an_adult_whose_picture_was_taken_as_a_child_is_not_sent_to_a_service_for_children() -> None:
    situation = a_situation("image_shared", "ask_image_removal", "unknown", age=20, age_in_image="under_18")
    assert not {"report_remove", "childline", "stopncii"} & set(offered(situation))


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (a_situation("image_shared", "disclose_image_sent", "unknown"), "under_18"),
        (a_situation("image_shared", "disclose_image_sent", "unknown", age=17), "under_18"),
        (a_situation("image_shared", "disclose_image_sent", "unknown", age=18), "18_or_over"),
        (a_situation("image_shared", "disclose_image_sent", "parent", age=40), "under_18"),
        (a_situation("image_shared", "disclose_image_sent", "unknown", age=40, age_in_image="under_18"), "under_18"),
        (a_situation("viewed_illegal_content", "disclose_abuse_images", "unknown", age=40), "under_18"),
    ],
    ids=["not told", "17", "18", "a parent's own age", "told otherwise", "abuse images"],
)
def test_the_age_in_an_image_is_a_childs_unless_stated_or_evident(situation: Situation, expected: str) -> None:
    assert image_age(situation) == expected


@pytest.mark.parametrize(
    ("place", "area"),
    [("Chelmsford", "essex"), ("  canvey   island ", "essex"), ("Glasgow", "scotland"), ("Leeds", "england_wales")],
)
def test_a_place_is_recognised_however_it_is_written(place: str, area: str) -> None:
    assert RULES.areas.area_of(place) == area
