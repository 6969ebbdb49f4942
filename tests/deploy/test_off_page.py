"""The page that the proxy shows while the program is down."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.content.library import load_library


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("off") / "off.html"
    done = CliRunner().invoke(app, ["off-page", "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module")
def shown(written: Path) -> str:
    return written.read_text(encoding="utf-8")


@pytest.mark.parametrize("service", ["police_999", "childline", "police_101"])
def test_each_helpline_can_be_called_with_one_press(shown: str, service: str) -> None:
    phone = load_library().services[service].phone or ""
    assert f'<a href="tel:{phone.replace(" ", "")}">Call {phone}</a>' in shown


def test_it_loads_no_other_files(shown: str) -> None:
    loaded = re.findall(r'(?:src="|url\(|@import)|<link[^>]+href="(?!data:,)', shown)
    assert (loaded, "<script" in shown) == ([], False)


def test_it_has_a_link_to_leave(shown: str) -> None:
    assert re.search(r'<a id="leave" href="/chat/exit"', shown)


def test_its_title_does_not_reveal_the_subject(shown: str) -> None:
    assert "<title>Chat</title>" in shown


def test_callers_that_want_json_get_the_helplines_too(written: Path) -> None:
    detail = json.loads(written.with_suffix(".json").read_text(encoding="utf-8"))["detail"]
    assert all(number in detail for number in ("999", "0800 1111", "101"))
