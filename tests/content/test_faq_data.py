"""Wordings of frequently asked questions: each belongs to a question that has an answer, and mistakes are located."""

import shutil
from pathlib import Path

import pytest

from bot.content.faq_data import WORDINGS, check_faq_data
from bot.content.reader import ContentError, Problem


@pytest.fixture
def wordings(tmp_path: Path) -> Path:
    """A copy of the wordings."""
    return Path(shutil.copytree(WORDINGS, tmp_path / "faq"))


def problem_of(wordings: Path) -> Problem:
    with pytest.raises(ContentError) as refused:
        check_faq_data(wordings)
    (problem,) = refused.value.problems
    return problem


def test_our_wordings_have_no_problems(wordings: Path) -> None:
    check_faq_data(wordings)


def test_wordings_of_a_question_without_an_answer_are_reported_at_their_line(wordings: Path) -> None:
    file = wordings / "words.yml"
    file.write_text(file.read_text() + '  meaning_of_life:\n  - "what is it all for"\n')
    line = len(file.read_text().splitlines()) - 1
    assert problem_of(wordings)[:2] == ("data/faq/words.yml", line)


def test_a_question_without_wordings_is_reported(wordings: Path) -> None:
    file = wordings / "words.yml"
    start, rest = file.read_text().split("  meaning_grooming:\n")
    file.write_text(start + rest[rest.index("\n  who_grooms:") + 1 :])
    assert "has no wordings for 'meaning_grooming'" in problem_of(wordings).message


@pytest.mark.parametrize("text", ["", "questions:\n", "questions: {meaning_grooming: []}\n", 'questions: {a: [""]}\n'])
def test_an_incomplete_file_is_reported_by_name(wordings: Path, text: str) -> None:
    (wordings / "words.yml").write_text(text)
    assert problem_of(wordings).file == "data/faq/words.yml"
