"""Reads strings from `tests/chat/injections.txt` and malformed HTTP requests from `tests/chat/malformed.yml`."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import yaml

from bot.settings import ROOT

INJECTIONS = ROOT / "tests" / "chat" / "injections.txt"
MALFORMED = ROOT / "tests" / "chat" / "malformed.yml"

_REPEAT = re.compile(r"@repeat (\d+) (.+)", re.DOTALL)
_REPEATED = re.compile(r"\{([^{}]+)\*(\d+)\}")


class Malformed(NamedTuple):
    """A malformed request, named after its fault. The server may send up to `answers` responses to it."""

    name: str
    data: bytes
    answers: int


def read_injections(path: Path = INJECTIONS) -> List[str]:
    """Read the injection strings and decode their escapes and `@repeat` lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_decoded(line) for line in lines if line and not line.startswith("# ")]


def _decoded(line: str) -> str:
    text = line.encode("latin-1", "backslashreplace").decode("unicode_escape")
    repeated = _REPEAT.fullmatch(text)
    return repeated[2] * int(repeated[1]) if repeated else text


def malformed(marker: str) -> List[Malformed]:
    """Return the malformed requests, with `marker` wherever the sender can choose the text."""
    return [
        Malformed(name, _filled(group["request"].replace("TEXT", text), marker), group.get("answers", 1))
        for group in _groups()
        for name, text in group["with"].items()
    ]


@cache
def _groups() -> List[Dict[str, Any]]:
    groups: List[Dict[str, Any]] = yaml.safe_load(MALFORMED.read_text(encoding="utf-8"))
    return groups


def _filled(template: str, marker: str) -> bytes:
    text = _REPEATED.sub(lambda repeated: repeated[1] * int(repeated[2]), template)
    return text.replace("LENGTH", str(len(marker))).replace("MARKER", marker).encode("latin-1")
