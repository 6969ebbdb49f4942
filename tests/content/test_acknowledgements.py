"""Every acknowledgement refers to something that the writer said."""

import shutil
from pathlib import Path

from bot.content.acknowledgements import fit_any_topic
from bot.content.files import CONTENT, Content


def test_no_acknowledgement_fits_every_topic() -> None:
    assert fit_any_topic() == []


def test_an_acknowledgement_that_fits_every_topic_is_reported_with_line_and_correction(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(CONTENT.base, content)
    file = content / "en" / "replies" / "sextortion.yml"
    heard = "They made threats, and now the picture is out. That was a cruel thing to do to you."
    text = file.read_text(encoding="utf-8").replace(heard, "That was hard to say. You can get help.")
    file.write_text(text, encoding="utf-8")
    (problem,) = fit_any_topic(Content(content))
    assert problem.file == "content/en/replies/sextortion.yml"
    assert "You can get help." in text.splitlines()[problem.line - 1]
    assert "name what was heard" in problem.message
