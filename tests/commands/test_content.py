"""The commands of `streetwise` that read content: what they print and what they refuse."""

import re
from pathlib import Path

import pytest
from machine import Machine

from bot.content.library import load_library


@pytest.fixture
def blackmail_in_glasgow(machine: Machine) -> str:
    arguments = ["--topic", "sextortion", "--asker", "parent", "--at", "2026-12-25T02:00:00", "--place", "Glasgow"]
    return machine.run("why", *arguments)


def test_why_names_the_rule(blackmail_in_glasgow: str) -> None:
    assert "rule: sextortion (content/referral.yml)" in blackmail_in_glasgow


def test_why_lists_the_services_in_order(blackmail_in_glasgow: str) -> None:
    listed = re.findall(r"^\d\. (\w+)", blackmail_in_glasgow, re.MULTILINE)
    assert listed == ["ceop", "report_remove", "take_it_down", "police_scotland"]


def test_why_says_why_a_service_fell_out(blackmail_in_glasgow: str) -> None:
    assert "nspcc: would be one too many" in blackmail_in_glasgow


def test_why_says_that_a_helpline_is_closed(machine: Machine) -> None:
    said = machine.run("why", "--topic", "ask_law_images", "--asker", "parent", "--at", "2026-11-25T02:00:00")
    assert "nspcc (NSPCC Helpline), by law_adult, closed" in said


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--topic", "cooking", "--asker", "parent"], "'cooking' is no topic or intent"),
        (["--topic", "sextortion", "--asker", "cat"], "'cat' is no asker"),
        (["--topic", "sextortion", "--asker", "parent", "--image", "12"], "'12' is no age in an image"),
    ],
    ids=["topic", "asker", "image"],
)
def test_why_refuses_what_does_not_exist_by_name(machine: Machine, arguments: "list[str]", named: str) -> None:
    assert named in machine.refusal("why", *arguments)


@pytest.mark.slow
def test_check_finds_content_in_order(machine: Machine) -> None:
    assert "are in order" in machine.run("check")


@pytest.fixture
def preview(machine: Machine, tmp_path: Path) -> str:
    out = tmp_path / "preview.html"
    machine.run("preview", "--out", str(out))
    return out.read_text(encoding="utf-8")


def test_the_preview_shows_every_piece_of_guidance(preview: str) -> None:
    assert [g.id for g in load_library().guidance.values() if g.id not in preview] == []


def test_the_preview_shows_every_comparison(preview: str) -> None:
    assert [c.id for c in load_library().comparisons if c.id not in preview] == []
