"""A batch is read completely or not at all, and every error names the line and the remedy."""

import json
from datetime import date
from pathlib import Path
from typing import Any, List

import pytest
import yaml

from bot.content.library import load_library
from bot.content.reader import ContentError
from bot.settings import ROOT
from tools.commit_guard.identifiers import Allowed
from tools.data.batch import TO_WRITE, added, existing_record, new_record, parse_batch, read_batch, record_name
from tools.data.nlu_files import Example, Labels

GOOD = {"intent": "ask_bullying", "asker": "parent", "urgency": "none", "text": "what is cyberbullying"}
KNOWN = [Example(Labels("tell_place"), "we are near [southend](place)", "small_talk.yml", 7)]
NOBODY = Allowed(frozenset(), frozenset())


def read(*lines: Any) -> List[Example]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return read_batch(text, "new.jsonl", load_library(), KNOWN, NOBODY)


def refusal(*lines: Any) -> str:
    with pytest.raises(ContentError) as refused:
        read(*lines)
    return str(refused.value)


def test_a_line_becomes_an_example_with_its_labels() -> None:
    assert read(GOOD) == [Example(Labels("ask_bullying", "parent", "none"), GOOD["text"], "new.jsonl", 1)]


def test_an_unknown_asker_is_left_out_of_the_labels() -> None:
    assert read({**GOOD, "asker": "unknown"})[0].labels == Labels("ask_bullying", "", "none")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"intent":', "new.jsonl:2: is not JSON"),
        ({"intent": "ask_bullying"}, "must be an object with the fields intent, asker, urgency, text and no others"),
        ({**GOOD, "topic": "bullying"}, "and no others"),
        ({**GOOD, "text": 5}, "put every value in quotes"),
        ({**GOOD, "intent": "cooking"}, "'cooking' is no intent; content/topics.yml lists them"),
        ({**GOOD, "asker": "cat"}, "'cat' is no asker; it may be parent"),
        ({**GOOD, "urgency": "high"}, "'high' is no urgency; it may be none"),
        ({**GOOD, "text": "  "}, "the text is empty; write one, or delete the line"),
        ({**GOOD, "text": "one\ntwo"}, "write it in one line"),
        ({**GOOD, "text": "one\u2028two"}, "write it in one line"),
        ({**GOOD, "text": "We are near Southend!"}, "is there already (small_talk.yml:7, under tell_place)"),
        ({**GOOD, "text": "what if they do it again"}, "is there already (line 1 of this batch)"),
        ({**GOOD, "text": "ring me on 07700 900123 about it"}, "Write <phone> in its place"),
    ],
    ids="json missing extra number intent asker urgency empty lines separator known twice identifier".split(),
)
def test_an_error_in_a_line_is_reported_with_its_number_and_the_remedy(line: Any, said: str) -> None:
    problem = refusal({**GOOD, "text": "What if they do it again?"}, line)
    assert problem.startswith("new.jsonl:2: ")
    assert said in problem


def test_all_errors_are_listed_at_once() -> None:
    assert len(refusal({**GOOD, "intent": "x", "asker": "y"}, GOOD, "no").splitlines()) == 3


def test_a_batch_without_lines_is_refused() -> None:
    assert "has no examples" in refusal("", "")


def test_a_batch_can_still_be_sampled_after_it_was_added() -> None:
    assert parse_batch(json.dumps({**GOOD, "text": KNOWN[0].text}), "new.jsonl")[0].text == KNOWN[0].text


def test_examples_are_added_to_the_files_of_their_topics() -> None:
    changed = added({}, read(GOOD, {**GOOD, "intent": "complain", "text": "useless"}), load_library())
    assert {name: "useless" in text for name, text in changed.items()} == {
        "bullying.yml": False,
        "small_talk.yml": True,
    }


def test_a_record_is_named_after_its_day_and_subject() -> None:
    day = date(2027, 1, 2)
    assert (record_name("doers", day), record_name("2026-11-26-doers", day)) == (
        "2027-01-02-doers.yml",
        "2026-11-26-doers.yml",
    )


def test_a_record_from_another_day_is_found(tmp_path: Path) -> None:
    (tmp_path / "2026-11-26-doers.yml").touch()
    found = [existing_record(tmp_path, batch) for batch in ("doers", "2027-01-02-doers", "others")]
    assert found == [tmp_path / "2026-11-26-doers.yml", tmp_path / "2026-11-26-doers.yml", None]


def test_a_new_record_has_the_fields_that_the_guide_asks_for() -> None:
    record = yaml.safe_load(new_record("doers", ["bullying.yml"], 3))
    assert record["files"] == "data/nlu/bullying.yml"
    assert record["messages"] == 3
    assert {"batch", "purpose", "writers", "second_reader", "changed_after_reading", "dropped", "known_gaps"} < set(
        record
    )


def test_no_record_has_fields_left_to_write() -> None:
    records = (ROOT / "data" / "batches").glob("*.yml")
    assert [path.name for path in records if TO_WRITE in path.read_text(encoding="utf-8")] == []


def test_every_record_says_what_the_batch_is_who_wrote_it_and_why() -> None:
    for path in sorted((ROOT / "data" / "batches").glob("*.yml")):
        record = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"batch", "files", "purpose", "writers"} <= set(record), path.name
