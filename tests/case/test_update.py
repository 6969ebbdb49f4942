"""How messages change a case: one test per rule of DESIGN part 4."""

from dataclasses import replace
from typing import Any, Dict, List, Optional

import pytest

from bot.case.case import Case
from bot.case.derived import asker, image_age, in_danger, speaks_of_self, urgency
from bot.case.facts import Fact
from bot.case.reading import FAQ_SURE_AT, MAY_ASK_MOVE_AT, Number, Observation, Reading, read
from bot.case.update import update
from bot.content.library import load_library

topic_of = load_library().topic_of


def reading(intent: str = "nlu_fallback", confidence: float = 0.8, **more: Any) -> Reading:
    """Return a reading that gives a message this intent, both alone and in its conversation."""
    topic = topic_of(intent)
    given = {"topics": {topic: confidence}, "alone": {topic: confidence}, "ranking": ((intent, confidence),)}
    return Reading(**{"intent": intent, "confidence": confidence, "topic": topic, **given, **more})


def after(*readings: Reading, case: Optional[Case] = None) -> Case:
    case = case or Case()
    for one in readings:
        case = update(case, one, topic_of)
    return case


def observed(*facts: "tuple[str, Any]", probability: float = 1.0) -> "tuple[Observation, ...]":
    return tuple(Observation(name, value, probability) for name, value in facts)


BLACKMAIL = reading(
    "disclose_sextortion", 0.95, roles={"harmed": 0.9}, observations=observed(("threat", True), ("about", "self"))
)
FRAGMENT = reading("out_of_scope", 0.5, topics={"sextortion": 0.5, "out_of_scope": 0.3}, moves={"answers": 0.9})
OWN_WORDS = reading("worry_own_behaviour", 0.95, roles={"own_behaviour": 0.95})
VAGUE_FEAR = reading(
    "worry_own_behaviour",
    0.6,
    roles={"asks": 0.7, "own_behaviour": 0.2},
    alone={"own_behaviour": 0.6, "emotional_support": 0.3},
    is_first=True,
)


def worry(alone: float, in_context: float) -> Reading:
    """Return the reading of a first message about bullying, with its probability of danger alone and in context."""
    return reading(
        "disclose_danger",
        alone,
        alone={"crisis": alone, "bullying": 0.3},
        topics={"bullying": 0.9},
        urgencies={"immediate_danger": in_context},
        is_first=True,
    )


def test_a_fact_stays_known() -> None:
    assert after(BLACKMAIL, FRAGMENT, FRAGMENT).has("threat")


@pytest.mark.parametrize(
    ("intent", "is_bare", "is_told"),
    [("tell_asker", True, True), ("tell_asker", False, False), ("ask_law", True, False)],
    ids=["who writes and no more", "more words", "something else"],
)
def test_a_message_that_only_says_who_writes_declares_it(intent: str, is_bare: bool, is_told: bool) -> None:
    guessed = observed(("writer", "adult"), probability=0.5)
    assert after(reading(intent, 0.95, observations=guessed, is_bare=is_bare)).facts["writer"].declared == is_told


def test_no_is_a_value() -> None:
    assert after(BLACKMAIL, reading(observations=observed(("image_sent", False)))).value("image_sent") is False


def test_a_fact_remembers_the_turn_it_comes_from() -> None:
    assert after(FRAGMENT, BLACKMAIL).facts["threat"].turn == 2


def test_an_inferred_fact_does_not_replace_a_declared_one() -> None:
    told, guessed = observed(("writer_age", 14)), observed(("writer_age", 30), probability=0.6)
    assert after(reading(observations=told), reading(observations=guessed)).value("writer_age") == 14


def test_a_correction_replaces_a_declared_fact() -> None:
    corrected = reading(observations=observed(("writer_age", 15)), moves={"corrects": 0.9})
    assert after(reading(observations=observed(("writer_age", 14))), corrected).value("writer_age") == 15


def test_a_fragment_keeps_the_topic() -> None:
    assert after(BLACKMAIL, FRAGMENT).topic == "sextortion"


def test_nothing_is_out_of_scope_once_a_case_has_a_topic() -> None:
    assert after(BLACKMAIL, reading("out_of_scope", 0.8)).topic == "sextortion"


def test_an_improbable_topic_does_not_replace_the_current_one() -> None:
    unsure = reading("ask_parental_controls", 0.3)
    assert after(BLACKMAIL, unsure).topic == "sextortion"


def test_a_clear_topic_replaces_the_current_one() -> None:
    assert after(BLACKMAIL, reading("ask_parental_controls", 0.9)).topic == "parental_controls"


@pytest.mark.parametrize(
    ("facts", "topic"), [([("threat", True)], "sextortion"), ([], "bullying")], ids=["it is told", "nothing is told"]
)
def test_a_topic_needs_less_probability_if_the_message_tells_a_fact_of_it(
    facts: "List[tuple[str, Any]]", topic: str
) -> None:
    told = reading("disclose_sextortion", 0.35, observations=observed(*facts))
    assert after(reading("disclose_bullying", 0.9), told).topic == topic


def test_the_previous_topic_is_remembered() -> None:
    assert after(BLACKMAIL, reading("ask_how_to_report", 0.9)).topics_before == ("disclose_sextortion",)


def test_own_behaviour_is_not_assumed_without_the_writers_own_words() -> None:
    assert (after(VAGUE_FEAR).topic, after(VAGUE_FEAR).role.value) == ("emotional_support", "asks")


def test_own_behaviour_follows_from_the_writers_own_words() -> None:
    assert (after(OWN_WORDS).topic, after(OWN_WORDS).role.value) == ("own_behaviour", "own_behaviour")


def test_a_child_who_clearly_worries_about_their_own_behaviour_is_believed() -> None:
    worried = reading("worry_own_behaviour_young", 0.97, roles={"asks": 0.4, "own_behaviour": 0.2})
    assert after(worried).role.value == "own_behaviour"


def test_thanks_do_not_bring_back_danger_that_was_answered_and_ended() -> None:
    ended = Case(turn=3, topic="crisis", said=("danger/danger_default",), facts={"danger": Fact("over", False, 3)})
    thanks = reading("thank", 0.9, urgencies={"immediate_danger": 0.6})
    assert not in_danger(after(thanks, case=ended))


def test_danger_that_ended_needs_a_higher_probability_to_come_back() -> None:
    ended = Case(turn=3, topic="crisis", said=("danger/danger_default",), facts={"danger": Fact("over", False, 3)})
    levels = (0.4, 0.7)
    again = [after(reading(urgencies={"immediate_danger": level}), case=ended) for level in levels]
    assert [in_danger(case) for case in again] == [False, True]


def test_a_harmed_writer_never_becomes_one_who_may_harm() -> None:
    assert after(BLACKMAIL, OWN_WORDS).role.value == "harmed"


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ({"harmed": 0.6, "asks": 0.3}, "harmed"),
        ({"harmed": 0.5, "relative": 0.4}, "asks"),
        ({"witness": 0.5, "relative": 0.35, "harmed": 0.1}, "witness"),
        ({"witness": 0.4, "harmed": 0.35, "carer": 0.2}, "asks"),
    ],
    ids=["clear", "writer or somebody else", "clearly somebody else", "unclear"],
)
def test_a_first_role_must_be_clear(roles: "Dict[str, float]", role: str) -> None:
    assert after(reading(roles=roles)).role.value == role


def test_a_declared_role_is_kept() -> None:
    mother = reading("tell_asker", 0.9, role="carer")
    assert after(mother, reading(roles={"witness": 0.97})).role.value == "carer"


HEAD_OF_YEAR_HAD_ME_IN = {
    "text": "head of year had me in",
    "intent": {"name": "disclose_image_sent", "confidence": 0.9},
    "entities": [{"entity": "told_asker", "value": "professional"}, {"entity": "asker", "value": "professional"}],
    "context": {
        "topics": {"image_shared": 0.9},
        "roles": {"harmed": 0.64, "professional": 0.02},
        "facts": [["writer", "child", 0.95]],
    },
}


@pytest.mark.parametrize(("told", "mentioned"), [("relative", "carer"), ("professional", "carer")])
def test_a_declared_role_is_not_replaced_by_one_that_is_only_mentioned(told: str, mentioned: str) -> None:
    declared = reading(role=told, roles={told: 0.9})
    assert after(declared, reading(role=mentioned, roles={mentioned: 0.6, told: 0.4})).role.value == told


@pytest.mark.parametrize(("probability", "role"), [(0.9, "relative"), (0.95, "carer")], ids=["inferred", "told"])
def test_a_writer_only_taken_for_a_carer_becomes_a_relative_if_the_child_is_not_theirs(
    probability: float, role: str
) -> None:
    told = "carer" if role == "carer" else None
    case = after(reading(role=told, roles={"carer": probability}), FRAGMENT._replace(not_mine=True))
    assert case.role.value == role


def test_a_phrase_that_names_an_improbable_role_does_not_set_it() -> None:
    assert after(BLACKMAIL, read(HEAD_OF_YEAR_HAD_ME_IN, topic_of)).role.value == "harmed"


def test_a_phrase_that_names_an_improbable_role_says_nothing_about_the_writers_age() -> None:
    assert after(BLACKMAIL, read(HEAD_OF_YEAR_HAD_ME_IN, topic_of)).value("writer") == "child"


def test_a_phrase_that_only_suggests_a_role_does_not_replace_a_chosen_one() -> None:
    chosen = reading("tell_asker", 1.0, role="carer", pressed=True)
    suggested = reading("ask_grooming", role="relative", roles={"carer": 0.8, "relative": 0.15})
    assert after(chosen, suggested).role == Fact("carer", True, 1)


def test_an_unlikely_role_from_a_phrase_can_still_be_replaced() -> None:
    my_wifes_phone = reading("ask_after_arrest", role="relative", roles={"relative": 0.44, "carer": 0.43})
    assert after(my_wifes_phone, reading(roles={"carer": 0.9})).role.value == "carer"


ITS_ME = reading("hesitate", 0.9, roles={"harmed": 0.07}, own_story=True)


def told_of_a_friend(role: str = "witness", **facts: Any) -> Case:
    """Return a case about a friend's blackmail."""
    told = {name: Fact(value, True, 1) for name, value in {"about": "friend", **facts}.items()}
    return Case(turn=2, role=Fact(role, False, 1), facts=told, topic="sextortion", intent="disclose_sextortion")


@pytest.mark.parametrize("role", ["witness", "relative", "asks"])
def test_a_story_about_somebody_else_can_turn_out_to_be_the_writers_own(role: str) -> None:
    case = after(ITS_ME, case=told_of_a_friend(role))
    assert (case.role.value, case.value("about")) == ("harmed", "self")


@pytest.mark.parametrize("role", ["carer", "professional"])
def test_a_story_told_by_a_parent_or_teacher_stays_the_childs(role: str) -> None:
    assert after(ITS_ME, case=told_of_a_friend(role)).role.value == role


def test_a_story_about_a_child_stays_the_childs() -> None:
    case = after(ITS_ME, case=told_of_a_friend("relative", about="child", about_age=9))
    assert (case.role.value, case.value("writer_age")) == ("relative", None)


def test_a_writer_who_admitted_a_story_stays_the_one_it_is_about() -> None:
    goes_on = reading("disclose_sextortion", roles={"witness": 0.9})
    assert after(ITS_ME, goes_on, case=told_of_a_friend()).role.value == "harmed"


def test_the_friends_age_becomes_the_writers_when_the_story_turns_out_to_be_theirs() -> None:
    case = after(ITS_ME, case=told_of_a_friend(about_age=13))
    assert (case.value("writer_age"), case.value("about_age")) == (13, None)


def test_it_is_me_says_nothing_without_a_story_about_somebody_else() -> None:
    assert after(ITS_ME).value("about") is None


def test_an_inference_that_a_message_is_about_the_writer_is_not_an_admission() -> None:
    guess = reading("nlu_fallback", roles={"witness": 0.9}, observations=observed(("about", "self"), probability=0.95))
    assert after(guess, case=told_of_a_friend()).role.value == "witness"


@pytest.mark.parametrize(
    ("own", "role"), [(0.9, "own_behaviour"), (0.5, "asks"), (0.1, "harmed")], ids=["clear", "not clear", "unlikely"]
)
def test_a_writer_who_admits_a_story_has_done_harm_only_if_that_is_clear(own: float, role: str) -> None:
    admits = ITS_ME._replace(roles={"own_behaviour": own, "harmed": 0.1})
    assert after(admits, case=told_of_a_friend()).role.value == role


def test_a_phrase_that_corrects_a_role_is_believed() -> None:
    mine = reading("ask_grooming", role="carer", roles={"relative": 0.9, "carer": 0.02}, moves={"corrects": 0.9})
    assert after(reading(roles={"relative": 0.9}), mine).role.value == "carer"


def test_a_role_chosen_by_a_button_is_believed() -> None:
    chosen = reading("worry_own_behaviour", 1.0, role="own_behaviour", pressed=True)
    assert after(chosen).role.value == "own_behaviour"


@pytest.mark.parametrize(
    ("facts", "role", "who"),
    [
        ([("writer_age", 14)], "harmed", "young_person"),
        ([("writer", "child")], "witness", "young_person"),
        ([], "harmed", "unknown"),
        ([("writer_age", 34)], "harmed", "unknown"),
        ([], "carer", "parent"),
        ([], "professional", "professional"),
        ([], "relative", "other"),
        ([], "own_behaviour", "self_concern"),
        ([("writer_age", 15)], "own_behaviour", "young_person"),
        ([("writer", "adult")], "witness", "other"),
        ([], "asks", "unknown"),
    ],
)
def test_the_asker_follows_from_role_and_age(facts: "List[tuple[str, Any]]", role: str, who: str) -> None:
    case = Case(facts={name: Fact(value, True, 1) for name, value in facts}, role=Fact(role, True, 1))
    assert asker(case) == who


def numbers(*said: "tuple[int, dict[str, float]]") -> "tuple[Number, ...]":
    return tuple(Number(years, of) for years, of in said)


def test_a_number_answers_the_open_question() -> None:
    case = after(reading(numbers=numbers((16, {"writer_age": 0.7}))), case=Case(turn=1, open_question="age_in_image"))
    assert (case.value("image_age"), case.value("writer_age")) == (16, None)


def test_of_two_numbers_the_one_asked_for_is_the_answer() -> None:
    both = numbers((40, {"other_age": 0.9, "writer_age": 0.1}), (14, {"other_age": 0.0, "writer_age": 0.6}))
    case = after(reading(numbers=both), case=Case(turn=1, open_question="own_age"))
    assert (case.value("writer_age"), case.value("other_age")) == (14, 40)


def test_a_number_that_is_clearly_another_age_is_not_the_answer() -> None:
    only = numbers((40, {"other_age": 0.95, "writer_age": 0.02}))
    assert after(reading(numbers=only), case=Case(turn=1, open_question="own_age")).value("writer_age") is None


def test_a_number_without_a_question_is_the_likeliest_age() -> None:
    case = after(reading(numbers=numbers((14, {"writer_age": 0.9, "about_age": 0.1}))))
    assert (case.value("writer_age"), case.value("about_age")) == (14, None)


def test_a_number_that_is_unlikely_to_be_an_age_is_no_fact() -> None:
    assert after(reading(numbers=numbers((14, {"writer_age": 0.3})))).value("writer_age") is None


def test_an_age_below_18_is_not_an_adult_writers() -> None:
    adult = reading(roles={"relative": 0.9}, observations=observed(("writer", "adult"), ("about", "sibling")))
    case = after(adult, FRAGMENT._replace(numbers=(Number(14, {"writer_age": 0.6, "about_age": 0.3}),)))
    assert (case.value("writer_age"), case.value("about_age")) == (None, 14)


@pytest.mark.parametrize(("long_ago", "years"), [(True, 34), (False, 13)])
def test_an_age_below_18_is_not_an_adults_in_a_story_of_long_ago(long_ago: bool, years: int) -> None:
    told = reading(roles={"harmed": 0.9}, observations=observed(("writer_age", 34), ("long_ago", long_ago)))
    case = after(told, FRAGMENT._replace(numbers=(Number(13, {"writer_age": 0.9}),)))
    assert case.value("writer_age") == years


def test_an_age_below_18_is_not_the_writers_if_the_message_says_that_they_are_an_adult() -> None:
    stated = observed(("writer", "adult"), ("long_ago", True))
    said = reading(roles={"harmed": 0.9}, observations=stated, numbers=numbers((13, {"writer_age": 0.9})))
    assert after(said).value("writer_age") is None


def test_a_word_for_an_adult_does_not_rule_out_the_writers_age() -> None:
    said = reading(observations=observed(("writer", "adult")), numbers=numbers((13, {"writer_age": 0.9})))
    assert after(said).value("writer_age") == 13


def test_what_a_message_probably_says_of_the_writer_outweighs_its_style() -> None:
    said = reading(asker="young_person", observations=(Observation("writer", "adult", 0.75),))
    assert after(said).value("writer") == "adult"


def test_an_age_below_18_is_the_writers_if_only_their_style_is_adult() -> None:
    told = reading(
        roles={"harmed": 0.9}, observations=(Observation("writer", "adult", 0.6), *observed(("long_ago", True)))
    )
    assert after(told, FRAGMENT._replace(numbers=(Number(17, {"writer_age": 0.9}),))).value("writer_age") == 17


def test_an_age_from_18_is_not_that_of_a_child_of_known_age() -> None:
    told = reading(roles={"carer": 0.95}, observations=observed(("about_age", 13), ("other", "stranger_online")))
    case = after(told, FRAGMENT._replace(numbers=(Number(19, {"about_age": 0.6, "other_age": 0.3}),)))
    assert (case.value("about_age"), case.value("other_age")) == (13, 19)


def test_a_number_is_one_persons_age_and_perhaps_also_the_age_in_a_picture() -> None:
    case = after(reading(numbers=numbers((12, {"writer_age": 0.6, "about_age": 0.5, "image_age": 0.5}))))
    assert [case.value(name) for name in ("writer_age", "about_age", "image_age")] == [12, None, 12]


def test_an_age_belongs_to_the_only_person_mentioned() -> None:
    about_a_son = reading(roles={"carer": 0.9}, observations=observed(("about", "child")))
    nineteen = reading(numbers=numbers((19, {"other_age": 0.8, "about_age": 0.1})))
    assert after(about_a_son, nineteen).value("about_age") == 19


def test_an_age_may_belong_to_another_person_once_they_were_mentioned() -> None:
    with_a_man = reading(roles={"carer": 0.9}, observations=observed(("about", "child"), ("contact", True)))
    forty = reading(numbers=numbers((40, {"other_age": 0.8, "about_age": 0.1})))
    assert after(with_a_man, forty).value("other_age") == 40


def test_a_writer_who_asks_how_to_report_without_a_name_wants_to_stay_anonymous() -> None:
    assert after(reading("ask_report_anonymously", 0.9)).value("anonymous") is True


def test_a_writer_who_passed_on_somebody_elses_picture_may_worry_about_their_own_behaviour() -> None:
    told = observed(("image_shared", True), ("about", "other"))
    assert after(OWN_WORDS._replace(observations=told)).role.value == "own_behaviour"


def test_a_question_clear_on_its_own_changes_the_topic_if_the_conversation_allows_it() -> None:
    asked = reading("ask_how_to_report", 0.97, topics={"sextortion": 0.6, "how_to_report": 0.3}, moves={"asks": 0.9})
    assert after(BLACKMAIL, asked).topic == "how_to_report"


def test_of_two_numbers_the_likelier_is_the_age() -> None:
    both = numbers((29, {"writer_age": 0.9, "about_age": 0.1}), (15, {"writer_age": 0.5, "about_age": 0.6}))
    case = after(reading(numbers=both))
    assert (case.value("writer_age"), case.value("about_age")) == (29, 15)


def test_in_a_longer_message_an_age_likelier_to_be_somebody_elses_does_not_answer_the_question() -> None:
    daughter = reading(numbers=numbers((9, {"writer_age": 0.1, "about_age": 0.6})))
    case = after(daughter, case=Case(turn=1, open_question="own_age"))
    assert (case.value("writer_age"), case.value("about_age")) == (None, 9)


def test_a_number_likelier_not_to_be_an_age_is_no_fact() -> None:
    paid = reading(numbers=numbers((50, {"writer_age": 0.45, "about_age": 0.01})))
    assert after(paid).value("writer_age") is None


def test_a_message_that_only_says_an_age_says_the_likeliest_one() -> None:
    case = after(reading("tell_age", 0.98, numbers=numbers((14, {"about_age": 0.37, "other_age": 0.1}))))
    assert case.value("about_age") == 14


def test_a_child_who_did_harm_is_a_child_in_what_they_ask_next() -> None:
    told = Case(turn=2, role=Fact("own_behaviour", False, 1), topics_before=("worry_own_behaviour_young",))
    assert asker(replace(told, topic="law_question")) == "young_person"


def test_the_age_in_the_writers_own_picture_is_the_writers() -> None:
    assert image_age(after(BLACKMAIL, reading(observations=observed(("writer_age", 14))))) == "under_18"


def test_the_age_in_a_childs_picture_is_the_childs() -> None:
    mother = reading(role="carer", observations=observed(("about", "child"), ("writer_age", 41), ("about_age", 13)))
    assert image_age(after(mother)) == "under_18"


def test_the_age_of_a_writer_who_was_sent_a_picture_is_not_the_age_in_it() -> None:
    got_one = reading(roles={"harmed": 0.9}, observations=observed(("image_received", True), ("writer_age", 14)))
    assert image_age(after(got_one)) is None


@pytest.mark.parametrize(
    ("about", "is_own"),
    [(None, True), ("self", True), ("friend", False)],
    ids=["nobody is named", "it is about the writer", "it is about a friend"],
)
def test_a_witness_who_was_sent_a_picture_speaks_of_themselves_unless_it_is_about_somebody_else(
    about: Optional[str], is_own: bool
) -> None:
    named = (("about", about),) if about else ()
    got_one = reading(roles={"witness": 0.9}, observations=observed(("image_received", True), *named))
    assert speaks_of_self(after(got_one)) is is_own


NET = reading("disclose_suicidal", 1.0, is_net=True)
ALARM = reading("disclose_danger", 0.9, urgencies={"immediate_danger": 0.9}, topics={"crisis": 0.9})


def test_words_of_the_safety_net_are_danger_now() -> None:
    assert in_danger(after(NET))


def test_danger_stays_until_the_writer_says_that_it_is_over() -> None:
    assert in_danger(after(ALARM, FRAGMENT, FRAGMENT))


def test_inferred_danger_is_only_possible_once_nothing_reads_like_it() -> None:
    inferred = reading("disclose_danger", 0.5, urgencies={"immediate_danger": 0.4}, topics={"crisis": 0.4})
    assert after(inferred, FRAGMENT).value("danger") == "possible"


def test_inferred_danger_is_held_while_messages_read_a_little_like_it() -> None:
    inferred = reading("disclose_danger", 0.5, urgencies={"immediate_danger": 0.4}, topics={"crisis": 0.4})
    assert in_danger(after(inferred, FRAGMENT._replace(urgencies={"immediate_danger": 0.12})))


def test_danger_declared_over_is_over() -> None:
    assert not in_danger(after(ALARM, reading(observations=observed(("danger", "over")))))


def test_a_no_that_begins_a_complaint_does_not_answer_the_question_about_danger() -> None:
    asked = Case(turn=1, open_question="danger")
    assert after(reading("deny", 0.9, answer="no", missed=True), case=asked).value("danger") is None


def test_a_no_answers_only_the_question_that_was_asked() -> None:
    said_no = reading("deny", 0.9)
    asked = Case(turn=1, open_question="danger", facts={"suicide": Fact("said", True, 1)})
    assert after(said_no, case=asked).has("suicide", "said")


def test_a_yes_to_the_question_about_danger_is_danger_now() -> None:
    assert in_danger(after(reading("affirm", 0.9, is_bare=True), case=Case(turn=1, open_question="danger")))


def test_a_short_question_that_reads_like_a_yes_does_not_answer_the_question_about_danger() -> None:
    is_that_ok = reading("affirm", 0.96, is_bare=True, moves={"asks": 0.9})
    assert not in_danger(after(is_that_ok, case=Case(turn=1, open_question="danger")))


def test_a_yes_within_more_words_does_not_answer_the_question_about_danger() -> None:
    assert not in_danger(after(reading("affirm", 0.9), case=Case(turn=1, open_question="danger")))


@pytest.mark.parametrize(
    ("answer", "danger"),
    [("yes", "now"), ("perhaps", "now"), ("unsure", "possible"), ("no", "none")],
)
def test_a_longer_message_that_begins_with_an_answer_answers_the_question_about_danger(
    answer: str, danger: str
) -> None:
    asked = Case(turn=1, open_question="danger")
    assert after(FRAGMENT._replace(answer=answer), case=asked).value("danger") == danger


@pytest.mark.parametrize(("is_bare", "is_kept"), [(True, True), (False, False)], ids=["a yes alone", "yes, and more"])
def test_danger_from_a_yes_that_begins_a_longer_message_is_not_held(is_bare: bool, is_kept: bool) -> None:
    asked = Case(turn=1, open_question="danger")
    case = after(FRAGMENT._replace(answer="yes", is_bare=is_bare), FRAGMENT, case=asked)
    assert in_danger(case) == is_kept


def test_a_message_that_begins_with_yes_and_says_everybody_is_safe_is_not_danger() -> None:
    safe = FRAGMENT._replace(answer="yes", observations=observed(("danger", "over")))
    assert not in_danger(after(safe, case=Case(turn=1, open_question="danger")))


def test_a_yes_without_a_question_is_not_danger() -> None:
    assert not in_danger(after(reading("affirm", 0.9)))


@pytest.mark.parametrize(
    "said",
    [
        {"observations": observed(("danger", "none"), probability=0.7)},
        {"observations": observed(("danger", "over"), probability=0.7)},
        {"observations": observed(("suicide", "denied"), probability=0.7)},
    ],
    ids=["nobody is in danger", "it is over", "no thoughts of suicide"],
)
def test_danger_is_only_possible_once_a_message_probably_says_that_everybody_is_safe(said: Dict[str, Any]) -> None:
    assert after(NET, FRAGMENT._replace(**said)).value("danger") == "possible"


@pytest.mark.parametrize(("about", "danger"), [("friend", "possible"), ("self", "now")])
def test_a_reported_no_is_believed_only_about_somebody_elses_life(about: str, danger: str) -> None:
    told = NET._replace(observations=observed(("about", about)))
    assert after(told, FRAGMENT._replace(said_no=True)).value("danger") == danger


def test_a_denial_of_suicide_does_not_lower_danger_from_somebody_else() -> None:
    denies = FRAGMENT._replace(observations=observed(("suicide", "denied")))
    assert in_danger(after(reading("disclose_danger", 1.0, is_net=True), denies))


@pytest.mark.parametrize("said", [{"answer": "perhaps"}, {"answer": "unsure"}, {"no_plan": True}])
def test_very_likely_danger_is_danger_whatever_the_message_begins_with(said: Dict[str, Any]) -> None:
    assert in_danger(after(own_life(0.99)._replace(**said), case=THINKS_OF_IT))


def test_a_longer_yes_to_a_repeated_question_is_danger_after_a_no() -> None:
    said_no = Case(turn=2, open_question="danger", facts={"danger": Fact("none", True, 1)})
    assert in_danger(after(FRAGMENT._replace(answer="yes"), case=said_no))


def test_a_yes_counts_even_if_the_message_says_the_same_in_other_words() -> None:
    says_so = own_life(0.1)._replace(answer="yes", is_bare=True, observations=observed(("suicide", "said")))
    assert in_danger(after(says_so, case=THINKS_OF_IT))


def test_a_writer_who_is_not_sure_about_danger_can_still_say_that_there_is_none() -> None:
    not_sure = after(FRAGMENT._replace(answer="unsure"), case=Case(turn=1, open_question="danger"))
    none = FRAGMENT._replace(observations=observed(("danger", "none"), probability=0.85))
    assert after(none, case=not_sure).value("danger") == "none"


def test_a_reported_no_denies_nothing_if_no_thoughts_of_suicide_were_mentioned() -> None:
    assert after(BLACKMAIL, FRAGMENT._replace(said_no=True)).value("suicide") is None


def test_a_doubtful_phrase_in_a_complaint_is_a_hint() -> None:
    assert after(own_life(0.1)._replace(missed=True, hint="disclose_suicidal")).value("suicide") == "hinted"


def test_a_writer_who_complains_about_a_hint_is_not_asked_about_it_again() -> None:
    hinted = Case(turn=2, facts={"suicide": Fact("denied", False, 2)})
    assert after(own_life(0.6)._replace(missed=True), case=hinted).value("suicide") == "denied"


HELPED = FRAGMENT._replace(observations=observed(("helped", True)))


def test_help_that_was_called_is_known_while_the_danger_lasts() -> None:
    assert after(ALARM, HELPED).has("helped")


def test_help_that_was_called_does_not_count_for_another_danger() -> None:
    over = reading(observations=observed(("danger", "over")))
    assert not after(ALARM, HELPED, over, NET).has("helped")


def test_police_who_came_for_something_else_do_not_count_as_help_that_was_called() -> None:
    assert not after(BLACKMAIL, HELPED).has("helped")


DENIED = Case(turn=3, facts={"suicide": Fact("denied", True, 3)})


def own_life(in_context: float, alone: float = 0.6) -> Reading:
    """Return the reading of a later message that sounds suicidal."""
    urgencies, intents = {"immediate_danger": in_context}, (("disclose_suicidal", alone),)
    return reading("disclose_suicidal", alone, urgencies=urgencies, intents=intents, is_first=False)


THINKS_OF_IT = Case(turn=2, open_question="suicide", facts={"suicide": Fact("hinted", False, 2)})


@pytest.mark.parametrize(
    ("answer", "suicide", "danger"),
    [("yes", "said", "now"), ("perhaps", "hinted", "possible"), ("unsure", "hinted", "possible")],
)
def test_only_a_yes_to_the_question_about_suicide_is_danger(answer: str, suicide: str, danger: str) -> None:
    case = after(own_life(0.5)._replace(answer=answer), case=THINKS_OF_IT)
    assert (case.value("suicide"), case.value("danger")) == (suicide, danger)


def test_an_unsure_answer_about_suicide_counts_as_an_answer_even_to_a_clear_hint() -> None:
    clear = replace(THINKS_OF_IT, facts={"suicide": Fact("hinted", True, 2)})
    case = after(own_life(0.5)._replace(answer="perhaps"), case=clear)
    assert case.facts["suicide"].turn == case.turn


def test_a_no_to_the_question_about_suicide_is_believed_if_the_message_reads_only_a_little_like_it() -> None:
    assert not in_danger(after(own_life(0.5)._replace(answer="no"), case=THINKS_OF_IT))


def test_thoughts_of_suicide_without_a_plan_are_a_hint_rather_than_danger_now() -> None:
    case = after(own_life(0.8), own_life(0.5)._replace(no_plan=True))
    assert (case.value("suicide"), case.value("danger")) == ("hinted", "possible")


def test_having_no_plan_says_nothing_if_no_thoughts_of_suicide_were_mentioned() -> None:
    assert after(BLACKMAIL, FRAGMENT._replace(no_plan=True)).value("suicide") is None


def test_words_of_the_safety_net_are_danger_whatever_is_said_about_a_plan() -> None:
    assert in_danger(after(own_life(0.8), NET._replace(no_plan=True)))


@pytest.mark.parametrize(
    ("message", "suicide"),
    [(own_life(0.3), "denied"), (own_life(0.6), "hinted"), (own_life(0.6, 0.99), "hinted"), (own_life(0.8), "said")],
    ids=["little", "more likely than not", "surely if read alone", "very likely in the conversation"],
)
def test_after_a_denial_a_message_must_read_more_like_suicide(message: Reading, suicide: str) -> None:
    assert after(message, case=DENIED).value("suicide") == suicide


def test_words_of_the_safety_net_are_danger_even_after_a_denial() -> None:
    assert in_danger(after(NET, case=DENIED))


def test_danger_stays_while_somebody_is_missing() -> None:
    gone = ALARM._replace(observations=observed(("missing", True)), urgencies={"immediate_danger": 0.4})
    assert in_danger(after(gone, FRAGMENT))


def test_danger_ends_once_the_missing_person_is_found() -> None:
    gone = ALARM._replace(observations=observed(("missing", True)), urgencies={"immediate_danger": 0.4})
    assert not in_danger(after(gone, reading(observations=observed(("missing", False)))))


GONE = ALARM._replace(
    observations=observed(("missing", True), ("about", "child"), probability=0.5), urgencies={"immediate_danger": 0.4}
)


def test_danger_is_only_possible_once_nobody_is_missing_any_more() -> None:
    case = after(GONE, FRAGMENT._replace(observations=observed(("missing", False))))
    assert (case.has("missing"), case.value("danger")) == (False, "possible")


def test_nobody_is_missing_once_danger_is_over() -> None:
    case = after(GONE, FRAGMENT._replace(observations=observed(("danger", "over"))))
    assert (case.has("missing"), in_danger(case)) == (False, False)


@pytest.mark.parametrize(("probability", "danger"), [(0.5, "possible"), (0.95, "now")])
def test_a_message_that_makes_danger_less_likely_ends_only_a_search_that_was_inferred(
    probability: float, danger: str
) -> None:
    gone = GONE._replace(observations=observed(("missing", True), probability=probability))
    less = FRAGMENT._replace(observations=observed(("danger", "none"), probability=0.7))
    assert after(gone, less).value("danger") == danger


FOUND = FRAGMENT._replace(observations=observed(("missing", False)))


@pytest.mark.parametrize(("in_context", "danger"), [(0.4, "possible"), (0.8, "now")])
def test_a_message_that_sounds_like_danger_and_says_that_nobody_is_missing_is_doubtful(
    in_context: float, danger: str
) -> None:
    assert after(FOUND._replace(urgencies={"immediate_danger": in_context})).value("danger") == danger


def test_somebody_who_was_found_can_be_missing_again() -> None:
    assert in_danger(after(GONE, FOUND, GONE))


def test_suicide_stays_danger_when_nobody_is_missing_any_more() -> None:
    found = FOUND._replace(urgencies={"immediate_danger": 0.2})
    assert in_danger(after(NET, GONE, found))


def test_somebody_at_the_door_stays_danger_when_nobody_is_missing_any_more() -> None:
    outside = GONE._replace(observations=(*GONE.observations, *observed(("other_near", "outside"), ("threat", True))))
    assert in_danger(after(outside, FOUND))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_danger_adds_up_whatever_the_order_of_its_parts(order: "tuple[int, int, int]") -> None:
    parts = [
        observed(("other", "stranger_online")),
        observed(("knows_home", True)),
        observed(("other_near", "outside")),
    ]
    assert in_danger(after(*(reading(observations=parts[place]) for place in order)))


def test_a_hint_of_suicide_is_not_danger() -> None:
    hint = reading("disclose_suicidal", 0.4, intents=(("disclose_suicidal", 0.4),), urgencies={"immediate_danger": 0.2})
    assert (after(hint).value("suicide"), in_danger(after(hint))) == ("hinted", False)


def test_danger_that_sounds_only_a_little_like_self_harm_alone_is_not_a_hint_of_suicide() -> None:
    touched = reading(
        "disclose_self_harm",
        0.64,
        intents=(("disclose_danger", 0.6), ("disclose_self_harm", 0.1)),
        urgencies={"immediate_danger": 0.5},
    )
    assert (in_danger(after(touched)), after(touched).value("suicide")) == (True, None)


def test_a_later_message_that_reads_like_suicide_only_on_its_own_is_a_hint() -> None:
    aside = reading("disclose_suicidal", 0.8, topics={"sextortion": 0.9}, urgencies={"active_harm": 0.9})
    assert (after(BLACKMAIL, aside).value("suicide"), after(BLACKMAIL, aside).topic) == ("hinted", "sextortion")


DOUBTFUL = reading(
    "disclose_danger", 0.3, topics={"after_report": 0.9}, urgencies={"concern": 0.9}, hint="disclose_suicidal"
)


def test_a_doubtful_phrase_of_suicide_within_a_story_is_a_hint() -> None:
    assert after(BLACKMAIL, DOUBTFUL).value("suicide") == "hinted"


def test_a_doubtful_phrase_of_danger_within_a_story_makes_danger_possible() -> None:
    assert after(BLACKMAIL, DOUBTFUL._replace(hint="disclose_danger")).value("danger") == "possible"


def test_a_doubtful_phrase_does_not_lower_danger_now_to_a_hint() -> None:
    in_context = {"immediate_danger": 0.25}
    intents = (("disclose_danger", 0.6), ("disclose_suicidal", 0.1))
    assert in_danger(after(BLACKMAIL, DOUBTFUL._replace(urgencies=in_context, intents=intents)))


def test_a_no_to_the_question_about_danger_does_not_answer_a_hint_of_suicide() -> None:
    asked = replace(after(BLACKMAIL, DOUBTFUL), open_question="danger")
    assert after(reading("deny", 0.95, is_bare=True), case=asked).value("suicide") == "hinted"


@pytest.mark.parametrize(("in_context", "is_danger"), [(0.12, True), (0.05, False)])
def test_a_later_message_that_is_danger_on_its_own_must_be_possible_in_its_story(
    in_context: float, is_danger: bool
) -> None:
    sure = reading("disclose_danger", 0.99, topics={"after_report": 0.9}, urgencies={"immediate_danger": in_context})
    assert in_danger(after(BLACKMAIL, sure)) == is_danger


def test_a_second_hint_is_new_only_if_it_is_a_hint_on_its_own() -> None:
    aside = reading("disclose_suicidal", 0.8, topics={"sextortion": 0.9})
    faint = aside._replace(confidence=0.4, urgencies={"immediate_danger": 0.2})
    hinted_at = [after(BLACKMAIL, aside, later).facts["suicide"].turn for later in (aside, faint)]
    assert hinted_at == [3, 2]


@pytest.mark.parametrize(("declines", "danger"), [(False, "none"), (True, None)])
def test_a_refusal_to_answer_is_not_an_answer(declines: bool, danger: Optional[str]) -> None:
    asked = replace(after(BLACKMAIL), open_question="danger")
    assert after(reading("deny", 0.95, declines=declines), case=asked).value("danger") == danger


def test_a_denied_hint_is_not_asked_about_again() -> None:
    hint = reading("disclose_suicidal", 0.4, urgencies={"immediate_danger": 0.2})
    denied = reading("deny", 0.9, observations=observed(("suicide", "denied")))
    assert after(hint, denied, FRAGMENT).value("suicide") == "denied"


@pytest.mark.parametrize(
    ("readings", "level"),
    [
        ([FRAGMENT], "none"),
        ([BLACKMAIL], "active_harm"),
        ([ALARM], "immediate_danger"),
        ([BLACKMAIL, NET], "immediate_danger"),
    ],
)
def test_urgency_follows_from_the_case(readings: List[Reading], level: str) -> None:
    assert urgency(after(*readings)) == level


@pytest.mark.parametrize(("probability", "topic"), [(0.3, "small_talk"), (0.5, "talk_to_child")])
def test_a_detail_starts_a_topic_only_if_that_is_probable(probability: float, topic: str) -> None:
    detail = reading("tell_age", 0.8, topics={"talk_to_child": probability, "small_talk": 0.1})
    assert after(reading("greet", 0.9), detail).topic == topic


@pytest.mark.parametrize(("probability", "topic"), [(0.2, "small_talk"), (0.4, "sextortion")])
def test_an_uncertain_message_starts_a_topic_only_if_that_is_probable(probability: float, topic: str) -> None:
    uncertain = reading("disclose_image_sent", 0.4, topics={"sextortion": probability, "image_shared": 0.1})
    assert after(reading("greet", 0.9), uncertain).topic == topic


def test_a_message_that_is_not_understood_is_counted_only_without_a_topic() -> None:
    lost = reading("nlu_fallback", 0.2)
    assert (after(lost, lost).misunderstood, after(BLACKMAIL, lost).misunderstood) == (2, 0)


def test_a_case_survives_five_hundred_contradictory_turns() -> None:
    yes, no = reading(observations=observed(("paid", True))), reading(observations=observed(("paid", False)))
    assert after(BLACKMAIL, *[yes, no] * 250).topic == "sextortion"


def test_once_danger_is_over_the_conversation_moves_on() -> None:
    over = reading("ask_how_to_report", 0.35, observations=observed(("danger", "over")))
    assert after(ALARM, over).topic == "how_to_report"


def test_a_complaint_after_danger_is_not_a_hint_of_suicide() -> None:
    eased = Case(turn=3, said=("danger/danger_default",), facts={"danger": Fact("possible", False, 3)})
    faint = (("complain", 0.9), ("disclose_suicidal", 0.05))
    complaint = own_life(0.5)._replace(intent="complain", confidence=0.9, topic="small_talk", ranking=faint)
    case = after(complaint, case=eased)
    assert (case.value("danger"), case.value("suicide")) == ("possible", None)


def test_thanks_in_a_worrying_story_are_not_a_hint_of_suicide() -> None:
    faint = (("thank", 0.9), ("disclose_suicidal", 0.01))
    thanks = reading("thank", 0.9, urgencies={"immediate_danger": 0.2}, ranking=faint)
    assert after(BLACKMAIL, thanks).value("suicide") is None


def test_danger_that_went_away_is_possible_until_the_writer_says_that_they_are_safe() -> None:
    gone = reading(observations=observed(("other_near", "gone")), urgencies={"immediate_danger": 0.8})
    assert after(ALARM, gone).value("danger") == "possible"


@pytest.mark.parametrize(
    ("alone", "topics", "topic"),
    [
        ({"bullying": 0.5, "sextortion": 0.3}, {"sextortion": 0.6}, "sextortion"),
        ({"out_of_scope": 0.6, "bullying": 0.4}, {"bullying": 0.9}, "out_of_scope"),
        ({"out_of_scope": 0.4, "bullying": 0.6}, {"bullying": 0.9}, "bullying"),
    ],
    ids=["both", "outside", "outside only if it is read alone"],
)
def test_a_first_message_is_read_alone_and_as_an_opening(alone: Any, topics: Any, topic: str) -> None:
    first = reading("disclose_bullying", 0.3, alone=alone, topics=topics, is_first=True)
    assert after(first).topic == topic


@pytest.mark.parametrize(
    ("alone", "in_context", "danger"),
    [(0.9, 0.6, "now"), (0.6, 0.02, "possible"), (0.02, 0.3, "possible"), (0.12, 0.01, None)],
    ids=["both", "mostly alone", "mostly as an opening", "neither"],
)
def test_danger_in_a_first_message_needs_both_readings(alone: float, in_context: float, danger: Optional[str]) -> None:
    assert after(worry(alone, in_context)).value("danger") == danger


@pytest.mark.parametrize(("alone", "topic"), [(0.6, "crisis"), (0.05, "bullying")], ids=["possible", "faint"])
def test_possible_danger_in_a_first_message_takes_precedence_over_a_likelier_topic(alone: float, topic: str) -> None:
    assert after(worry(alone, 0.02)).topic == topic


def test_danger_in_one_sentence_of_a_long_first_message_is_at_least_possible() -> None:
    assert after(worry(0.01, 0.01)._replace(is_in_a_sentence=True)).value("danger") == "possible"


def test_the_likeliest_topic_is_not_enough_if_it_accuses_somebody_of_harm() -> None:
    faint = reading("disclose_bullying", topics={"other_persons_behaviour": 0.28, "talk_to_child": 0.25})
    assert after(faint).topic == "talk_to_child"


def test_the_opening_of_the_page_is_not_a_turn() -> None:
    assert after(reading("start_conversation", 1.0, pressed=True)).turn == 0


def test_the_opening_of_a_story_is_not_out_of_scope_for_sounding_like_something_else() -> None:
    shares = {"out_of_scope": 0.2, "emotional_support": 0.1}
    opening = reading("out_of_scope", 0.2, alone=shares, topics={"emotional_support": 0.6, "out_of_scope": 0.2})
    assert after(opening).topic == "emotional_support"


@pytest.mark.parametrize(
    ("frequent", "kinds", "is_answered"),
    [
        (0.4, {"trouble_them": 0.6}, False),
        (0.4, {"trouble_them": 0.4}, True),
        (0.4, {"other": 0.6}, True),
        (0.5, {"trouble_them": 0.9}, True),
    ],
    ids=["a clear kind is likelier", "no kind is clear", "the kind has no answer", "likely"],
)
def test_an_unlikely_frequently_asked_question_gives_way_to_a_clear_kind_of_question(
    frequent: float, kinds: Dict[str, float], is_answered: bool
) -> None:
    context = {"faq": {"children_taken": frequent}, "asks": kinds, "moves": {"asks": 0.9}}
    assert (read({"text": "so?", "context": context}, topic_of).faq is not None) == is_answered


@pytest.mark.parametrize(("head", "remark"), [({}, "body_reacts"), ({"gifts": 0.9}, "gifts")])
def test_a_remark_found_by_a_cue_counts_unless_the_head_finds_another(head: Dict[str, float], remark: str) -> None:
    cue = [{"entity": "remark", "value": "body_reacts"}]
    assert read({"text": "feel sick", "entities": cue, "context": {"remarks": head}}, topic_of).remark == remark


@pytest.mark.parametrize(
    ("probability", "move", "intent", "language", "is_asked"),
    [
        (0.35, "asks", "ask_app_safety", None, True),
        (0.35, "changes", "ask_app_safety", None, True),
        (0.34, "asks", "ask_app_safety", None, False),
        (0.9, "tells", "ask_app_safety", None, False),
        (0.9, "asks", "ask_what_if", None, False),
        (0.9, "asks", "other_language", {"code": "pl"}, False),
    ],
    ids=["likely", "on another subject", "unlikely", "a story", "a what-if", "another language"],
)
def test_a_frequently_asked_question_is_read_if_it_is_likely_and_something_is_asked(
    probability: float, move: str, intent: str, language: Any, is_asked: bool
) -> None:
    context = {"moves": {move: 0.9}, "faq": {"age_limit_whatsapp": probability}}
    parsed = {
        "text": "what age",
        "intent": {"name": intent, "confidence": 0.9},
        "context": context,
        "language": language,
    }
    assert (read(parsed, topic_of).faq is not None) == is_asked


@pytest.mark.parametrize(
    ("asks", "frequent", "is_read"),
    [
        pytest.param(MAY_ASK_MOVE_AT, FAQ_SURE_AT, True, id="may ask a clear one"),
        pytest.param(MAY_ASK_MOVE_AT - 0.01, 0.9, False, id="hardly asks"),
        pytest.param(0.4, FAQ_SURE_AT - 0.01, False, id="may ask an unclear one"),
    ],
)
def test_a_message_that_tells_something_may_ask_a_clear_frequently_asked_question(
    asks: float, frequent: float, is_read: bool
) -> None:
    context = {"moves": {"tells": 0.5, "asks": asks}, "faq": {"age_limit_whatsapp": frequent}}
    assert (read({"text": "so?", "context": context}, topic_of).faq is not None) == is_read
