"""Looks up every locked package in a list of known vulnerabilities: pip-audit's, or one in a local file.

pip-audit says "No known vulnerabilities found" even if the service did not know any of the packages, which happens
behind a mirror that serves packages but no vulnerability data. This script therefore counts the packages that were
actually looked up. With --offline FILE, it reads the file with deploy/advisories.py and does not use the network.
"""

import argparse
import datetime
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from deploy.advisories import AdvisoryError, Hole, find_holes, newest, read_advisories
from deploy.licences import locked

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PRODUCTION = ROOT / "deploy" / "production.lock"
ACCEPTED = ROOT / "deploy" / "audit-accepted.txt"
#: Vulnerability services, tried in order until one has looked up every package.
SERVICES = ("pypi", "osv")

CLEAN, FOUND, NOT_AUDITED = 0, 1, 75


class Accepted(NamedTuple):
    """A vulnerability that does not affect us, accepted until a given date."""

    id: str
    package: str
    until: datetime.date
    why: str


class Verdict(NamedTuple):
    """An exit status and the lines to print."""

    status: int
    lines: Sequence[str]


def main() -> int:
    """Print the verdict from the file, or from the first service that has one, and return the exit status."""
    parser = argparse.ArgumentParser(description="Look up the locked packages in a list of known vulnerabilities.")
    parser.add_argument("--offline", type=Path, metavar="FILE", help="OSV's export of PyPI: a zip or a folder of JSON")
    file = parser.parse_args().offline
    today = datetime.date.today()
    accepted = read_accepted(ACCEPTED.read_text(encoding="utf-8"))
    if file is not None:
        return _offline(file, accepted, today)
    passed = [entry.id for entry in accepted if entry.until >= today]
    why_not = []
    for service in SERVICES:
        verdict = judge(_ask(service, passed))
        if verdict.status != NOT_AUDITED:
            print(*verdict.lines, *_noted(accepted, today), sep="\n")
            return verdict.status
        why_not.append(f"{service}: {verdict.lines[0]}")
    print("Not audited.", "; ".join(why_not), file=sys.stderr)
    return NOT_AUDITED


def _offline(file: Path, accepted: "Sequence[Accepted]", today: datetime.date) -> int:
    try:
        records = read_advisories(file)
    except AdvisoryError as error:
        print(f"Not audited. {error}", file=sys.stderr)
        return NOT_AUDITED
    packages, production = (locked(path.read_text(encoding="utf-8")) for path in (LOCK, PRODUCTION))
    verdict = judge_holes(find_holes(packages, records), set(production), accepted, today)
    looked_up = f"{len(packages)} packages, {len(production)} of them in production, looked up in {len(records)}"
    print(*verdict.lines, *_noted(accepted, today), f"{looked_up} advisories up to {newest(records)}.", sep="\n")
    return verdict.status


def judge_holes(
    holes: "Sequence[Hole]", production: "set[str]", accepted: "Sequence[Accepted]", today: datetime.date
) -> Verdict:
    """Judge the vulnerabilities found in a file, leaving out those that are currently accepted.

    Args:
        holes: the vulnerabilities.
        production: the names of the packages installed in production.
        accepted: the entries of audit-accepted.txt.
        today: the current date. Entries that expired before it are ignored.
    """
    passed = {(entry.id, entry.package) for entry in accepted if entry.until >= today}
    left = [hole for hole in holes if not any((name, hole.package) in passed for name in hole.ids)]
    lines = [
        f"{hole.package} {hole.version} ({'production' if hole.package in production else 'development'}): "
        f"{' = '.join(hole.ids)}, mended in {' or '.join(hole.fixed_in) or 'none'}. {hole.summary}".rstrip()
        for hole in sorted(left, key=lambda hole: (hole.package not in production, hole))
    ]
    return Verdict(FOUND if left else CLEAN, lines or ["No vulnerability that is not accepted."])


def _noted(accepted: "Sequence[Accepted]", today: datetime.date) -> "list[str]":
    """For each entry, return a line that says when its acceptance expires or expired."""
    return [
        f"{'Accepted until' if entry.until >= today else 'No longer accepted since'} {entry.until}: "
        f"{entry.id} in {entry.package}, {entry.why}"
        for entry in accepted
    ]


def read_accepted(text: str) -> "list[Accepted]":
    """Parse the entries of audit-accepted.txt.

    Raises:
        ValueError: a line has no date or no reason.
    """
    entries = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, package, until, why = line.split(maxsplit=3)
            entries.append(Accepted(name, package, datetime.date.fromisoformat(until), why))
    return entries


def judge(report: "Mapping[str, Any] | str") -> Verdict:
    """Judge a pip-audit report. If `report` is a string, it says why there is no report."""
    if isinstance(report, str):
        return Verdict(NOT_AUDITED, [report])
    packages = report["dependencies"]
    found = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {' or '.join(hole['fix_versions']) or 'none'}"
        for package in packages
        for hole in package.get("vulns", [])
    ]
    unknown = sum("skip_reason" in package for package in packages)
    missing = f"{unknown} of {len(packages)} packages are unknown to it"
    if found:
        return Verdict(FOUND, [*found, *([missing] if unknown else [])])
    if unknown or not packages:
        return Verdict(NOT_AUDITED, [missing])
    return Verdict(CLEAN, [f"{len(packages)} packages looked up, none with a vulnerability that is not accepted."])


def _ask(service: str, passed: Sequence[str]) -> "Mapping[str, Any] | str":
    """Return pip-audit's report, or the end of its error message if there is no report.

    pip-audit does not resolve dependencies, because the lock file lists every package.
    """
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes", "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off", "--vulnerability-service", service]
    ignored = [option for name in passed for option in ("--ignore-vuln", name)]
    answer = subprocess.run([*command, *options, *ignored], capture_output=True, text=True, check=False)
    try:
        report: "Mapping[str, Any]" = json.loads(answer.stdout)
    except ValueError:
        return (answer.stderr.strip().splitlines() or ["no answer"])[-1][-200:]
    return report


if __name__ == "__main__":
    sys.exit(main())
