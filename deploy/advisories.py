"""Matches locked packages against a local file of known vulnerabilities.

The file is OSV's export of its PyPI advisories: a zip or a folder with one JSON file per advisory
(https://ossf.github.io/osv-schema/). Nothing is looked up online.
"""

import json
import re
import zipfile
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence

from packaging.version import InvalidVersion, Version

Record = Mapping[str, Any]


class AdvisoryError(ValueError):
    """The list cannot be read. The message says which file and why."""


class Hole(NamedTuple):
    """A known vulnerability in a locked package.

    Args:
        package: the package's normalised name.
        version: its locked version.
        ids: the advisory's id and aliases, sorted.
        fixed_in: the versions that fix it, empty if there are none.
        summary: the advisory's summary.
    """

    package: str
    version: str
    ids: "tuple[str, ...]"
    fixed_in: "tuple[str, ...]"
    summary: str


def read_advisories(path: Path) -> "list[Record]":
    """Read the advisories in a zip or a folder, leaving out withdrawn ones.

    Raises:
        AdvisoryError: the file does not exist, cannot be read as advisories, or has none for PyPI.
    """
    records = []
    for name, text in _files(path):
        try:
            record = json.loads(text)
            about_pypi = any(affected["package"]["ecosystem"] == "PyPI" for affected in record.get("affected", ()))
            str(record["id"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AdvisoryError(f"{path}: {name} is not an advisory in OSV's format ({error!r}).") from error
        if about_pypi and not record.get("withdrawn"):
            records.append(record)
    if not records:
        raise AdvisoryError(f"{path} holds no advisory of PyPI. It must be OSV's export: a zip or a folder of JSON.")
    return records


def _files(path: Path) -> "Iterator[tuple[str, bytes]]":
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            yield str(file.relative_to(path)), file.read_bytes()
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".json"):
                    yield name, archive.read(name)
    except (OSError, zipfile.BadZipFile) as error:
        raise AdvisoryError(f"{path} is neither a folder nor a zip that can be read ({error}).") from error


def newest(records: Iterable[Record]) -> str:
    """Return the date of the latest change to any advisory, as YYYY-MM-DD, or an empty string if none has a date."""
    return max((str(record.get("modified", ""))[:10] for record in records), default="")


def find_holes(packages: Mapping[str, str], records: Iterable[Record]) -> "list[Hole]":
    """Return the known vulnerabilities in `packages` (a map of names to versions), sorted.

    Advisories that name each other as aliases are about the same vulnerability and are merged into one `Hole`.
    """
    versions = {_normal(name): version for name, version in packages.items()}
    found: "dict[tuple[str, frozenset[str]], Hole]" = {}
    for record in records:
        ids = frozenset({record["id"], *record.get("aliases", ())})
        for affected in record.get("affected", ()):
            name = _normal(affected["package"]["name"])
            if affected["package"]["ecosystem"] != "PyPI" or name not in versions:
                continue
            if not _is_affected(versions[name], affected):
                continue
            hole = Hole(name, versions[name], tuple(sorted(ids)), _fixes(affected), str(record.get("summary", "")))
            _merge(found, hole)
    return sorted(found.values())


def _merge(found: "dict[tuple[str, frozenset[str]], Hole]", hole: Hole) -> None:
    """Add `hole` to `found`, merged with any earlier hole that shares an id."""
    for key, earlier in list(found.items()):
        if earlier.package == hole.package and set(earlier.ids) & set(hole.ids):
            del found[key]
            ids = tuple(sorted({*earlier.ids, *hole.ids}))
            fixes = tuple(sorted({*earlier.fixed_in, *hole.fixed_in}, key=_order))
            hole = Hole(hole.package, hole.version, ids, fixes, earlier.summary or hole.summary)
    found[(hole.package, frozenset(hole.ids))] = hole


def _is_affected(version: str, affected: Mapping[str, Any]) -> bool:
    listed = {_order(each) for each in affected.get("versions", ())}
    ranges = (found["events"] for found in affected.get("ranges", ()) if found["type"] == "ECOSYSTEM")
    return _order(version) in listed or any(_is_within(version, events) for events in ranges)


def _is_within(version: str, events: "Sequence[Mapping[str, str]]") -> bool:
    """Whether a version is in a range, given as OSV events such as "introduced" and "fixed"."""
    within, wanted = False, _order(version)
    for kind, at in sorted((pair for event in events for pair in event.items()), key=lambda pair: _order(pair[1])):
        if kind == "introduced" and _order(at) <= wanted:
            within = True
        elif (kind == "fixed" and _order(at) <= wanted) or (kind == "last_affected" and _order(at) < wanted):
            within = False
    return within


def _fixes(affected: Mapping[str, Any]) -> "tuple[str, ...]":
    ranges = [found for found in affected.get("ranges", ()) if found["type"] == "ECOSYSTEM"]
    return tuple(sorted({e["fixed"] for found in ranges for e in found["events"] if "fixed" in e}, key=_order))


def _order(version: str) -> Version:
    """Return a version in comparable form. An invalid version sorts before all others, like OSV's "0"."""
    try:
        return Version(version)
    except InvalidVersion:
        return Version("0.dev0")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
