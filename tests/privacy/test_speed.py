"""How long redaction takes on texts that might send a pattern round in circles, against an ordinary message."""

import random
import time

import pytest

from bot.privacy.redact import Redactor

#: As many characters as the door takes.
LENGTH = 1000
ORDINARY = (
    "my daughter is 13 and a man on snapchat keeps asking her for pictures. he says he will post the ones he has on "
    "instagram unless she sends him more, Ferrandine Quessop told me. what should we do? he added her in a game last "
    "summer and was kind for weeks, then he wanted her to move to another app and not to tell anybody. she showed me "
    "the messages tonight and she has not stopped crying since. her teacher says to keep everything and tell the "
    "police, my husband wants to write to him and pretend to be her. i have taken no pictures of the screen yet. we "
    "live in Essex, she goes to school by bus and i am afraid that he knows which one. he calls himself a coach and "
    "says he is 19 but he sounds much older on the phone. is it a crime if he only asked? can he be found if he uses "
    "another name? she sent two pictures in her swimming things and one without, and she thinks that it is all her "
    "fault. i told her it is not. what do i say to her now, and who can take these pictures down before"
)[:LENGTH]
#: Each is repeated to that length.
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
    "dont kill me",
]
TEXTS = [
    *((piece * LENGTH)[:LENGTH] for piece in PIECES),
    "".join(random.Random(1).choices("a1 .@-<_Z", k=LENGTH)),
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
def test_no_text_takes_much_longer_than_an_ordinary_one_of_its_length(redactor: Redactor, text: str) -> None:
    assert shortest(redactor, text, times=3) <= 12 * shortest(redactor, ORDINARY, times=10)
