"""Parts of a text written for several kinds of people are left out if they do not apply to the writer."""

from dataclasses import replace
from typing import Any

import pytest
from action_driver import LIBRARY, REPLIES, Conversation

from actions.trimming import (
    fitting,
    is_own_adult,
    is_under_18,
    of_children,
    without_childline,
    without_lead,
    without_yes_or_no,
)
from bot.case.facts import Fact


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("It is not your fault. Childline listens, on {childline.phone}.", "It is not your fault."),
        ("Keep it. Sent one already? Under 19, Childline can help.", "Keep it."),
        ("Keep it. Under 19? {childline.name}: {childline.phone}.", "Keep it."),
        ("Childline is free. Calls do not show on bills.",) * 2,
        ("Childline or, in danger, 999.", "Childline or, in danger, 999."),
        ("Tell one person you trust, and Childline if you are under 19.",) * 2,
        ('Say: "I need help. Childline told me to ring."',) * 2,
        ("Childline listens.", "Childline listens."),
    ],
)
def test_an_adult_is_not_sent_to_childline_alone(words: str, left: str) -> None:
    assert without_childline(words) == left


def test_removing_childline_leaves_no_half_quotation_or_dangling_question() -> None:
    texts = [words for one in (*LIBRARY.answers, *LIBRARY.faq.values()) for words in one.versions.values()]
    left = [without_childline(words) for words in texts]
    changed = [one for one, words in zip(left, texts, strict=True) if one != words]
    assert (len(changed) > 0, [one for one in changed if one.count('"') % 2 or one.endswith("?")]) == (True, [])


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Tell your safeguarding lead now. Stay with them.", "Tell the NSPCC now. Stay with them."),
        ("Stay with the pupil, and tell your lead today.", "Stay with the pupil, and tell the NSPCC today."),
        ("Call 999, then tell your designated safeguarding lead.", "Call 999, then tell the NSPCC."),
        ("Tell your safeguarding lead now, who tells the police.",) * 2,
        ("Tell your lead now. The lead calls the police.",) * 2,
        ("Tell your safeguarding lead and social care at once.",) * 2,
        ("Ask your lead who speaks with families.",) * 2,
    ],
)
def test_somebody_else_is_named_instead_of_the_lead(words: str, left: str) -> None:
    assert without_lead(words, "the NSPCC") == left


@pytest.mark.parametrize(("lead", "instead"), [("self", "children's social care"), ("none", "the NSPCC")])
def test_a_professional_without_a_lead_is_sent_to_somebody_else(lead: str, instead: str) -> None:
    told = {"role": "professional", "entities": {"told_asker": "professional", "lead": lead}}
    reply = Conversation().says("disclose_sextortion", **told)
    texts = " ".join(reply.texts)
    assert ("tell your safeguarding lead" in texts.lower(), f"ell {instead}" in texts) == (False, True)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Stay with them. Ask your lead who rings home.", "Stay with them."),
        ("Tell your lead now. Stay with them.", "Tell children's social care now. Stay with them."),
        ("Ask your lead who rings home.",) * 2,
        ("Tell your safeguarding lead now, who tells the police. Stay.", "Tell the police now. Stay."),
        ("Your safeguarding lead is first, then the police. CEOP can advise.", "CEOP can advise."),
        ("Your safeguarding lead is first, then the police. Stay calm.",) * 2,
    ],
    ids=[
        "a sentence about the lead is left out",
        "somebody else is told",
        "something is always said",
        "the police are told directly",
        "other help is named",
        "help is always named",
    ],
)
def test_the_lead_is_not_told_what_to_ask_the_lead(words: str, left: str) -> None:
    told = {"told_asker": "professional", "lead": "self"}
    turn = Conversation().turn("disclose_sextortion", role="professional", entities=told)
    assert fitting(words, turn) == left


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Yes, you can block them. Keep the messages.", "You can block them. Keep the messages."),
        ("No, nobody may make you.", "Nobody may make you."),
        ("Nobody can promise that.",) * 2,
        ("Not yet. Ask on 101.",) * 2,
        ("Yes, but keep the messages.",) * 2,
    ],
)
def test_an_answer_can_do_without_its_yes_or_no(words: str, left: str) -> None:
    assert without_yes_or_no(words) == left


def test_only_professionals_are_sent_to_somebody_else_than_a_lead() -> None:
    turn = Conversation().turn("disclose_sextortion", role="harmed", facts={"lead": "none"})
    assert fitting("Tell your lead.", turn) == "Tell your lead."


@pytest.mark.parametrize(
    ("facts", "is_adult"),
    [({"writer_age": 18}, False), ({"writer_age": 19}, True), ({"writer": "adult"}, True), ({}, False)],
    ids=["eighteen", "nineteen", "an adult", "of unknown age"],
)
def test_childline_is_left_out_only_for_people_known_to_be_too_old(facts: Any, is_adult: bool) -> None:
    turn = Conversation().turn("feel_bad", role="harmed", facts={"about": "self", **facts})
    assert is_own_adult(turn) is is_adult


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Under 18 now, use Report Remove. Under 18 then, older now, use Take It Down.", "Use Report Remove."),
        ("Older now but under 18 in it, use Take It Down. Try Report Remove.", "Try Report Remove."),
        ("Try Report Remove. 18 or over in the picture? It is StopNCII.", "Try Report Remove."),
        ("It goes by age. Under 18 now, use Report Remove.", "Use Report Remove."),
        ("You can act now. If you were 18 or over in it, use StopNCII.",) * 2,
        ("Tell the police on 101, or CEOP if under 18.", "Tell the police on 101, or CEOP."),
        ("If they are under 18, they can use Report Remove.",) * 2,
        ("The check only says if you are under 18.",) * 2,
        ("Replika says 18 or over.",) * 2,
        ("Use Report Remove under 18, or StopNCII if 18 or over in it.",) * 2,
        ("If you were 18 or over in it, use StopNCII.",) * 2,
    ],
)
def test_a_child_is_not_told_what_applies_to_adults(words: str, left: str) -> None:
    assert of_children(words, is_own=True) == left


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("If they are under 18, show them Report Remove.", "Show them Report Remove."),
        ("Under 18, they can use Report Remove.", "They can use Report Remove."),
        ("If your child is under 18, Report Remove is right.", "Report Remove is right."),
        ("If your child is under 18, they use Report Remove.",) * 2,
        ("Report Remove, if your child is under 18.",) * 2,
        ("If you are under 18, ask an adult to call.",) * 2,
        ("Under 18, use Report Remove.",) * 2,
    ],
)
def test_conditions_about_the_writer_stay_in_a_story_about_a_child(words: str, left: str) -> None:
    assert of_children(words, is_own=False) == left


@pytest.mark.parametrize(
    ("facts", "is_child"),
    [
        ({"about": "self", "writer_age": 16}, True),
        ({"about": "self", "writer_age": 34}, False),
        ({"about": "self", "writer": "child"}, True),
        ({"about": "self"}, False),
        ({"about": "child", "writer": "adult", "about_age": 14}, True),
        ({"about": "child", "writer": "adult", "about_age": 20}, False),
        ({"about": "self", "writer_age": 13, "long_ago": True}, False),
        ({"about": "self", "writer": "adult", "writer_age": 14}, False),
        ({"about": "child", "writer": "adult", "about_age": 14, "image_age": 14}, False),
        ({"about": "child", "writer": "adult", "about_age": 14, "long_ago": True}, False),
    ],
)
def test_the_age_that_counts_is_that_of_the_person_in_the_story_now(facts: Any, is_child: bool) -> None:
    assert is_under_18(Conversation().turn("disclose_sextortion", role="harmed", facts=facts)) is is_child


def test_a_reply_to_a_child_of_known_age_speaks_of_no_other_age() -> None:
    told = {"role": "harmed", "facts": {"about": "self", "writer_age": 16, "image_sent": True}}
    reply = Conversation().says("ask_image_removal", move="asks", asks="can_it_be_removed", **told)
    assert not [text for text in reply.texts if "StopNCII" in text or "under 18" in text]


def test_leaving_out_ages_leaves_whole_sentences() -> None:
    easier = [" ".join(sentences) for versions in REPLIES.easier.values() for sentences in versions.values()]
    steps = [" ".join(x) for file in REPLIES.next_steps.values() for step in file.steps for x in step.words.values()]
    now = [words for replies in REPLIES.by_topic.values() for one in replies for words in one.now.values()]
    answers = [words for one in (*LIBRARY.answers, *LIBRARY.faq.values()) for words in one.versions.values()]
    texts = [*easier, *steps, *now, *answers]
    left = [(words, of_children(words, is_own)) for words in texts for is_own in (True, False)]
    changed = [one for words, one in left if one != words]
    broken = [one for one in changed if one.count('"') % 2 or one.endswith("?") or not one[:1].isupper()]
    assert (len(changed) > 100, broken) == (True, [])


def test_an_inferred_age_is_not_taken_for_known() -> None:
    turn = Conversation().turn("disclose_sextortion", role="harmed", facts={"about": "self"})
    case = replace(turn.case, facts={**turn.case.facts, "writer_age": Fact(16, False, 1)})
    assert not is_under_18(turn._replace(case=case))
