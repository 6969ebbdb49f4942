"""The commands of `streetwise` that read content: what they print and what they refuse."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.content.library import load_library
from bot.settings import ROOT


def streetwise(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bot.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def blackmail_in_glasgow() -> str:
    arguments = ["--topic", "sextortion", "--asker", "parent", "--at", "2026-12-25T02:00:00", "--place", "Glasgow"]
    return streetwise("why", *arguments).stdout


def test_why_names_the_rule(blackmail_in_glasgow: str) -> None:
    assert "rule: sextortion (content/referral.yml)" in blackmail_in_glasgow


def test_why_lists_the_services_in_order(blackmail_in_glasgow: str) -> None:
    listed = re.findall(r"^\d\. (\w+)", blackmail_in_glasgow, re.MULTILINE)
    assert listed == ["ceop", "report_remove", "take_it_down", "police_scotland"]


def test_why_says_why_a_service_fell_out(blackmail_in_glasgow: str) -> None:
    assert "nspcc: would be one too many" in blackmail_in_glasgow


def test_why_says_that_a_helpline_is_closed() -> None:
    answer = streetwise("why", "--topic", "ask_law_images", "--asker", "parent", "--at", "2026-11-25T02:00:00")
    assert "nspcc (NSPCC Helpline), by law_adult, closed" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--topic", "cooking", "--asker", "parent"], "'cooking' is no topic or intent"),
        (["--topic", "sextortion", "--asker", "cat"], "'cat' is no asker"),
        (["--topic", "sextortion", "--asker", "parent", "--image", "12"], "'12' is no age in an image"),
    ],
    ids=["topic", "asker", "image"],
)
def test_why_refuses_what_does_not_exist_by_name(arguments: "list[str]", named: str) -> None:
    refused = streetwise("why", *arguments)
    assert (refused.returncode, named in refused.stderr) == (1, True)


def test_check_finds_content_in_order() -> None:
    checked = streetwise("check")
    assert (checked.returncode, "are in order" in checked.stdout) == (0, True)


def test_the_preview_shows_every_piece_of_guidance(tmp_path: Path) -> None:
    out = tmp_path / "preview.html"
    assert streetwise("preview", "--out", str(out)).returncode == 0
    page = out.read_text(encoding="utf-8")
    assert [g.id for g in load_library().guidance.values() if g.id not in page] == []


def test_the_preview_shows_every_comparison(tmp_path: Path) -> None:
    out = tmp_path / "preview.html"
    streetwise("preview", "--out", str(out))
    page = out.read_text(encoding="utf-8")
    assert [c.id for c in load_library().comparisons if c.id not in page] == []
