"""The commands of `streetwise` that read content: what they print and what they refuse."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import date
from pathlib import Path

import pytest
import typer
from command_line import Machine, program
from sqlalchemy.engine import Connection

from bot.case.replies import load_replies
from bot.commands.content import list_unsigned
from bot.content.library import load_library
from bot.content.texts import Text, load_texts
from bot.store import sign_offs, staff


@pytest.fixture
def blackmail_in_glasgow(machine: Machine) -> str:
    arguments = ["--topic", "sextortion", "--asker", "parent", "--at", "2026-12-25T02:00:00", "--place", "Glasgow"]
    return machine.run("why", *arguments)


def test_why_names_the_rule(blackmail_in_glasgow: str) -> None:
    assert "rule: sextortion (content/referral.yml)" in blackmail_in_glasgow


def test_why_lists_the_services_in_order(blackmail_in_glasgow: str) -> None:
    listed = re.findall(r"^\d\. (\w+)", blackmail_in_glasgow, re.MULTILINE)
    assert listed == ["ceop", "report_remove", "take_it_down", "police_scotland"]


def test_why_says_why_a_service_was_left_out(blackmail_in_glasgow: str) -> None:
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
def test_why_names_an_unknown_value(machine: Machine, arguments: "list[str]", named: str) -> None:
    assert named in machine.refusal("why", *arguments)


@pytest.mark.slow
def test_check_finds_no_problems_in_the_content(machine: Machine) -> None:
    assert "are in order" in machine.run("check")


@pytest.fixture
def preview(machine: Machine, tmp_path: Path) -> str:
    out = tmp_path / "preview.html"
    machine.run("preview", "--out", str(out))
    return out.read_text(encoding="utf-8")


def test_the_preview_shows_every_piece_of_guidance(preview: str) -> None:
    assert [g.id for g in load_library().guidance.values() if g.id not in preview] == []


def test_the_preview_shows_every_next_step(preview: str) -> None:
    steps = [step for file in load_replies().next_steps.values() for step in file.steps]
    assert [step.id for step in steps if f"Next step: {step.id}<" not in preview] == []


def test_the_preview_shows_every_remark(preview: str) -> None:
    assert [remark for remark in load_replies().remarks if f"<h3>{remark}</h3>" not in preview] == []


def test_the_preview_shows_every_answer_to_a_frequently_asked_question(preview: str) -> None:
    assert [question for question in load_library().faq if f"<h3>{question}</h3>" not in preview] == []


def test_the_preview_shows_every_comparison(preview: str) -> None:
    assert [c.id for c in load_library().comparisons if c.id not in preview] == []


def sign(machine: Machine, *texts: Text) -> None:
    """Sign texts off as a lead."""

    def work(connection: Connection) -> None:
        lee = staff.add(connection, 1, "lee", "lead", "hashed", None)
        sign_offs.add(connection, 1_800_000_000, lee, "deputy head", texts, date(2027, 1, 15))

    machine.database.write_now(work)


def unsigned(machine: Machine) -> "tuple[int, list[str]]":
    """Return the exit code and the printed lines. The rest of `check` takes seconds, and is tested above."""
    with redirect_stdout(io.StringIO()) as printed, environment(machine):
        try:
            list_unsigned()
        except typer.Exit as ended:
            return ended.exit_code, printed.getvalue().splitlines()
    return 0, printed.getvalue().splitlines()


@contextmanager
def environment(machine: Machine) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in machine.environment.items():
            patch.setenv(name, value)
        yield


def test_unsigned_texts_are_listed_by_file_and_line(machine: Machine) -> None:
    code, lines = unsigned(machine)
    text, number = load_texts()[-1], len(load_texts())
    assert f"{text.path}:{text.line}: '{text.key}' is not signed" in lines
    assert lines[-1].startswith(f"0 of {number} texts are signed off; {number} are not signed, 0 changed since.")
    assert code == 1


def test_a_changed_text_is_listed_with_its_earlier_sign_off(machine: Machine) -> None:
    first, *others = load_texts()
    sign(machine, first._replace(version="earlier"), *others)
    code, (line, summary) = unsigned(machine)
    assert line == f"{first.path}:{first.line}: '{first.key}' changed since lee signed it on 2027-01-15"
    assert summary.startswith(f"{len(others)} of {len(load_texts())} texts are signed off; 0 are not signed, 1 changed")
    assert code == 1


def test_nothing_is_listed_once_every_text_is_signed(machine: Machine) -> None:
    sign(machine, *load_texts())
    code, lines = unsigned(machine)
    assert (code, len(lines)) == (0, 1)


def test_a_missing_database_is_reported_and_not_created(tmp_path: Path, machine: Machine) -> None:
    elsewhere = tmp_path / "elsewhere"
    machine.environment = {"STREETWISE_DATA_DIR": str(elsewhere)}
    assert "There is no database at" in machine.refusal("check", "--reviewed")
    assert not elsewhere.exists()


@pytest.mark.slow
def test_check_exits_with_1_while_a_text_is_not_signed(machine: Machine) -> None:
    ended = program(machine, "check", "--reviewed")
    assert (ended.returncode, "texts are signed off" in ended.stdout) == (1, True)


@pytest.mark.parametrize("command", ["off-page", "preview"])
def test_a_page_that_cannot_be_written_is_named(machine: Machine, tmp_path: Path, command: str) -> None:
    out = tmp_path / "missing" / "page.html"
    refused = machine.refusal(command, "--out", str(out))
    assert refused == f"{out} cannot be written (No such file or directory). Name another file with --out."
