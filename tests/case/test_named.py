"""Questions of some kinds get another answer if they name a person, a service or a thing."""

import shutil
from pathlib import Path
from typing import Any, Dict, List

import pytest

from bot.case.case import Case
from bot.case.facts import Fact
from bot.case.named import load_named_answers
from bot.content.files import CONTENT, Content
from bot.content.reader import ContentError

NAMED = load_named_answers()


def case(topic: str, role: str, **facts: Any) -> Case:
    told = {name: Fact(value, True, 1) for name, value in facts.items()}
    return Case(topic=topic, role=Fact(role, True, 1), turn=1).with_facts(told)


CHILD: Dict[str, Any] = {"role": "harmed", "writer": "child", "about": "self"}
FRIEND: Dict[str, Any] = {"role": "witness", "writer": "child", "about": "friend"}
PARENT: Dict[str, Any] = {"role": "carer", "about": "child"}
BROTHER: Dict[str, Any] = {"role": "relative", "about": "sibling"}
TEACHER: Dict[str, Any] = {"role": "professional", "about": "pupil"}


@pytest.mark.parametrize(
    ("text", "asks", "topic", "who", "answer"),
    [
        ("does my dad find out if i ring Childline", "who_is_told", "sextortion", CHILD, "who_is_told_childline"),
        ("that report remove thing", "who_is_told", "image_shared", CHILD, "report_remove_tells_parents"),
        ("if i tell my head of year", "who_is_told", "bullying", CHILD, "school_counsellor_private"),
        ("What must I say to the school?", "how_to_say_it", "grooming_signs", PARENT, "tell_a_teacher_how"),
        ("ok samaritans. what do i say", "how_to_say_it", "crisis", CHILD, "how_to_say_it_samaritans"),
        ("how do i tell my mum", "how_to_say_it", "image_pressure", CHILD, "how_to_say_it"),
        ("should i tell her mum", "should_i_tell", "grooming_signs", FRIEND, "tell_the_childs_parent"),
        ("do i tell mum or let him", "should_i_tell", "sextortion", BROTHER, "tell_the_childs_parent"),
        ("Should I ring the other parents?", "should_i_tell", "bullying", PARENT, "ring_other_parents"),
        ("must I tell his parents", "do_i_have_to", "grooming_signs", TEACHER, "tell_the_parents"),
        ("get it off his phone", "can_it_be_removed", "image_shared", CHILD, "off_their_phones"),
        ("do i take the tablet off her", "confront", "grooming_signs", PARENT, "take_phone_away"),
    ],
)
def test_a_question_that_names_somebody_gets_the_answer_for_it(
    text: str, asks: str, topic: str, who: Dict[str, Any], answer: str
) -> None:
    assert NAMED.find(text, asks, case(topic, **who)) == answer


@pytest.mark.parametrize(
    ("text", "asks", "topic", "who"),
    [
        pytest.param("should i pay or ring childline", "pay", "sextortion", CHILD, id="another kind of question"),
        pytest.param("do i ring her parents", "should_i_tell", "sextortion", CHILD, id="the writer's own story"),
        pytest.param("do i tell his dad", "should_i_tell", "bullying", PARENT, id="another asker"),
        pytest.param("how do i tell my mum", "how_to_say_it", "sextortion", CHILD, id="another topic"),
        pytest.param("my childliness", "who_is_told", "sextortion", CHILD, id="part of a longer word"),
        pytest.param("her mum hits her do i tell", "should_i_tell", "bullying", FRIEND, id="somebody who is not told"),
        pytest.param("i told anyone, not her mum", "should_i_tell", "bullying", FRIEND, id="somebody ruled out"),
        pytest.param("tell her tutor. what do i say to her", "how_to_say_it", "bullying", PARENT, id="maybe another"),
        pytest.param(
            "get help without telling my teacher", "how_to_say_it", "image_shared", CHILD, id="telling is ruled out"
        ),
        pytest.param(
            "i told childline. will the police tell mum", "who_is_told", "sextortion", CHILD, id="an authority after it"
        ),
        pytest.param(
            "its on his phone. can it come off insta", "can_it_be_removed", "image_shared", CHILD, id="a thing before"
        ),
        pytest.param(
            "if i tell my tutor who finds out",
            "who_is_told",
            "image_pressure",
            {**CHILD, "other": "known_adult"},
            id="a fact that makes it unsuitable",
        ),
        pytest.param("", "who_is_told", "sextortion", CHILD, id="a pressed button"),
    ],
)
def test_other_questions_get_the_answer_to_their_kind(text: str, asks: str, topic: str, who: Dict[str, Any]) -> None:
    assert NAMED.find(text, asks, case(topic, **who)) is None


def test_the_last_sentence_that_names_somebody_counts() -> None:
    text = "i told my tutor already. do childline tell anyone? im so scared"
    assert NAMED.find(text, "who_is_told", case("sextortion", **CHILD)) == "who_is_told_childline"


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("whats the Samaritans number again", ["samaritans"]),
        ("is it CEOP or the nspcc", ["nspcc", "ceop"]),
        ("who do i ring, stop it now helpline?", ["stop_it_now"]),
        ("how do i tell him to stop it now", []),
    ],
)
def test_a_service_is_found_by_the_words_that_people_call_it_by(text: str, services: List[str]) -> None:
    assert NAMED.services_in(text) == services


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param("  nspcc: [nspcc]", "  elves: [elves]", "'elves' is no service; correct it", id="unknown"),
        pytest.param("  nspcc: [nspcc]", "  nspcc: []", "has no words for nspcc; write some", id="without words"),
        pytest.param(
            "- service: ceop", "- service: elves", "'elves' is not under services; add its words there", id="not listed"
        ),
        pytest.param("- service: ceop", "- last: true", "needs words or a service, and not both", id="missing"),
        pytest.param(
            "- service: ceop",
            "- service: ceop\n  words: [ceop]",
            "needs words or a service, and not both",
            id="and words",
        ),
    ],
)
def test_a_wrong_service_is_reported(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(ContentError, match=problem):
        load_named_answers(changed(tmp_path, old, new))


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ("who_knows", "'who_knows' is the id of no answer; correct it"),
        ("my_fault, topics: [elves]", "'elves' is no topic; correct it"),
        ("my_fault, unless: {elves: true}", "'elves' is no fact; correct it"),
    ],
)
def test_an_unknown_answer_topic_or_fact_is_reported(tmp_path: Path, new: str, problem: str) -> None:
    with pytest.raises(ContentError, match=problem):
        load_named_answers(changed(tmp_path, "answer: who_is_told_childline", f"answer: {new}"))


def changed(folder: Path, old: str, new: str) -> Content:
    """Return a copy of the content, in which named.yml says `new` instead of `old`."""
    shutil.copytree(CONTENT.base, folder / "content")
    file = folder / "content/en/named.yml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return Content(folder / "content")
