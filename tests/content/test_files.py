"""An overlay is merged over content/: it holds only the differences, and mistakes in it are found."""

from pathlib import Path
from typing import Any, Dict, Optional

import pytest

from bot.content.files import SHIPPED, Content
from bot.content.library import load_library
from bot.content.reader import ContentError

BASE = """\
title: Chat
helplines:
  nspcc: {phone: "1"}
  childline: {phone: "2", hours: [9, 17]}
answers:
- {id: first, says: one}
- {id: second, says: two}
"""


@pytest.fixture
def content(tmp_path: Path) -> Content:
    """A directory of content with one file, and an empty overlay."""
    for name in ("base", "overlay"):
        (tmp_path / name).mkdir()
    (tmp_path / "base" / "page.yml").write_text(BASE, encoding="utf-8")
    return Content(tmp_path / "base", tmp_path / "overlay")


def laid_over(content: Content, changes: Optional[str], name: str = "page.yml") -> Dict[str, Any]:
    """Return the values in page.yml when the overlay's file `name` contains `changes`."""
    if changes is not None and content.overlay is not None:
        (content.overlay / name).write_text(changes, encoding="utf-8")
    return content.document("page.yml").parse(Dict[str, Any])


@pytest.mark.parametrize("changes", [None, "", "# nothing yet\n"])
def test_a_file_that_the_overlay_does_not_change_is_as_shipped(content: Content, changes: Optional[str]) -> None:
    assert laid_over(content, changes)["title"] == "Chat"


def test_a_value_is_replaced(content: Content) -> None:
    assert laid_over(content, "title: Kent\n")["title"] == "Kent"


def test_a_mapping_is_changed_key_by_key(content: Content) -> None:
    helplines = laid_over(content, 'helplines: {childline: {phone: "3"}}\n')["helplines"]
    assert helplines == {"nspcc": {"phone": "1"}, "childline": {"phone": "3", "hours": [9, 17]}}


def test_null_removes_an_entry(content: Content) -> None:
    assert list(laid_over(content, "helplines: {nspcc: null}\n")["helplines"]) == ["childline"]


def test_null_in_a_new_entry_stays(content: Content) -> None:
    assert laid_over(content, "helplines: {shout: {phone: null}}\n")["helplines"]["shout"] == {"phone": None}


def test_a_list_is_replaced(content: Content) -> None:
    assert laid_over(content, "helplines: {childline: {hours: [8]}}\n")["helplines"]["childline"]["hours"] == [8]


def test_entries_with_ids_are_changed_by_id_and_new_ones_come_last(content: Content) -> None:
    answers = laid_over(content, "answers: [{id: third, says: three}, {id: first, says: uno}]\n")["answers"]
    assert [(one["id"], one["says"]) for one in answers] == [("first", "uno"), ("second", "two"), ("third", "three")]


def test_a_list_can_be_emptied(content: Content) -> None:
    assert laid_over(content, "answers: []\n")["answers"] == []


def test_a_changed_value_is_reported_in_the_overlay(content: Content) -> None:
    laid_over(content, "\nhelplines:\n  childline: {phone: x}\n")
    file, line = content.document("page.yml").place(["helplines", "childline", "phone"])
    assert (file, line) == (f"{content.overlay}/page.yml", 3)


def test_an_unchanged_value_is_reported_in_content(content: Content) -> None:
    laid_over(content, "title: Kent\n")
    assert content.document("page.yml").place(["helplines", "nspcc"]) == ("content/page.yml", 3)


def test_a_new_file_in_an_open_folder_is_added(content: Content) -> None:
    assert content.overlay is not None
    (content.overlay / "cards").mkdir()
    (content.overlay / "cards" / "cy.yml").write_text("name: Cymraeg\n", encoding="utf-8")
    assert (content.names("cards/*.yml"), [*content.misplaced()]) == (["cards/cy.yml"], [])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("service.yml", "is no file of content/"),
        ("en/faq/ours.yml", "is no file of content/"),
        ("topics.yml", "the model is trained with content/topics.yml"),
    ],
)
def test_a_file_that_would_change_nothing_or_too_much_is_refused(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("a: b\n", encoding="utf-8")
    with pytest.raises(ContentError, match=f"{name}:1: {why}"):
        load_library(Content(SHIPPED.base, tmp_path))
