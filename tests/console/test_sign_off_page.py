"""Signing off texts: who can, what they see first, and the result."""

import html
from datetime import date
from typing import Any, Dict, Optional

import pytest
from console_client import Console, Member

from bot.content.page import load_page_words
from bot.content.texts import Text, fingerprint, load_texts
from bot.store import sign_offs

TEXTS = load_texts()
FILE = "triage.yml"
OF_FILE = [text for text in TEXTS if text.file == FILE]
SUICIDE = OF_FILE[0]
CHILDLINE = next(text for text in TEXTS if text.id == "services.yml#childline")
ROLE = "designated safeguarding lead"
CLAIM = load_page_words().answers_signed


@pytest.fixture
def lee(console: Console) -> Member:
    return console.member("lee", "lead")


def form(version: str, file: str = FILE, **values: Any) -> Dict[str, Any]:
    return {"file": file, "show": "", "version": version, "role": ROLE, "sure": "yes", **values}


def keep(console: Console, *texts: Text, name: str = "lee", day: Optional[date] = None) -> None:
    """Sign off texts."""
    staff_id = console.account(name).id
    console.database.write_now(lambda c: sign_offs.add(c, console.now, staff_id, ROLE, texts, day))


def signed(console: Console) -> "dict[str, str]":
    return {text: one.version for text, one in console.database.read_now(sign_offs.latest).items()}


async def words(member: Member, path: str) -> str:
    return html.unescape((await member.get(path)).text)


async def test_every_file_is_listed_with_its_number_of_texts_by_status(console: Console, lee: Member) -> None:
    keep(console, SUICIDE, OF_FILE[1]._replace(version="earlier"))
    page = await words(lee, "/sign-off")
    assert all(text.file in page for text in TEXTS)
    assert f"Not signed in {FILE}: {len(OF_FILE) - 2}" in page
    assert f"Changed since in {FILE}: 1" in page
    assert f"Signed in {FILE}: 1" in page


async def test_a_filter_leaves_out_files_without_matching_texts(console: Console, lee: Member) -> None:
    keep(console, SUICIDE)
    page = await words(lee, "/sign-off?show=signed")
    assert (FILE in page, "words.yml" in page) == (True, False)


async def test_a_file_shows_its_texts_in_full_and_their_conditions(lee: Member) -> None:
    page = await words(lee, f"/sign-off/texts?file={FILE}")
    said = [said for text in OF_FILE for _, said in (*text.words, *text.conditions)]
    assert [one for one in said if one not in page] == []


async def test_numbers_of_services_are_filled_in(lee: Member) -> None:
    assert "{childline.phone}" not in await words(lee, "/sign-off/texts?file=words.yml")


async def test_a_filter_leaves_out_texts_that_do_not_match(console: Console, lee: Member) -> None:
    keep(console, SUICIDE)
    said = SUICIDE.words[0][1]
    assert said in await words(lee, f"/sign-off/texts?file={FILE}&show=signed")
    assert said not in await words(lee, f"/sign-off/texts?file={FILE}&show=unsigned")


@pytest.mark.parametrize(
    "path", ["/sign-off?show=x", "/sign-off/texts?file=x.yml", f"/sign-off/texts?file={FILE}&show=x"]
)
async def test_an_unknown_file_or_filter_is_not_found(lee: Member, path: str) -> None:
    assert (await lee.get(path)).status_code == 404


async def test_a_text_is_signed_off_in_the_version_that_was_read(console: Console, lee: Member) -> None:
    answer = await lee.post("/sign-off/sign", form(SUICIDE.version))
    assert answer.headers["location"] == "/sign-off/texts?file=triage.yml&done=signed"
    assert signed(console) == {SUICIDE.id: SUICIDE.version}


async def test_the_page_shows_who_signed_off_in_what_role_and_when(lee: Member) -> None:
    await lee.post("/sign-off/sign", form(SUICIDE.version))
    assert f"Signed off by lee, {ROLE}, on 15 January 2027." in await words(lee, f"/sign-off/texts?file={FILE}")


async def test_the_role_is_filled_in_next_time(lee: Member) -> None:
    await lee.post("/sign-off/sign", form(SUICIDE.version))
    assert f'value="{ROLE}"' in await words(lee, "/sign-off/texts?file=words.yml")


async def test_a_sign_off_is_logged(console: Console, lee: Member) -> None:
    await lee.post("/sign-off/sign", form(SUICIDE.version))
    assert console.audited() == [("lee", "sign_off", FILE)]
    assert console.details("sign_off") == [{"texts": SUICIDE.key, "role": ROLE, "confirmed_on": None}]


async def test_a_whole_file_can_be_signed_off_as_it_was_read(console: Console, lee: Member) -> None:
    version = fingerprint(OF_FILE)
    assert version in await words(lee, f"/sign-off/texts?file={FILE}")
    await lee.post("/sign-off/sign", form(version))
    assert signed(console) == {text.id: text.version for text in OF_FILE}


async def test_signing_off_filtered_texts_leaves_the_rest_alone(console: Console, lee: Member) -> None:
    keep(console, SUICIDE._replace(version="earlier"))
    await lee.post("/sign-off/sign", form(fingerprint(OF_FILE[1:]), show="unsigned"))
    assert signed(console) == {SUICIDE.id: "earlier", **{text.id: text.version for text in OF_FILE[1:]}}


async def test_a_file_is_refused_if_somebody_else_signed_off_part_of_it_first(console: Console, lee: Member) -> None:
    keep(console, SUICIDE)
    answer = await lee.post("/sign-off/sign", form(fingerprint(OF_FILE)))
    assert (answer.status_code, list(signed(console))) == (409, [SUICIDE.id])


@pytest.mark.parametrize("version", ["", "an earlier one", CHILDLINE.version])
async def test_a_text_that_changed_since_it_was_read_is_not_signed_off(
    console: Console, lee: Member, version: str
) -> None:
    answer = await lee.post("/sign-off/sign", form(version))
    assert (answer.status_code, console.audited()) == (409, [])


@pytest.mark.parametrize("given", [{"role": ""}, {"role": " x "}, {"role": "x" * 81}, {"sure": ""}])
async def test_a_sign_off_needs_a_role_and_a_tick(console: Console, lee: Member, given: "dict[str, str]") -> None:
    answer = await lee.post("/sign-off/sign", form(SUICIDE.version, **given))
    assert (answer.status_code, signed(console)) == (422, {})


@pytest.mark.parametrize("day", ["", "soon", "2027-01-16"])
async def test_facts_cannot_be_signed_off_before_the_service_has_confirmed_them(
    console: Console, lee: Member, day: str
) -> None:
    answer = await lee.post("/sign-off/sign", form(CHILDLINE.version, "services.yml", confirmed_on=day))
    assert (answer.status_code, signed(console)) == (422, {})


async def test_facts_are_signed_off_with_the_day_of_the_services_confirmation(lee: Member) -> None:
    await lee.post("/sign-off/sign", form(CHILDLINE.version, "services.yml", confirmed_on="2027-01-15"))
    page = await words(lee, "/sign-off/texts?file=services.yml")
    assert "The service confirmed the facts on 15 January 2027." in page


async def test_the_doubts_about_facts_are_shown_before_signing_off(console: Console, lee: Member) -> None:
    doubts = [doubt for service in console.dependencies.library.services.values() for doubt in service.doubts]
    page = await words(lee, "/sign-off/texts?file=services.yml")
    assert doubts
    assert [doubt for doubt in doubts if doubt not in page] == []


async def test_a_changed_text_shows_who_signed_off_the_earlier_version(console: Console, lee: Member) -> None:
    keep(console, SUICIDE._replace(version="earlier"))
    assert f"Other words were signed off by lee, {ROLE}" in await words(lee, f"/sign-off/texts?file={FILE}")


async def test_a_sign_off_can_be_taken_back_and_that_is_logged(console: Console, lee: Member) -> None:
    keep(console, SUICIDE)
    mia = console.member("mia", "lead")
    await mia.post("/sign-off/take-back", {"file": FILE, "version": SUICIDE.version})
    assert (signed(console), console.audited()) == ({}, [("mia", "take_sign_off_back", FILE)])


async def test_a_missing_sign_off_cannot_be_taken_back(console: Console, lee: Member) -> None:
    answer = await lee.post("/sign-off/take-back", {"file": FILE, "version": SUICIDE.version})
    assert (answer.status_code, console.audited()) == (409, [])


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
async def test_only_leads_can_sign_off(console: Console, role: str) -> None:
    answer = await console.member("sam", role).post("/sign-off/sign", form(SUICIDE.version))
    assert (answer.status_code, signed(console)) == (403, {})


async def test_the_chat_claims_a_review_only_once_every_text_is_signed_off(console: Console, lee: Member) -> None:
    assert "does not say that its answers were checked" in await words(lee, "/sign-off")
    keep(console, *TEXTS, day=date(2027, 1, 15))
    assert f"Every text is signed. The chat’s page says: “{CLAIM}”" in await words(lee, "/sign-off")
