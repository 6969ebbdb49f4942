"""How long redaction takes on texts that might send a pattern round in circles, against an ordinary message."""

import random
import time

import pytest

from bot.privacy.redact import Redactor

ORDINARY = (
    "my daughter is 13 and a man on snapchat keeps asking her for pictures, he says he will post the ones he has on "
    "instagram unless she sends him more, Ferrandine Quessop told me, what should we do"
)
#: Each is repeated to 1,000 characters, as many as the door takes.
PIECES = [
    "1",
    "1 ",
    ".",
    "a.",
    "@",
    "a@",
    "-",
    "1-",
    "a",
    "<",
    "<a",
    "_",
    "Ab ",
    "Mr Ab ",
    "st ",
    "one ",
    "a dot ",
]
TEXTS = [
    *((piece * 1000)[:1000] for piece in PIECES),
    "".join(random.Random(1).choices("a1 .@-<_Z", k=1000)),
]


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


def shortest(redactor: Redactor, text: str, times: int) -> float:
    took = []
    for _ in range(times):
        started = time.process_time()
        redactor.redact(text)
        took.append(time.process_time() - started)
    return min(took)


@pytest.mark.parametrize("text", TEXTS, ids=[*PIECES, "mixed"])
def test_no_text_takes_much_longer_than_an_ordinary_one(redactor: Redactor, text: str) -> None:
    assert shortest(redactor, text, times=3) <= 12 * shortest(redactor, ORDINARY, times=10)
