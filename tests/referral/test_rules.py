"""A mistake in content/referral.yml is reported with the file and an explanation."""

import shutil
from pathlib import Path

import pytest

from bot.content.files import CONTENT, Content
from bot.content.reader import ContentError
from bot.referral.rules import load_rules


@pytest.mark.parametrize(
    "line",
    [
        "about_doers: [",
        "\nsubjects: [",
        "\nreporting: [",
        "\nnot_in_danger: [",
        "last_resort:\n  young_person: [",
        "danger:\n  young_person: [",
        "facts: [",
        "topics: [emotional_support, privacy_anonymity], askers: [self_concern], offer: [",
    ],
    ids=lambda line: line.split(":")[0].strip(),
)
def test_an_unknown_name_is_reported_with_its_file(line: str, tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(CONTENT.base, content)
    rules = content / "referral.yml"
    rules.write_text(rules.read_text(encoding="utf-8").replace(line, f"{line}sextorsion, ", 1), encoding="utf-8")
    with pytest.raises(ContentError, match=r"content/referral\.yml.*'sextorsion'"):
        load_rules(Content(content))
