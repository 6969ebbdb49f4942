"""Times shown relative to now."""

from datetime import datetime

import pytest

from bot.console.labels import ago
from bot.content.hours import LONDON

MINUTE, HOUR = 60, 3600
NOW = int(datetime(2026, 11, 30, 15, 12, tzinfo=LONDON).timestamp())
#: A message's time is stored as the start of its quarter-hour.
QUARTER = int(datetime(2026, 11, 30, 15, 0, tzinfo=LONDON).timestamp())


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (QUARTER, "under 15 min ago"),
        (QUARTER - 15 * MINUTE, "about 15 min ago"),
        (QUARTER - 45 * MINUTE, "about 45 min ago"),
        (QUARTER - HOUR, "about 1 h ago"),
        (QUARTER - 23 * HOUR, "about 23 h ago"),
        (QUARTER - 24 * HOUR, "yesterday"),
        (QUARTER - 72 * HOUR, "3 days ago"),
        (QUARTER - 8 * 24 * HOUR, "22 Nov"),
        (QUARTER - 400 * 24 * HOUR, "26 Oct 2025"),
        (QUARTER + HOUR, "under 15 min ago"),
    ],
)
def test_a_time_is_expressed_as_how_long_ago_it_was(at: int, words: str) -> None:
    assert ago(at, NOW) == words
