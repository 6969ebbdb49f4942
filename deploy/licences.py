"""Writes two tables in docs/LICENCES.md: the word lists' notices, and the installed packages' licences."""

import itertools
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PAGE = ROOT / "docs" / "LICENCES.md"
BEGINS, ENDS = "<!-- packages -->", "<!-- end of packages -->"
LISTS_BEGIN, LISTS_END = "<!-- lists -->", "<!-- end of lists -->"
#: Matches the opening comment of a word list if it names a source that has licence terms.
_TERMS = re.compile(r"Copyright|CC BY|licence")
_HEAD = re.compile(r"# (?!\d+\. )")

#: Licences that place no conditions on a program that uses the package unchanged. "Apache", "BSD" and "PSF" are for
#: packages that do not say which version they use. MPL-2.0 requires only that changes to the package's own files are
#: published.
ALLOWED = frozenset(
    "MIT MIT-0 MIT-CMU Apache-2.0 Apache BSD BSD-2-Clause BSD-3-Clause ISC PSF PSF-2.0 TCL MPL-2.0".split()
)
#: Packages under other licences, and why we may still use them.
EXCEPTIONS = {
    "axe-playwright-python": "MIT by the file it brings; axe-core within it is under MPL-2.0. For tests only.",
    "text-unidecode": "Artistic licence or GPL. pytest-playwright requires it; for tests only, used as it is.",
    "psycopg2-binary": "LGPL with exceptions. Rasa requires it; it is used as it is, for a PostgreSQL URL only.",
    "pyphen": "A choice of GPL, LGPL and MPL 1.1. textstat requires it; it is used as it is, under MPL 1.1.",
}

#: Maps the licence names that packages use, in lower case, to SPDX identifiers (spdx.org/licenses).
_SPELLINGS = {
    "mit": "MIT",
    "mit license": "MIT",
    "apache 2.0": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license v2.0": "Apache-2.0",
    "apache software license": "Apache",
    "bsd license": "BSD",
    "new bsd": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "mpl 2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
    "mozilla public license 1.1 (mpl 1.1)": "MPL-1.1",
}
#: Values of the licence field that carry no information.
_EMPTY = frozenset({"", "unknown", "dual license"})


class Package(NamedTuple):
    """A locked package and the licence it states."""

    name: str
    version: str
    licence: str


def main() -> int:
    """Write both tables."""
    text = _between(PAGE.read_text(encoding="utf-8"), BEGINS, ENDS, table(installed()))
    PAGE.write_text(_between(text, LISTS_BEGIN, LISTS_END, table_of_lists(notices())), encoding="utf-8")
    return 0


def _between(text: str, begins: str, ends: str, part: str) -> str:
    """Return `text` with everything between the two marks replaced by `part`."""
    before, _, rest = text.partition(begins)
    return f"{before}{begins}\n{part}{ends}{rest.partition(ends)[2]}"


def notices() -> "dict[str, str]":
    """Map the path of each word list whose source has licence terms to the list's opening comment."""
    lists = [path for folder in ("bot", "training") for path in sorted((ROOT / folder).rglob("*.txt"))]
    heads = {str(path.relative_to(ROOT)): head(path) for path in lists}
    return {path: text for path, text in heads.items() if _TERMS.search(text)}


def head(path: Path) -> str:
    """Return a word list's opening comment, up to the first numbered heading, as one line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return " ".join(line[2:].strip() for line in itertools.takewhile(_HEAD.match, lines))


def table_of_lists(found: "dict[str, str]") -> str:
    """Format the word lists' notices as a Markdown table."""
    rows = [f"| `{path}` | {text} |" for path, text in found.items()]
    return "\n".join(["| list | its notice |", "|---|---|", *rows, ""])


def locked(text: str) -> "dict[str, str]":
    """Map the name of each package in a lock file to its version."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE))


def installed() -> "list[Package]":
    """Return the locked packages, with the licences stated by the installed copies.

    Raises:
        SystemExit: a package is not installed, or a different version of it is.
    """
    here = {_normal(found.metadata["Name"]): found for found in distributions()}
    packages = []
    for name, version in locked(LOCK.read_text(encoding="utf-8")).items():
        found = here.get(_normal(name))
        if found is None or found.version != version:
            sys.exit(f"{name} {version} is not installed. Run 'make setup', then this again.")
        packages.append(Package(name, version, licence(found)))
    return packages


def licence(package: Distribution) -> str:
    """Return the licence that a package states in its licence expression, its short licence text or its classifiers."""
    expression, text = _field(package, "License-Expression"), _field(package, "License").partition(";")[0]
    classifiers = [entry.rpartition(" :: ")[2] for entry in package.metadata.get_all("Classifier") or []]
    named = [_SPELLINGS[entry.lower()] for entry in classifiers if entry.lower() in _SPELLINGS]
    # A text with several lines is the licence itself, not its name.
    if text.lower() in _EMPTY or "\n" in text:
        text = " or ".join(named)
    return expression or _SPELLINGS.get(text.lower(), text) or "not stated"


def _field(package: Distribution, name: str) -> str:
    return str((package.metadata.get_all(name) or [""])[0]).strip()


def is_allowed(package: Package) -> bool:
    """Whether a package is an exception or has an allowed licence. One allowed alternative is enough."""
    choices = re.split(r"\s+or\s+", package.licence, flags=re.IGNORECASE)
    allowed = (all(part in ALLOWED for part in re.split(r"\s+and\s+", each, flags=re.I)) for each in choices)
    return package.name in EXCEPTIONS or any(allowed)


def table(packages: "list[Package]") -> str:
    """Format the packages as a Markdown table."""
    rows = [f"| {package.name} | {package.version} | {package.licence} |" for package in packages]
    return "\n".join(["| package | version | licence |", "|---|---|---|", *rows, ""])


def listed(text: str) -> "list[Package]":
    """Read the packages back from the table on a page."""
    lines = text.partition(BEGINS)[2].partition(ENDS)[0].strip().splitlines()[2:]
    return [Package(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
