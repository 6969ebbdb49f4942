"""Reviews twenty prepared conversations by keyboard, and checks the time and how much of the text the writer typed."""

from collections.abc import Iterator
from contextlib import closing
from statistics import mean

import pytest
from chat_client import StartServer
from playwright.sync_api import Browser

from evaluation.console.keyboard import LEAST_SHARE, MOST_SECONDS, SCREEN, Review, play, prepared

#: The chat has to answer about eighty messages, and a reviewer has to read twenty transcripts.
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


def test_all_conversations_can_be_reviewed_by_keyboard_alone(done: list[Review]) -> None:
    assert sorted(one.id for one in done) == sorted(one["id"] for one in prepared())


def test_a_third_of_the_words_of_each_transcript_are_the_writers(done: list[Review]) -> None:
    assert {one.id: round(one.share, 2) for one in done if one.share < LEAST_SHARE} == {}


def test_a_conversation_takes_less_than_the_maximum_time_on_average(done: list[Review]) -> None:
    assert mean(one.seconds for one in done) < MOST_SECONDS
