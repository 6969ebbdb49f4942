"""Tests carry the marks of their fixtures, direct or indirect, so that `make check` can leave them out."""

import re
import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent
#: Code that starts a server without the fixture that gives the mark.
STARTS = re.compile(r"(?<!class )\b(?:Server|Nginx|Postgres|RedisServer)\(")
#: Code that serves a site from within this process.
OPENS = re.compile(r"\.open\(\)")

#: Maps the fixtures that a test requests to the marks that it gets.
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


def test_a_test_carries_the_marks_of_its_fixtures(pytester: pytest.Pytester) -> None:
    shutil.copy(HERE / "conftest.py", pytester.path)
    tests = "\n".join(f"def test_{place}({asked}): ..." for place, asked in enumerate(CARRIED))
    (pytester.mkdir("browser") / "test_all.py").write_text(tests)
    items, _ = pytester.inline_genitems("-p", "no:cacheprovider")
    marks = [{mark.name for mark in item.iter_markers()} & {"model", "served", "browser"} for item in items]
    assert dict(zip(CARRIED, marks, strict=True)) == CARRIED


@pytest.mark.parametrize(
    ("file", "asked"), [("chat/test_it.py", "page"), ("training/test_it.py", "model_path")], ids=["browser", "training"]
)
def test_a_test_that_deploy_test_would_skip_stops_every_run(pytester: pytest.Pytester, file: str, asked: str) -> None:
    shutil.copy(HERE / "conftest.py", pytester.path)
    (pytester.path / file).parent.mkdir()
    (pytester.path / file).write_text(f"def test_it({asked}): ...")
    assert pytester.inline_run("-p", "no:cacheprovider").ret == pytest.ExitCode.USAGE_ERROR


def test_no_test_starts_a_server_without_the_fixtures_that_mark_it() -> None:
    files = [file for file in HERE.rglob("test_*.py") if STARTS.search(file.read_text(encoding="utf-8"))]
    assert [str(file.relative_to(HERE)) for file in files] == []


def test_no_site_is_served_without_the_fixture_that_marks_it() -> None:
    texts = {str(file.relative_to(HERE)): file.read_text(encoding="utf-8") for file in HERE.rglob("*.py")}
    assert [name for name, text in texts.items() if OPENS.search(text) and "on_a_port" not in text] == []
