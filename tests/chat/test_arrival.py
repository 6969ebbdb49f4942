"""Phrases found by the safety net are not redacted, but everything else that identifies people is."""

import json
from pathlib import Path

import pytest

from bot.chat.arrival import arrive
from bot.nlu.safety_net import Phrases, Verdict
from bot.redaction.redactor import Redactor, tidy

DISGUISED = [
    json.loads(line)["text"]
    for name in ("disguised.jsonl", "disguised_unseen.jsonl")
    for line in (Path(__file__).parents[1] / "nlu" / name).read_text(encoding="utf-8").splitlines()
    if json.loads(line)["intent"]
]


@pytest.fixture(scope="module")
def net() -> Phrases:
    return Phrases.load()


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


@pytest.mark.parametrize("text", DISGUISED)
def test_phrases_of_danger_are_kept_as_typed(net: Phrases, redactor: Redactor, text: str) -> None:
    typed = tidy(text)
    left = arrive(text, net, redactor).text
    assert [typed[start:end] for start, end in net.places(typed) if typed[start:end] not in left] == []


@pytest.mark.parametrize("text", DISGUISED)
def test_the_redacted_text_gets_the_same_verdict_as_the_typed_text(net: Phrases, redactor: Redactor, text: str) -> None:
    arrival = arrive(text, net, redactor)
    assert net.read(arrival.text).verdict == arrival.verdict


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("im su1cidal call me on 07700 900123", "im su1cidal call me on <phone>"),
        ("My name is Ben Quillfeather and i want_to_die", "My name is <name> and i want_to_die"),
        ("kill_myself, add me jade_xo99 on snap", "kill_myself, add me <handle> on snap"),
        ("$uicide, i live in CM1 1AA", "$uicide, i live in <postcode>"),
        ("gonna kill sarah jones and then k1ll my53lf", "gonna kill <name> and then k1ll my53lf"),
        ("jade_kill_myself", "<handle>kill_myself"),
    ],
)
def test_identifiers_next_to_phrases_of_danger_are_redacted(
    net: Phrases, redactor: Redactor, text: str, left: str
) -> None:
    assert arrive(text, net, redactor).text == left


@pytest.mark.parametrize("text", ["suicidal@example.org", "https://example.org/suicide-note", "@su1cidal_girl"])
def test_an_address_or_user_name_that_contains_a_phrase_of_danger_is_not_danger(
    net: Phrases, redactor: Redactor, text: str
) -> None:
    arrival = arrive(text, net, redactor)
    assert (arrival.text[0], arrival.verdict) == ("<", Verdict(None, False))


def test_only_the_verdict_on_the_typed_text_is_passed_on(net: Phrases, redactor: Redactor) -> None:
    metadata = arrive("im su1cidal, ring 07700 900123", net, redactor).metadata
    assert metadata == {"danger": Verdict("disclose_suicidal", True), "removed": ["phone"]}
