"""Which marks a test carries: those of what it needs, however far down; `make check` leaves them out."""

import re
import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent
#: Who starts a server without the fixture that says so.
STARTS = re.compile(r"(?<!class )\b(?:Server|Nginx|Postgres|RedisServer)\(")
#: Who makes a site answer within this process.
OPENS = re.compile(r"\.open\(\)")

#: By what a test asks for, the marks that it carries.
CARRIED = {
    "tmp_path": set(),
    "model_path": {"model"},
    "start_server": {"model", "served"},
    "person": {"model", "served"},
    "start_nginx": {"served"},
    "on_a_port": {"served"},
    "page": {"browser"},
    "engine": {"browser"},
    "tmp_path, person, page": {"model", "served", "browser"},
}


def test_a_test_carries_the_marks_of_what_it_needs(pytester: pytest.Pytester) -> None:
    shutil.copy(HERE / "conftest.py", pytester.path)
    pytester.makepyfile("\n".join(f"def test_{place}({asked}): ..." for place, asked in enumerate(CARRIED)))
    items, _ = pytester.inline_genitems("-p", "no:cacheprovider")
    marks = [{mark.name for mark in item.iter_markers()} & {"model", "served", "browser"} for item in items]
    assert dict(zip(CARRIED, marks, strict=True)) == CARRIED


def test_no_test_starts_a_server_past_the_fixtures_that_mark_it() -> None:
    files = [file for file in HERE.rglob("test_*.py") if STARTS.search(file.read_text(encoding="utf-8"))]
    assert [str(file.relative_to(HERE)) for file in files] == []


def test_no_site_answers_without_a_fixture_that_says_so() -> None:
    texts = {str(file.relative_to(HERE)): file.read_text(encoding="utf-8") for file in HERE.rglob("*.py")}
    assert [name for name, text in texts.items() if OPENS.search(text) and "on_a_port" not in text] == []
