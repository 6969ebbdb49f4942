"""Access control: every route with every role, and attempts to bypass the checks."""

import re
from functools import cache
from typing import Dict
from urllib.parse import urlencode

import httpx
import pytest
from console_client import Console, Member, turn
from hypothesis import Phase, find, settings
from hypothesis.strategies import from_regex
from sanic_routing.patterns import REGEX_PARAM_NAME, REGEX_TYPES

from bot.console.access import ANYBODY, ROLES, WITHOUT_CODE, Route
from bot.console.app import create_console
from bot.console.pages import ROUTES
from bot.console.pages.own_account import SECOND_STEP
from bot.console.request import COOKIE
from bot.console.roles import PAGE, load_words, render
from bot.content.console import load_console_words
from bot.settings import ROOT
from bot.store import staff
from bot.store.schema import staff_sessions

PROBLEMS = load_console_words().problems
#: A word that occurs in a stored message but in no template.
WORD = "zanzibar"
TURNED_AWAY = [PROBLEMS[name].title for name in ("signed_out", "no_code_yet", "not_yours", "cross_site")]


@cache
def sensible(segment: str) -> str:
    """A valid value for a path parameter: the number 1, or a text that matches its pattern."""
    parameter = REGEX_PARAM_NAME.match(segment)
    if parameter is None:
        return segment
    kind = parameter.group(2) or "str"
    if kind in ("int", "number"):
        return "1"
    pattern = REGEX_TYPES[kind][1] if kind in REGEX_TYPES else re.compile(kind)
    return find(
        from_regex(pattern, fullmatch=True),
        lambda _: True,
        settings=settings(database=None, derandomize=True, phases=[Phase.generate]),
    )


def address(route: Route) -> str:
    return "/".join(map(sensible, route.path.split("/")))


async def ask(member: Member, route: Route, **given: str) -> httpx.Response:
    if route.method == "GET":
        return await member.get(address(route) + ("?" + urlencode(given) if given else ""))
    return await member.post(address(route), given)


def got_past(answer: httpx.Response) -> bool:
    leads_to = answer.headers.get("location")
    to_set_up = leads_to == SECOND_STEP and not answer.url.path.startswith((SECOND_STEP, "/sign-in"))
    return leads_to != "/sign-in" and not to_set_up and not any(title in answer.text for title in TURNED_AWAY)


def walker(console: Console, role: str) -> Member:
    """A member of staff with this role, or a reviewer who has no code yet."""
    member = console.member("walker", role if role in ROLES else "reviewer")
    console.change_account("walker", totp_secret=None if role == WITHOUT_CODE else console.secrets["walker"])
    return member


def stranger(console: Console) -> Member:
    return Member(console, "", "")


@pytest.fixture
def furnished(console: Console) -> Console:
    """A console with account 1 and with conversation 1, which contains `WORD`."""
    console.add_staff("other", "reviewer")
    console.keep("a", [turn(f"is {WORD} grooming")])
    return console


@pytest.mark.parametrize("role", ["", WITHOUT_CODE, *ROLES])
async def test_each_role_can_use_exactly_its_own_routes(furnished: Console, role: str) -> None:
    passed = []
    for route in ROUTES:
        # Start a new session each time, because some routes end it.
        somebody = walker(furnished, role) if role else stranger(furnished)
        if got_past(await ask(somebody, route)):
            passed.append(route.key)
    assert passed == [route.key for route in ROUTES if role in route.roles]


async def test_nothing_is_shown_to_somebody_who_has_not_signed_in(furnished: Console) -> None:
    answers = [await ask(stranger(furnished), route) for route in ROUTES]
    assert [answer.url.path for answer in answers if WORD in answer.text] == []


async def test_whoever_sees_what_somebody_said_leaves_a_row(furnished: Console) -> None:
    unnoticed = []
    # Each route, with and without the parameters that pages accept.
    asked = [
        (route, given) for route in ROUTES if route.roles != ANYBODY for given in ({}, {"number": "1", "turn": "1"})
    ]
    for route, given in asked:
        member, before = furnished.member("walker." + min(route.roles), min(route.roles)), len(furnished.audited())
        answer = await ask(member, route, **given)
        # The answer to a refused form shows the conversation, which counts as a view.
        rows = {(member.name, route.action), (member.name, "view")}
        if WORD in answer.text and not rows & set(names(furnished, before)):
            unnoticed.append(route.key)
    assert unnoticed == []


async def test_every_route_with_an_action_is_logged(furnished: Console) -> None:
    unnoticed = []
    for route in (route for route in ROUTES if route.action and route.roles != ANYBODY):
        member, before = furnished.member("walker." + min(route.roles), min(route.roles)), len(furnished.audited())
        answer = await ask(member, route)
        if answer.status_code < 400 and (member.name, route.action) not in names(furnished, before):
            unnoticed.append(route.key)
    assert unnoticed == []


def names(console: Console, before: int) -> "list[tuple[str, str]]":
    return [(name, action) for name, action, _ in console.audited()[before:]]


def test_every_route_that_changes_something_has_an_action_for_the_audit_log() -> None:
    assert [route.key for route in ROUTES if route.method != "GET" and not route.action] == []


def test_only_sign_in_and_static_files_are_open_to_anybody() -> None:
    paths = {route.path for route in ROUTES if "" in route.roles}
    assert paths == {"/sign-in", "/static/<name:str>", "/.well-known/security.txt"}


def test_the_application_serves_only_the_routes(console: Console) -> None:
    from sanic import Sanic

    Sanic._app_registry.clear()
    app = create_console(console.dependencies)
    served = {(method, "/" + route.path) for route in app.router.routes for method in route.methods}
    assert served == {(route.method, route.path) for route in ROUTES}


def test_the_page_on_roles_matches_the_routes() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "write it again: python -m bot.console.roles"


def test_every_route_has_a_description() -> None:
    assert [route.key for route in ROUTES if route.key not in load_words()] == []


def test_every_refusal_has_a_message() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "bot" / "console").rglob("*.py")]
    named = {name for source in sources for name in re.findall(r'RefusalError\(\s*"(\w+)"', source)}
    assert named <= set(PROBLEMS)


async def test_an_attempt_without_the_right_role_is_logged(console: Console) -> None:
    answer = await console.member().get("/staff")
    assert answer.status_code == 403
    assert console.audited() == [("rae", "refused", "")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "Same-Origin"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": ""},
        {"Origin": "http://", "Host": "", "Sec-Fetch-Site": ""},
        {"Origin": "", "Sec-Fetch-Site": ""},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Sec-Fetch-Site": "", "X-Forwarded-Host": "evil.example"},
    ],
)
async def test_a_form_that_may_come_from_another_site_changes_nothing(
    console: Console, headers: "Dict[str, str]"
) -> None:
    rae = console.member()
    assert (await rae.post("/sign-out", **headers)).status_code == 403
    assert (await rae.get("/")).headers["location"] == "/queue"


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": ""}, {"Origin": ""}], ids=["only origin", "only fetch metadata"]
)
async def test_one_header_showing_that_a_form_is_our_own_is_enough(console: Console, headers: "Dict[str, str]") -> None:
    assert (await console.member().post("/sign-out", **headers)).status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_site_cannot_embed_our_pages(console: Console, site: str) -> None:
    answer = await console.member().get("/account", **{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"})
    assert answer.status_code == 403


async def test_a_link_from_another_site_may_be_followed(console: Console) -> None:
    answer = await console.member().get("/account", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert answer.status_code == 200


async def test_browsers_are_told_to_send_the_origin_with_our_own_forms(console: Console) -> None:
    # With "no-referrer", browsers would send "null" as the origin, and we would refuse every form.
    assert (await console.http.get("/sign-in")).headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
async def test_other_methods_are_refused(console: Console, method: str) -> None:
    rae = console.member()
    answer = await console.http.request(method, "/account", headers={"Cookie": f"{COOKIE}={rae.token}"})
    assert answer.status_code == 405


@pytest.mark.parametrize("path", ["/nothing", "/staff/1", "/staff/..%2faccount", "/static/..%2fapp.py"])
async def test_an_unknown_path_is_not_found(console: Console, path: str) -> None:
    assert (await console.member("sam", "administrator").get(path)).status_code == 404


async def test_static_files_are_served_before_there_are_accounts(console: Console) -> None:
    assert (await console.http.get("/static/console.css")).status_code == 200


@pytest.mark.parametrize("path", ["/", "/sign-in", "/staff", "/audit"])
async def test_before_there_are_accounts_every_page_says_how_to_add_one(console: Console, path: str) -> None:
    answer = await console.http.get(path)
    assert (answer.status_code, "streetwise staff add" in answer.text) == (503, True)


@pytest.mark.parametrize(
    "cookie",
    [
        b"%b=",
        b"%b=" + b"A" * 43,
        b"%b=" + b"A" * 7_000,
        b"%b=\xff\xfe",
        b"%b='; DROP TABLE staff; --",
        b"%b",
        b"=%b",
        b"\xf0\x9f\x92\xa9",
    ],
    ids=["empty", "forged", "huge", "not text", "sql", "no value", "only a value", "only an emoji"],
)
async def test_an_invalid_cookie_gives_no_access(console: Console, cookie: bytes) -> None:
    console.member()
    answer = await console.http.get("/", headers={"Cookie": cookie.replace(b"%b", COOKIE.encode())})
    assert answer.headers["location"] == "/sign-in"


async def test_a_cookie_larger_than_any_header_is_refused(console: Console) -> None:
    answer = await console.http.get("/", headers={"Cookie": f"{COOKIE}={'A' * 20_000}"})
    assert answer.status_code == 413


async def test_two_cookies_with_our_name_give_no_access(console: Console) -> None:
    rae, eve = console.member("rae"), console.member("eve")
    answer = await rae.get("/", Cookie=f"{COOKIE}={rae.token}; {COOKIE}={eve.token}")
    assert answer.headers["location"] == "/sign-in"


async def test_other_cookies_do_not_hide_ours(console: Console) -> None:
    rae = console.member()
    answer = await rae.get("/", Cookie=f'path=1; a="\u00e9; {COOKIE}={rae.token}; b'.encode())
    assert answer.headers["location"] == "/queue"


async def test_a_disabled_account_is_signed_out_at_once(console: Console) -> None:
    rae = console.member()
    console.change_account("rae", disabled_at=console.now)
    assert (await rae.get("/account")).headers["location"] == "/sign-in"


async def test_a_new_role_applies_from_the_next_request(console: Console) -> None:
    sam = console.member("sam", "administrator")
    console.change_account("sam", role="reviewer")
    assert (await sam.get("/staff")).status_code == 403


async def test_the_last_use_of_a_session_is_stored_at_most_once_a_minute(console: Console) -> None:
    rae, began = console.member(), console.now
    console.clock.now += staff.SEEN_EVERY - 1
    await rae.get("/account")
    assert console.rows(staff_sessions)[0].last_at == began
    console.clock.now += 1
    await rae.get("/account")
    assert console.rows(staff_sessions)[0].last_at == console.now


async def test_a_session_in_occasional_use_stays_open(console: Console) -> None:
    rae = console.member()
    for seconds in (staff.SEEN_EVERY - 1, staff.IDLE_SECONDS - staff.SEEN_EVERY, staff.IDLE_SECONDS - 1):
        console.clock.now += seconds
        answer = await rae.get("/")
    assert answer.headers["location"] == "/queue"


async def test_an_htmx_request_after_the_session_has_ended_leads_to_signing_in(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    answer = await stranger(console).get("/account", **{"HX-Request": "true"})
    assert answer.headers["hx-redirect"] == "/sign-in?done=ended"


async def test_every_answer_carries_the_strict_headers(console: Console) -> None:
    rae = console.member()
    for path in ("/sign-in", "/account", "/staff", "/nothing"):
        headers = (await rae.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
