"""Saved views of the queue are named, redacted, private, and still usable after a filter has been removed."""

import re

import pytest
from console_client import Console, Member

from bot.console.pages.saved_views import MAX_VIEWS
from bot.store.schema import saved_views


def links(page: str) -> "dict[str, str]":
    """The addresses of the saved views above the queue, by name."""
    return {name: href for href, name in re.findall(r'href="(/queue/views/\d+)"[^>]*>([^<]+)</a>', page)}


async def save(member: Member, name: str, query: str = "topic=crisis&q=grooming") -> str:
    """Save a view and return the page that follows."""
    answer = await member.post(f"/queue/views?{query}", {"name": name})
    return (await member.get(answer.headers["location"])).text if answer.status_code == 303 else answer.text


async def test_a_saved_view_opens_the_queue_with_its_filters(console: Console) -> None:
    rae = console.member()
    address = links(await save(rae, "Night shift"))["Night shift"]
    assert (await rae.get(address)).headers["location"] == "/queue?topic=crisis&q=grooming"


async def test_the_current_view_is_marked_and_can_be_deleted(console: Console) -> None:
    rae = console.member()
    page = await save(rae, "Night shift")
    address = links(page)["Night shift"]
    assert f'href="{address}" aria-current="page"' in page
    assert f'action="{address}/delete"' in page
    answer = await rae.post(f"{address}/delete")
    page = (await rae.get(answer.headers["location"])).text
    assert "The view is deleted." in page
    assert links(page) == {}


async def test_a_name_is_redacted(console: Console) -> None:
    rae = console.member()
    page = await save(rae, "zoe@example.org to call")
    assert "may identify somebody was taken out" in page
    assert [row.name for row in console.rows(saved_views)] == ["<email> to call"]


async def test_neither_the_name_nor_a_search_is_in_the_audit_log(console: Console) -> None:
    rae = console.member()
    await save(rae, "Night shift")
    assert console.details("save_view") == [{}]


@pytest.mark.parametrize(("name", "said"), [(" ", "Give the view a name"), ("x" * 41, "up to 40 characters")])
async def test_an_invalid_name_is_explained_and_kept_in_its_field(console: Console, name: str, said: str) -> None:
    page = await save(console.member(), name)
    assert said in page
    assert f'value="{name.strip()}" placeholder="Name of the view"' in page
    assert console.rows(saved_views) == []


async def test_each_person_can_use_a_name_once(console: Console) -> None:
    rae, eve = console.member("rae"), console.member("eve")
    await save(rae, "Night shift")
    assert "You have a view of this name" in await save(rae, "Night shift")
    assert "The view is saved" in await save(eve, "Night shift")


async def test_the_number_of_views_is_limited(console: Console) -> None:
    rae = console.member()
    for n in range(MAX_VIEWS):
        await save(rae, f"view {n}")
    assert "You have too many views" in await save(rae, "one more")


async def test_nobody_can_see_open_or_delete_somebody_elses_view(console: Console) -> None:
    address = links(await save(console.member("rae"), "Night shift"))["Night shift"]
    eve = console.member("eve")
    assert links((await eve.get("/queue")).text) == {}
    assert (await eve.get(address)).status_code == 404
    assert (await eve.post(f"{address}/delete")).status_code == 404
    assert len(console.rows(saved_views)) == 1


async def test_a_view_from_another_version_opens_with_the_filters_that_still_exist(console: Console) -> None:
    rae = console.member()
    address = links(await save(rae, "Night shift"))["Night shift"]
    changed = saved_views.update().values(query="mood=sad&topic=crisis")
    console.database.write_now(lambda connection: connection.execute(changed))
    page = (await rae.get(address)).text
    assert "shown without them: mood." in page
    assert "Topic: Life or safety at risk" in page
    assert console.details("queue")[-1] == {"topic": "crisis"}
