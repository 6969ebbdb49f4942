"""Reading age: how it is measured, and whether every text is within the limits of house style."""

import shutil
from pathlib import Path

import pytest

from bot.content.files import CONTENT, Content
from bot.content.readability import reading_age, too_hard, too_hard_at_sight

EASY = "You can stop now. Tell an adult you trust. They can help you."
HARD = (
    "Notwithstanding considerable institutional deliberation, comprehensive safeguarding documentation necessitates "
    "interdisciplinary collaboration."
)


def test_short_words_and_sentences_have_a_low_reading_age() -> None:
    assert reading_age(EASY) < 9


def test_long_words_and_sentences_have_a_high_reading_age() -> None:
    assert reading_age(HARD) > 18


def test_every_text_is_readable_by_its_audience() -> None:
    assert [*too_hard(), *too_hard_at_sight()] == []


@pytest.mark.parametrize(
    ("instead", "mend"),
    [(HARD, "use shorter words until it fits age 9"), ("Pay " + "no " * 20 + "more.", "make two sentences of it")],
    ids=["hard words", "a long sentence"],
)
def test_a_reply_that_is_too_hard_at_sight_is_reported_with_file_and_correction(
    tmp_path: Path, instead: str, mend: str
) -> None:
    content = tmp_path / "content"
    shutil.copytree(CONTENT.base, content)
    file = content / "en" / "replies" / "crisis.yml"
    before = "You are right to say it."
    file.write_text(file.read_text(encoding="utf-8").replace(before, instead, 1), encoding="utf-8")
    problems = too_hard_at_sight(Content(content))
    assert {problem.file for problem in problems} == {"content/en/replies/crisis.yml"}
    assert any(mend in problem.message for problem in problems)


def test_a_text_that_is_too_hard_is_reported_with_file_line_and_correction(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(CONTENT.base, content)
    file = content / "en" / "guidance" / "crisis.yml"
    text = file.read_text(encoding="utf-8").replace("what_if:\n", f"what_if:\n  unknown: {HARD}\n", 1)
    file.write_text(text, encoding="utf-8")
    (problem,) = too_hard(Content(content))
    assert problem.file == "content/en/guidance/crisis.yml"
    assert "unknown:" in text.splitlines()[problem.line - 1]
    assert "shorten its sentences and words until it fits age 13" in problem.message
