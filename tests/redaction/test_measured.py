"""The shares of identifiers and of other text that are removed from marked messages; see the committed report."""

import json
from typing import Any, Dict, List

import pytest

from bot.redaction.redactor import Redactor
from evaluation.redaction.run import LOWER, REPORT, UNSEEN, Marked, Outcome, measure, read_marked, redact_all

#: Redacts two thousand messages.
pytestmark = pytest.mark.slow

#: The figures that the design requires.
ASKED = {"email": 0.99, "handle": 0.99, "link": 0.99, "phone": 0.99, "postcode": 0.99, LOWER: 0.95}
CLEAN_TOUCHED = 0.03
#: The figures in the committed report.
COMMITTED: Dict[str, Any] = json.loads(REPORT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


@pytest.fixture(scope="module")
def figures(redactor: Redactor) -> Dict[str, Any]:
    return measure(redact_all(redactor, read_marked()))


@pytest.fixture(scope="module")
def unseen(redactor: Redactor) -> Dict[str, Any]:
    return measure(redact_all(redactor, read_marked(UNSEEN)))


@pytest.mark.parametrize("kind", sorted(ASKED))
def test_recall_reaches_the_figures_of_the_design(figures: Dict[str, Any], kind: str) -> None:
    assert figures["recall"][kind] >= ASKED[kind]


@pytest.mark.parametrize("kind", sorted(COMMITTED["unseen"]["recall"]))
def test_recall_on_unseen_messages_is_no_lower_than_the_committed_report_says(
    unseen: Dict[str, Any], kind: str
) -> None:
    assert unseen["recall"][kind] >= COMMITTED["unseen"]["recall"][kind]


def test_few_unseen_clean_messages_are_changed(unseen: Dict[str, Any]) -> None:
    assert unseen["clean_messages_touched"] <= CLEAN_TOUCHED


def test_no_unseen_message_is_among_the_seen_ones() -> None:
    assert {message.text for message in read_marked(UNSEEN)}.isdisjoint(message.text for message in read_marked())


@pytest.mark.parametrize("kind", sorted(COMMITTED["recall"]))
def test_no_less_is_redacted_than_the_committed_report_says(figures: Dict[str, Any], kind: str) -> None:
    assert figures["recall"][kind] >= COMMITTED["recall"][kind]


def test_no_more_clean_messages_are_changed_than_the_committed_report_says(figures: Dict[str, Any]) -> None:
    assert figures["clean_messages_touched"] <= COMMITTED["clean_messages_touched"]


def test_there_are_at_least_twelve_hundred_marked_messages() -> None:
    assert len(read_marked()) >= 1200


def outcomes(redactor: Redactor, text: str, *marks: "tuple[str, str]") -> List[Outcome]:
    return redact_all(redactor, [Marked("x", text, list(marks))])


def test_a_partly_removed_mark_counts_as_missed(redactor: Redactor) -> None:
    assert measure(outcomes(redactor, "the table fell", ("name", "table")))["recall"]["name"] == 0.0


def test_a_removed_mark_counts_as_found(redactor: Redactor) -> None:
    assert measure(outcomes(redactor, "mail a@example.org", ("email", "a@example.org")))["recall"]["email"] == 1.0


def test_names_in_lower_case_are_counted_separately(redactor: Redactor) -> None:
    assert LOWER in measure(outcomes(redactor, "my name is jessica", ("name", "jessica")))["recall"]


def test_a_changed_clean_message_counts_as_touched(redactor: Redactor) -> None:
    assert measure(outcomes(redactor, "my name is jessica"))["clean_messages_touched"] == 1.0
