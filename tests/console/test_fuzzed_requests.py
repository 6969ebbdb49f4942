"""The console answers every invalid request without an internal error and without echoing unescaped HTML."""

import asyncio
import random
import re
from pathlib import Path
from typing import List, NamedTuple

import pytest
from console_client import Console, Member, turn

from bot.console.access import ROLES, Route
from bot.console.pages import ROUTES

#: Each role sends hundreds of requests.
pytestmark = pytest.mark.slow

#: Hostile values, and values from forms of other versions.
NONSENSE = [
    "",
    "0",
    "-1",
    "1e9",
    "9" * 30,
    "9223372036854775808",
    "a" * 10_000,
    "<script>alert(1)</script>",
    "'; DROP TABLE staff; --",
    "../../etc/passwd",
    "%00",
    "\u202eabc\u0000",
    "é" * 300,
    "[]",
    "2026-02-30",
    "null",
    "😀",
    "{{ 7 * 7 }}",
    "%s%n{0}{staff}",
]
#: Names of fields and filters, known and unknown.
NAMES = [
    *(
        "from to day span topic urgency asker flag state reviewer model language need q after open done person action"
    ).split(),
    *(
        "version text note intent example number turn decision limit days what format name role password code secret"
    ).split(),
    *("outcome old new again sure confirm hash totp kind fact unknown[] __proto__").split(),
]


class Answer(NamedTuple):
    """The result of a request."""

    asked: str
    status: int
    text: str


def path_of(route: Route, chance: random.Random) -> str:
    """The path of a route with a value for each parameter, sometimes a valid one."""

    def fill(match: "re.Match[str]") -> str:
        return chance.choice(["1", "2", "service", "childline", *NONSENSE[1:6]]).replace("/", "%2F")

    return re.sub(r"<[^>]+>", fill, route.path)


def fields(chance: random.Random) -> "dict[str, str]":
    return {name: chance.choice(NONSENSE) for name in chance.sample(NAMES, chance.randint(0, 6))}


async def send(member: Member, route: Route, chance: random.Random) -> Answer:
    path = path_of(route, chance)
    if route.method == "POST":
        answer = await member.post(path, fields(chance))
    else:
        answer = await member.console.http.get(path, params=fields(chance), headers={"Cookie": member.cookie})
    return Answer(f"{route.method} {answer.url}"[:200], answer.status_code, answer.text)


async def send_everywhere(folder: Path, role: str) -> List[Answer]:
    """Send a dozen requests to each route with a role."""
    console, chance = Console(folder), random.Random(role)
    await console.open()
    console.keep("a", [turn("he wants pictures", "disclose_image_pressure")])
    # Start a new session each time, because some of these requests sign out.
    answers = [await send(console.member(f"a.{role}", role), route, chance) for route in ROUTES for _ in range(12)]
    await console.close()
    return answers


@pytest.fixture(scope="module", params=ROLES)
def answers(on_a_port: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> List[Answer]:
    return asyncio.run(send_everywhere(tmp_path_factory.mktemp("nonsense"), request.param))


def test_no_request_causes_an_internal_error(answers: List[Answer]) -> None:
    assert [(one.asked, one.status) for one in answers if one.status >= 500] == []


def test_no_value_is_echoed_as_html(answers: List[Answer]) -> None:
    assert [one.asked for one in answers if "<script>alert" in one.text] == []


@pytest.mark.parametrize("role", ROLES)
async def test_messages_and_notes_are_never_html(console: Console, role: str) -> None:
    console.keep("a", [turn("he wants pictures <b>now</b>", "disclose_image_pressure")])
    member = console.member(f"a.{role}", role)
    answers = [await member.get(re.sub(r"<[^>]+>", "1", route.path)) for route in ROUTES if route.method == "GET"]
    pages = [answer for answer in answers if answer.headers.get("content-type", "").startswith("text/html")]
    assert [answer.url.path for answer in pages if "<b>now" in answer.text] == []
