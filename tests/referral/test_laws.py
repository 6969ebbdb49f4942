"""Rules that every referral must satisfy, checked in 5,000 random situations."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import List, NamedTuple

import pytest

from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.content.models import ASKERS
from bot.referral.refer import EMERGENCY, Situation, explain
from bot.referral.rules import load_rules

LIBRARY, RULES = load_library(), load_rules()
SITUATIONS = 5000
AREAS = sorted(RULES.areas.areas)
TALK_ONLY = {"about_service", "small_talk", "out_of_scope"}
OWN_BEHAVIOUR = {"own_behaviour", "young_person_harmful_behaviour"}
IMAGES = {"image_shared", "sextortion", "ai_deepfake"}
FOR_THOSE_WHO_MIGHT_HARM = {"stop_it_now", "shore", "stopso", "lucy_faithfull"}
IMPLIED = [one.intent for one in RULES.implied]
ASKED = [one.intent for one in RULES.asked]
HOMES = {"police_scotland": "scotland", "psni": "northern_ireland"}


class Case(NamedTuple):
    """A situation and the services that it leads to."""

    situation: Situation
    offered: List[str]
    rule: str


def draw(random: Random) -> Situation:
    topic = random.choice(sorted(LIBRARY.topics))
    return Situation(
        topic=topic,
        intent=random.choice(sorted(LIBRARY.topics[topic].intents)),
        asker=random.choice(ASKERS),
        area=random.choice(AREAS),
        moment=datetime(2026, 1, 1, tzinfo=LONDON) + timedelta(minutes=random.randrange(2 * 365 * 24 * 60)),
        age=random.choice([None, *range(5, 25), 35, 60]),
        age_in_image=random.choice([None, "under_18", "18_or_over"]),
        anonymous=random.random() < 0.3,
        danger=random.random() < 0.2,
        reported=random.random() < 0.2,
        implied=random.choice([None, *IMPLIED]) if topic in RULES.subjects else None,
        asked=random.choice([None, *ASKED]),
    )


@pytest.fixture(scope="module")
def cases() -> List[Case]:
    random, drawn = Random(20261125), []
    for _ in range(SITUATIONS):
        situation = draw(random)
        explained = explain(situation, LIBRARY, RULES)
        drawn.append(Case(situation, [one.service_id for one in explained.offered], explained.rule))
    return drawn


def broken(cases: List[Case], applies: Callable[[Situation], bool], holds: Callable[[Case], bool]) -> List[Case]:
    """Return the cases that break a law. Fail if the law applies to no case, because then it tests nothing."""
    judged = [case for case in cases if applies(case.situation)]
    assert judged
    return [case for case in judged if not holds(case)]


def anybody(_: Situation) -> bool:
    return True


def needs_help(situation: Situation) -> bool:
    return situation.topic not in TALK_ONLY


def test_danger_is_answered_with_999_first(cases: List[Case]) -> None:
    def in_danger(s: Situation) -> bool:
        return s.topic == "crisis" or (s.danger and needs_help(s))

    assert broken(cases, in_danger, lambda c: c.offered[0] == EMERGENCY) == []


def test_an_anonymous_writer_is_never_sent_to_ceop(cases: List[Case]) -> None:
    assert broken(cases, lambda s: s.anonymous, lambda c: "ceop" not in c.offered) == []


def test_a_childs_image_goes_to_report_remove_and_then_to_take_it_down(cases: List[Case]) -> None:
    def a_childs_image(s: Situation) -> bool:
        told_under_18 = s.topic in IMAGES and s.age_in_image == "under_18" and s.asker != "self_concern"
        is_adult = s.asker in ("young_person", "unknown") and (s.age or 0) >= 18
        return told_under_18 and not is_adult and not s.danger

    def in_order(case: Case) -> bool:
        return case.offered.index("report_remove") < case.offered.index("take_it_down")

    assert broken(cases, a_childs_image, in_order) == []


def test_a_childs_image_never_goes_to_services_for_adults(cases: List[Case]) -> None:
    adults_only = {name for name, service in LIBRARY.services.items() if service.age_in_image == "18_or_over"}
    assert broken(cases, lambda s: s.age_in_image == "under_18", lambda c: not adults_only & set(c.offered)) == []


def test_an_adults_image_goes_to_stopncii_and_the_revenge_porn_helpline(cases: List[Case]) -> None:
    def an_adults_image(s: Situation) -> bool:
        return s.topic in IMAGES and s.age_in_image == "18_or_over" and s.asker in ("parent", "other", "professional")

    assert broken(cases, an_adults_image, lambda c: {"stopncii", "revenge_porn_helpline"} <= set(c.offered)) == []


def test_a_young_person_without_own_behaviour_is_not_sent_to_help_for_people_who_might_harm(
    cases: List[Case],
) -> None:
    def a_victim(s: Situation) -> bool:
        return s.asker == "young_person" and s.topic not in OWN_BEHAVIOUR

    assert broken(cases, a_victim, lambda c: not FOR_THOSE_WHO_MIGHT_HARM & set(c.offered)) == []


def test_a_child_is_never_sent_to_stop_it_now_or_stopso(cases: List[Case]) -> None:
    adults = {"stop_it_now", "stopso", "lucy_faithfull"}
    assert broken(cases, lambda s: s.asker == "young_person", lambda c: not adults & set(c.offered)) == []


def test_stopso_says_that_it_charges() -> None:
    assert LIBRARY.services["stopso"].cost == "paid"
    assert "pay a fee" in str(LIBRARY.services["stopso"].note)


def test_the_professionals_helpline_is_offered_only_to_professionals(cases: List[Case]) -> None:
    def others(s: Situation) -> bool:
        return s.asker != "professional"

    assert broken(cases, others, lambda c: "professionals_online_safety" not in c.offered) == []


def test_report_fraud_is_never_first(cases: List[Case]) -> None:
    assert broken(cases, needs_help, lambda c: c.offered[0] != "report_fraud") == []


def test_a_blackmailed_child_is_never_sent_to_report_fraud(cases: List[Case]) -> None:
    def a_blackmailed_child(s: Situation) -> bool:
        return s.topic == "sextortion" and s.age_in_image == "under_18"

    assert broken(cases, a_blackmailed_child, lambda c: "report_fraud" not in c.offered) == []


def test_abuse_images_of_others_go_to_the_iwf(cases: List[Case]) -> None:
    def seen(s: Situation) -> bool:
        return s.topic == "viewed_illegal_content"

    assert broken(cases, seen, lambda c: "iwf" in c.offered) == []


def test_essex_services_are_offered_only_in_essex(cases: List[Case]) -> None:
    def elsewhere(s: Situation) -> bool:
        return s.area != "essex"

    assert broken(cases, elsewhere, lambda c: not any(name.startswith("essex_") for name in c.offered)) == []


def test_no_police_force_is_offered_outside_its_area(cases: List[Case]) -> None:
    def at_home(case: Case) -> bool:
        return all(HOMES.get(name, case.situation.area) == case.situation.area for name in case.offered)

    assert broken(cases, anybody, at_home) == []


def test_crimestoppers_is_never_offered_to_somebody_in_danger(cases: List[Case]) -> None:
    def in_danger(s: Situation) -> bool:
        return s.danger or s.topic == "crisis"

    assert broken(cases, in_danger, lambda c: not {"crimestoppers", "fearless"} & set(c.offered)) == []


def test_nobody_is_offered_a_service_that_is_not_for_them(cases: List[Case]) -> None:
    def for_them(case: Case) -> bool:
        return all(case.situation.asker in LIBRARY.services[name].audiences for name in case.offered)

    assert broken(cases, anybody, for_them) == []


def test_a_young_person_is_offered_only_services_for_their_age(cases: List[Case]) -> None:
    def takes_their_age(case: Case) -> bool:
        services, age = [LIBRARY.services[name] for name in case.offered], case.situation.age or 0
        return all((service.min_age or 0) <= age <= (service.max_age or 99) for service in services)

    def of_known_age(s: Situation) -> bool:
        return s.asker == "young_person" and s.age is not None

    assert broken(cases, of_known_age, takes_their_age) == []


def test_nobody_is_left_without_a_service(cases: List[Case]) -> None:
    assert broken(cases, needs_help, lambda c: bool(c.offered)) == []


def test_at_any_hour_an_offered_service_may_be_open(cases: List[Case]) -> None:
    def open_now(case: Case) -> bool:
        moment = case.situation.moment
        return any(LIBRARY.services[name].hours.is_open(moment) is not False for name in case.offered)

    assert broken(cases, needs_help, open_now) == []


def test_a_service_that_may_be_closed_says_what_to_do_then() -> None:
    sometimes_closed = [name for name, one in LIBRARY.services.items() if not one.hours.always and not one.if_closed]
    assert sometimes_closed == []


def test_small_talk_leads_to_no_service(cases: List[Case]) -> None:
    assert broken(cases, lambda s: s.topic in TALK_ONLY, lambda c: c.offered == []) == []


def test_no_service_is_offered_twice(cases: List[Case]) -> None:
    assert broken(cases, anybody, lambda c: len(c.offered) == len(set(c.offered))) == []


def test_nobody_is_offered_more_than_five_services(cases: List[Case]) -> None:
    assert broken(cases, anybody, lambda c: len(c.offered) <= 5) == []


def test_every_referral_names_an_existing_rule(cases: List[Case]) -> None:
    names = {rule.id for rule in RULES.rules}
    assert broken(cases, anybody, lambda c: c.rule in names) == []
