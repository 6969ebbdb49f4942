"""Twenty prepared conversations, reviewed by keyboard: whose words a reviewer reads, and how long it takes."""

from collections.abc import Iterator
from contextlib import closing
from statistics import mean

import pytest
from chat_client import StartServer
from playwright.sync_api import Browser

from evaluation.console.keyboard import LEAST_SHARE, MOST_SECONDS, SCREEN, Review, play, prepared

#: Some eighty messages are answered, and twenty transcripts read.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def done(
    start_server: StartServer, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[list[Review]]:
    server = start_server(tmp_path_factory.mktemp("reviewed") / "data")
    try:
        with closing(browser.new_context(viewport=SCREEN)) as context:
            yield play(server, context.new_page())
    finally:
        server.stop()


def test_all_of_them_are_reviewed_with_keys_alone(done: list[Review]) -> None:
    assert sorted(one.id for one in done) == sorted(one["id"] for one in prepared())


def test_a_third_of_the_words_of_each_transcript_were_written_by_the_person(done: list[Review]) -> None:
    assert {one.id: round(one.share, 2) for one in done if one.share < LEAST_SHARE} == {}


def test_a_conversation_takes_less_than_the_limit_on_average(done: list[Review]) -> None:
    assert mean(one.seconds for one in done) < MOST_SECONDS
