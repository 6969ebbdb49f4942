"""What the chat must show to people who open it for the first time."""

import json
import subprocess
import sys

from chat_client import Person, services

from bot.content.library import load_library
from bot.settings import ROOT


def titles(messages: "list[dict]") -> "list[str]":
    return [message["topic"] for message in messages if message["kind"] == "guidance"]


def test_what_grooming_is(person: Person) -> None:
    assert titles(person.says("whats grooming")) == ["grooming_signs"]


def test_a_stranger_who_asks_a_child_for_photos(person: Person) -> None:
    assert "ceop" in services(person.says("someone on roblox keeps asking my daughter for photos"))


def test_blackmail_over_nudes(person: Person) -> None:
    messages = person.says("he says hell send my nudes to everyone unless i pay")
    assert titles(messages) == ["sextortion"]
    assert {"report_remove", "ceop"} <= set(services(messages))
    assert "report_fraud" not in services(messages)


def test_worry_about_ones_own_behaviour_gets_stop_it_now(person: Person) -> None:
    messages = person.says("i cant stop looking at pictures i shouldnt")
    assert services(messages)[0] == "stop_it_now"


def test_the_law_on_a_childs_own_nudes(person: Person) -> None:
    assert titles(person.says("is it illegal for my 15 year old to send nudes")) == ["law_question"]


def test_a_parent_who_wants_to_talk_gets_a_comparison_to_use(person: Person) -> None:
    messages = person.says("how do i talk to my son about strangers online")
    assert "comparison" in [message["kind"] for message in messages]


def test_the_comparison_fits_what_the_parent_wants_to_talk_about(person: Person) -> None:
    messages = person.says("how do i talk to my son about strangers online")
    shown = next(message["id"] for message in messages if message["kind"] == "comparison")
    assert "stranger_contact" in load_library().comparison(shown).topics


def test_a_comparison_is_an_exercise_with_an_answer(person: Person) -> None:
    messages = person.says("how do i talk to my son about strangers online")
    comparison = next(message for message in messages if message["kind"] == "comparison")
    answer = person.presses(comparison["choices"][0]["id"])
    assert answer[0]["kind"] == "text"
    assert answer[0]["text"]


def test_a_question_about_bread_is_politely_declined(person: Person) -> None:
    messages = person.says("how do i bake bread")
    assert services(messages) == []
    assert messages[-1]["kind"] == "choices"


def test_understand_reads_and_writes_json_lines_in_order(model_path) -> None:
    lines = [{"id": "b", "text": "i wanna kms"}, {"id": "a", "text": "whats grooming"}]
    run = subprocess.run(
        [sys.executable, "-m", "bot.cli", "understand"],
        input="\n".join(json.dumps(line) for line in lines),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    said = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["id"] for line in said] == ["b", "a"]
    assert [line["topic"] for line in said] == ["crisis", "grooming_signs"]
    assert said[0]["urgency"] == "immediate_danger"
    assert all(list(line) == "id topic intent confidence asker urgency role facts".split() for line in said)


def test_understand_names_a_line_that_it_cannot_read(model_path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot.cli", "understand"],
        input='{"id": 1}\n',
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 1
    assert "Line 1" in run.stderr
