"""Unexpected requests, generated from the description of the interface and from a list of injections.

These are a small part of the requests that `python -m evaluation.fuzz.run` sends, with one test per property of the
answers.
"""

from collections.abc import Iterator

import pytest
from chat_client import StartServer

from evaluation.fuzz.injections import read_injections
from evaluation.fuzz.run import Outcome, fuzz

REQUESTS = 1_500
#: Number of requests after which every kind has been sent.
WARM_UP = 700


@pytest.fixture(scope="module")
def fuzzed(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    server = start_server(tmp_path_factory.mktemp("fuzzed") / "data")
    yield fuzz(server, REQUESTS, WARM_UP)
    server.stop()


def test_no_request_causes_a_server_error(fuzzed: Outcome) -> None:
    assert fuzzed.faults.get("no server error", []) == []


def test_no_answer_echoes_the_request(fuzzed: Outcome) -> None:
    assert fuzzed.faults.get("no echo", []) == []


def test_the_log_contains_nothing_from_the_requests(fuzzed: Outcome) -> None:
    assert fuzzed.faults["nothing in the log"] == []


def test_every_answer_carries_the_strict_headers(fuzzed: Outcome) -> None:
    assert fuzzed.faults.get("strict headers", []) == []


def test_every_error_is_a_complete_problem_document_or_the_page(fuzzed: Outcome) -> None:
    assert fuzzed.faults.get("problem documents are whole", []) == []


def test_every_answer_matches_the_description(fuzzed: Outcome) -> None:
    assert fuzzed.faults.get("as described", []) == []


def test_every_request_is_answered(fuzzed: Outcome) -> None:
    assert fuzzed.faults.get("answered", []) == []


def test_memory_stays_flat(fuzzed: Outcome) -> None:
    assert fuzzed.growth <= 0.1


def test_no_request_keeps_the_server_busy_for_long(fuzzed: Outcome) -> None:
    # Seconds. Catastrophic backtracking in a pattern takes minutes.
    assert fuzzed.slowest[0][0] < 5


def test_every_injection_was_sent_as_a_message(fuzzed: Outcome) -> None:
    assert fuzzed.kinds["text"].requests >= len(read_injections())
