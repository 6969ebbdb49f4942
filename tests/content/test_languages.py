"""Texts missing from a language are reported, and an unreviewed language is not served."""

import shutil
from pathlib import Path

import pytest

from bot.content.files import CONTENT, Content
from bot.content.languages import lacks, languages, texts_of
from bot.content.library import load_library
from bot.content.reader import ContentError

WELSH_WORDS = "did_it_help: A oedd hyn o gymorth?\n"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of content/ with the start of a second language."""
    copy = tmp_path / "content"
    shutil.copytree(CONTENT.base, copy)
    (copy / "cy").mkdir()
    (copy / "cy" / "language.yml").write_text("name: Cymraeg\nreviewed: {}\n", encoding="utf-8")
    (copy / "cy" / "words.yml").write_text(WELSH_WORDS, encoding="utf-8")
    return copy


def test_english_is_the_only_language() -> None:
    assert languages() == ["en"]


def test_english_is_complete() -> None:
    assert lacks("en") == []


def test_a_folder_with_a_manifest_is_a_language(content: Path) -> None:
    assert languages(Content(content)) == ["en", "cy"]


def test_a_missing_file_is_reported(content: Path) -> None:
    assert "content/cy/guidance/sextortion.yml is missing" in lacks("cy", Content(content))


def test_a_missing_text_is_reported(content: Path) -> None:
    assert "content/cy/words.yml lacks it_helped" in lacks("cy", Content(content))


def test_an_existing_text_is_not_reported(content: Path) -> None:
    assert "content/cy/words.yml lacks did_it_help" not in lacks("cy", Content(content))


def test_an_unreviewed_text_is_reported(content: Path) -> None:
    assert "content/cy/words.yml is not marked as reviewed in language.yml" in lacks("cy", Content(content))


def test_a_reviewed_text_is_not_reported(content: Path) -> None:
    (content / "cy" / "language.yml").write_text("name: Cymraeg\nreviewed: {words.yml: 2026-11-25}\n", encoding="utf-8")
    assert not any("reviewed" in lack for lack in lacks("cy", Content(content)))


def test_unreviewed_english_is_not_served(content: Path) -> None:
    manifest = content / "en" / "language.yml"
    manifest.write_text(
        manifest.read_text().replace("guidance/crisis.yml: ", "guidance/another.yml: "), encoding="utf-8"
    )
    with pytest.raises(ContentError, match=r"does not name guidance/crisis\.yml; have a second person read it"):
        load_library(Content(content))


def test_every_english_text_is_found() -> None:
    assert {"words.yml", "page.yml", "triage.yml", "guidance/crisis.yml"} <= set(texts_of())
