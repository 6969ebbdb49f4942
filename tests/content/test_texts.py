"""The texts that the chat can show, and which changes make a new version of one."""

import shutil
from pathlib import Path

import pytest

from bot.content.files import CONTENT, Content
from bot.content.page import PageWords
from bot.content.reader import ContentError
from bot.content.texts import Text, fingerprint, load_texts
from bot.settings import ROOT

TEXTS = {text.id: text for text in load_texts()}
PAID = "replies/sextortion.yml#sextortion_paid"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of content/ that a test may change."""
    folder = tmp_path / "content"
    shutil.copytree(CONTENT.base, folder)
    return folder


def changed(content: Path, file: str, old: str, new: str) -> "dict[str, Text]":
    """Replace `old` with `new` in a file, and return the texts whose version changes."""
    path = content / file
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    return {text.id: text for text in load_texts(Content(content)) if TEXTS[text.id].version != text.version}


@pytest.mark.parametrize(
    "name",
    [
        PAID,
        "guidance/about_service.yml#about_bot",
        "guidance/privacy_anonymity.yml#what_if",
        "comparisons/sextortion.yml#" + next(t.key for t in load_texts() if t.file == "comparisons/sextortion.yml"),
        "answers.yml#are_you_real",
        "danger.yml#danger_inside",
        "turns.yml#sad",
        "triage.yml#suicide",
        "words.yml#welcome",
        "words.yml#askers",
        "page.yml#sources",
        "topics.yml#sextortion",
        "services.yml#childline",
        "sources.yml#police_emergency",
    ],
)
def test_everything_that_the_chat_can_show_is_a_text(name: str) -> None:
    assert name in TEXTS


def test_every_word_of_the_page_is_a_text() -> None:
    assert {f"page.yml#{name}" for name in PageWords.__fields__} <= set(TEXTS)


def test_words_for_staff_and_editors_are_not_texts() -> None:
    assert {text.file for text in TEXTS.values()} & {
        "console.yml",
        "style.yml",
        "language.yml",
        "referral.yml",
    } == set()


def test_a_text_has_its_line() -> None:
    text = TEXTS[PAID]
    lines = (ROOT / text.path).read_text(encoding="utf-8").splitlines()
    assert lines[text.line - 1] == "- id: sextortion_paid"


def test_words_are_separate_from_the_conditions_for_showing_them() -> None:
    text = TEXTS[PAID]
    assert ("when paid", "true") in text.conditions
    assert ("topic", "sextortion") in text.conditions
    assert {name.split()[0] for name, _ in text.words} == {"heard", "now", "choices"}


def test_only_services_have_facts_to_confirm() -> None:
    assert {text.file for text in TEXTS.values() if text.has_facts} == {"services.yml"}


def test_no_two_texts_have_the_same_version() -> None:
    assert len({text.version for text in TEXTS.values()}) == len(TEXTS)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("en/words.yml", "did_it_help: Did this help?", "did_it_help: Was this any help?", ["words.yml#did_it_help"]),
        # The text would be shown to different people, or at a different time.
        ("en/danger.yml", "when: {other_near: inside}", "when: {other_near: outside}", ["danger.yml#danger_inside"]),
        # Comments and the order of entries are not shown.
        ("en/words.yml", "greet:", "# A greeting.\ngreet:", []),
        # Notes for editors are not shown.
        ("services.yml", "checked_on: 2026-11-25", "checked_on: 2026-11-28", []),
        ("services.yml", "confirmed_live: false", "confirmed_live: true", []),
    ],
    ids=["words", "conditions", "a comment", "a date", "a mark"],
)
def test_changing_words_or_conditions_makes_a_new_version(
    content: Path, file: str, old: str, new: str, expected: "list[str]"
) -> None:
    assert list(changed(content, file, old, new)) == expected


def test_changing_a_number_changes_the_service(content: Path) -> None:
    assert list(changed(content, "services.yml", 'phone: "0800 1111"', 'phone: "0800 1112"')) == [
        "services.yml#childline"
    ]


def test_two_texts_with_the_same_name_in_a_file_are_refused_with_file_and_line(content: Path) -> None:
    with pytest.raises(ContentError, match=r"content/en/turns\.yml:\d+: 'sad' is the name of another text"):
        changed(content, "en/turns.yml", "- id: ashamed", "- id: sad")


def test_the_fingerprint_of_several_texts_changes_if_one_changes_is_added_or_is_missing() -> None:
    first, second, third = list(TEXTS.values())[:3]
    other = first._replace(version="another")
    kinds = [[first, second], [other, second], [first, second, third], [first]]
    assert len({fingerprint(kind) for kind in kinds}) == len(kinds)
