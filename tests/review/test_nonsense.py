"""Whatever is sent to the console, it answers: never with a failure of its own, never with what was sent as HTML."""

import random
import re
from typing import Any

import pytest
from staffed import Console, Member, turn

from bot.review.access import ROLES, Route
from bot.review.pages import ROUTES

#: What people who mean harm, and forms of other versions, put where something else is expected.
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
#: Names of fields and filters, ours and others'.
NAMES = [
    *(
        "from to day span topic urgency asker flag state reviewer model language need q after open done person action"
    ).split(),
    *(
        "version text note intent example number turn decision limit days what format name role password code secret"
    ).split(),
    *("old new again sure confirm hash totp kind fact unknown[] __proto__").split(),
]


@pytest.fixture
async def peopled(console: Console) -> Console:
    """A console with a conversation and one person of each role."""
    console.keep("a", [turn("he wants pictures <b>now</b>", "disclose_image_pressure")])
    return console


def path_of(route: Route, chance: random.Random) -> str:
    """The address of a route, with something in the place of each parameter: at times what belongs there."""

    def fill(match: "re.Match[str]") -> str:
        return chance.choice(["1", "2", "service", "childline", *NONSENSE[1:6]]).replace("/", "%2F")

    return re.sub(r"<[^>]+>", fill, route.path)


def fields(chance: random.Random) -> "dict[str, str]":
    return {name: chance.choice(NONSENSE) for name in chance.sample(NAMES, chance.randint(0, 6))}


async def send(member: Member, route: Route, chance: random.Random) -> Any:
    path = path_of(route, chance)
    if route.method == "POST":
        return await member.post(path, fields(chance))
    return await member.console.http.get(path, params=fields(chance), headers={"Cookie": member.cookie})


@pytest.mark.parametrize("role", ROLES)
async def test_no_request_makes_the_console_fail(peopled: Console, role: str) -> None:
    chance = random.Random(role)
    failed = []
    for route in ROUTES:
        for _ in range(12):
            # Anew each time: some of these requests sign out.
            answer = await send(peopled.member(f"a.{role}", role), route, chance)
            if answer.status_code >= 500:
                failed.append((route.method, str(answer.url)[:200], answer.status_code))
    assert failed == []


@pytest.mark.parametrize("role", ROLES)
async def test_nothing_that_was_sent_comes_back_as_html(peopled: Console, role: str) -> None:
    chance = random.Random(f"html {role}")
    for route in ROUTES:
        for _ in range(4):
            answer = await send(peopled.member(f"a.{role}", role), route, chance)
            assert "<script>alert" not in answer.text, route


@pytest.mark.parametrize("role", ROLES)
async def test_what_people_typed_is_never_html(peopled: Console, role: str) -> None:
    member = peopled.member(f"a.{role}", role)
    for route in ROUTES:
        if route.method == "GET":
            answer = await member.get(re.sub(r"<[^>]+>", "1", route.path), Accept="text/html")
            assert "<b>now" not in answer.text or answer.headers["content-type"].startswith(
                ("text/csv", "application")
            ), route.path
