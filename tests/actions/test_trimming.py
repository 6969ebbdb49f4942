"""What is left out of a text that is written for several people, because it does not fit the writer."""

from typing import Any

import pytest
from action_driver import LIBRARY, REPLIES, Conversation

from actions.trimming import is_own_adult, is_under_18, of_age, without_childline, without_lead


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
        ("Tell your safeguarding lead now. Stay with the young person.", "Stay with the young person."),
        ("You do not need proof. The lead decides who tells home.", "You do not need proof."),
        (
            "In danger, call 999, then tell your lead. Write it down.",
            "In danger, call 999, then tell your lead. Write it down.",
        ),
        ("Tell your safeguarding lead first.", "Tell your safeguarding lead first."),
    ],
)
def test_without_a_lead_sentences_about_the_lead_are_left_out(words: str, left: str) -> None:
    assert without_lead(words) == left


@pytest.mark.parametrize("lead", ["self", "none"])
def test_a_professional_without_a_lead_is_not_sent_to_one(lead: str) -> None:
    told = {"role": "professional", "entities": {"told_asker": "professional", "lead": lead}}
    reply = Conversation().says("disclose_sextortion", **told)
    assert not [text for text in reply.texts if "your safeguarding lead" in text]


def test_removing_the_lead_leaves_no_half_quotation() -> None:
    texts = [words for one in (*LIBRARY.answers, *LIBRARY.faq.values()) for words in one.versions.values()]
    changed = [one for one in texts if without_lead(one) != one]
    assert (len(changed) > 0, [one for one in changed if without_lead(one).count('"') % 2]) == (True, [])


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
        ("Older now but under 18 in it, use Take It Down. Keep it.", "Keep it."),
        ("If your child is under 18, Report Remove is right.", "Report Remove is right."),
        ("If your child is under 18, they use Report Remove.",) * 2,
        ("Keep it. 18 or over in the picture? It is StopNCII.", "Keep it."),
        ("Tell the police on 101, or CEOP if under 18.", "Tell the police on 101, or CEOP."),
        ("The check only says if you are under 18.",) * 2,
        ("Replika says 18 or over.",) * 2,
        ("If you were 18 or over in it, use StopNCII.",) * 2,
    ],
)
def test_a_child_is_not_told_what_applies_to_adults(words: str, left: str) -> None:
    assert of_age(words, is_child=True) == left


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (
            "Keep it. Under 18, use Report Remove. 18 or over then, use StopNCII.",
            "Keep it. 18 or over then, use StopNCII.",
        ),
        ("Under 18 then, older now, use Take It Down.",) * 2,
        ("Report Remove is for nudes of under 18s.",) * 2,
    ],
)
def test_an_adult_is_not_told_what_applies_to_children(words: str, left: str) -> None:
    assert of_age(words, is_child=False) == left


@pytest.mark.parametrize(
    ("facts", "is_child"),
    [
        ({"about": "self", "writer_age": 16}, True),
        ({"about": "self", "writer_age": 34}, False),
        ({"about": "self", "writer": "child"}, True),
        ({"about": "self"}, None),
        ({"about": "child", "writer": "adult", "about_age": 14}, True),
        ({"about": "child", "writer": "adult", "about_age": 20}, None),
    ],
)
def test_the_age_that_counts_is_that_of_the_person_in_the_story(facts: Any, is_child: Any) -> None:
    assert is_under_18(Conversation().turn("disclose_sextortion", role="harmed", facts=facts)) is is_child


def test_a_reply_to_a_child_of_known_age_speaks_of_no_other_age() -> None:
    told = {"role": "harmed", "facts": {"about": "self", "writer_age": 16, "image_sent": True}}
    reply = Conversation().says("ask_image_removal", move="asks", asks="can_it_be_removed", **told)
    assert not [text for text in reply.texts if "StopNCII" in text or "under 18" in text]


def test_leaving_out_ages_leaves_whole_sentences() -> None:
    easier = [" ".join(sentences) for versions in REPLIES.easier.values() for sentences in versions.values()]
    texts = [*easier, *(words for one in (*LIBRARY.answers, *LIBRARY.faq.values()) for words in one.versions.values())]
    left = [(words, of_age(words, is_child)) for words in texts for is_child in (True, False)]
    changed = [one for words, one in left if one != words]
    assert (len(changed) > 100, [one for one in changed if one.count('"') % 2 or not one[:1].isupper()]) == (True, [])
