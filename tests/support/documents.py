"""Extracts claims from the documents, so that tests can check them."""

import re
from typing import List, NamedTuple

from bot.settings import ROOT


class Promise(NamedTuple):
    """A row of docs/PRIVACY.md: the promise's name and the test that checks it."""

    name: str
    test: str


def promises() -> List[Promise]:
    """Return every privacy promise with its test, in order."""
    rows = re.findall(r"^\| ([\w-]+) \|.*\| `(tests/[^`]+)` \|$", text("docs/PRIVACY.md"), re.MULTILINE)
    return [Promise(name, test) for name, test in rows]


def text(name: str) -> str:
    """Read a document, given its path from the root of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def quoted(name: str) -> List[str]:
    """Return everything that a document formats as code, in order."""
    return re.findall(r"`([^`\n]+)`", text(name))


def links(name: str) -> List[str]:
    """Return the files that a document links to or shows as pictures, as written there, leaving out other sites."""
    found = re.findall(r"\]\(([^)#\s]+)|<img src=\"([^\"]+)", text(name))
    return [link or picture for link, picture in found if "://" not in link]


def targets(name: str) -> List[str]:
    """Return the `make` targets that a document mentions, in inline code and in code blocks."""
    return re.findall(r"(?:^|`)make ([a-z]+)", text(name), re.MULTILINE)
