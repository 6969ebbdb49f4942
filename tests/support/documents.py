"""What the documents claim, read from them, so that tests can hold it against what there is."""

import re
from typing import List, NamedTuple

from bot.settings import ROOT


class Promise(NamedTuple):
    """A row of docs/PRIVACY.md: the promise's name and the test that holds it."""

    name: str
    test: str


def promises() -> List[Promise]:
    """Every promise on privacy with its test, in order."""
    rows = re.findall(r"^\| ([\w-]+) \|.*\| `(tests/[^`]+)` \|$", text("docs/PRIVACY.md"), re.MULTILINE)
    return [Promise(name, test) for name, test in rows]


def text(name: str) -> str:
    """A document, by its path from the root of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def quoted(name: str) -> List[str]:
    """What a document sets in code, in order."""
    return re.findall(r"`([^`\n]+)`", text(name))


def links(name: str) -> List[str]:
    """The files that a document links to or shows, as it writes them; other sites are left out."""
    found = re.findall(r"\]\(([^)#\s]+)|<img src=\"([^\"]+)", text(name))
    return [link or picture for link, picture in found if "://" not in link]


def targets(name: str) -> List[str]:
    """What a document tells people to make, in code and in blocks of commands."""
    return re.findall(r"(?:^|`)make ([a-z]+)", text(name), re.MULTILINE)
