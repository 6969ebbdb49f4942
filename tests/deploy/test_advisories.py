"""The offline audit, which reads known vulnerabilities from a file."""

import datetime
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.settings import ROOT
from deploy.advisories import AdvisoryError, find_holes, newest, read_advisories
from deploy.audited import CLEAN, FOUND, NOT_AUDITED, Accepted, judge_holes

FOLDER = Path(__file__).parent / "advisories"
TODAY = datetime.date(2026, 11, 30)


def ids(**packages: str) -> "list[tuple[str, ...]]":
    return [hole.ids for hole in find_holes(packages, read_advisories(FOLDER))]


def test_a_version_before_the_fix_is_reported_once_with_all_its_ids() -> None:
    [hole] = find_holes({"kettle-lib": "1.4.1"}, read_advisories(FOLDER))
    assert hole == (
        "kettle-lib",
        "1.4.1",
        ("CVE-2024-0001", "GHSA-aaaa-bbbb-cccc", "PYSEC-2024-1"),
        ("1.4.2",),
        "Kettle boils over",
    )


@pytest.mark.parametrize("version", ["1.4.2", "1.10", "2!0"])
def test_the_fixed_version_and_later_ones_are_not_reported(version: str) -> None:
    assert ids(**{"kettle-lib": version}) == []


@pytest.mark.parametrize(("version", "is_found"), [("1.9", False), ("2.0", True), ("2.3", True), ("2.3.1", False)])
def test_a_range_without_a_fix_ends_at_the_last_affected_version(version: str, is_found: bool) -> None:
    assert ids(teapot=version) == [("PYSEC-2025-7",)] * is_found


def test_withdrawn_advisories_and_advisories_for_other_registries_are_ignored() -> None:
    assert ids(teapot="1.0") == []


def test_the_list_is_dated_by_its_newest_advisory() -> None:
    assert newest(read_advisories(FOLDER)) == "2025-01-09"


def test_a_zip_is_read_like_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in FOLDER.glob("*.json"):
            archive.write(file, file.name)
    assert read_advisories(tmp_path / "all.zip") == read_advisories(FOLDER)


@pytest.mark.parametrize("text", ["not json", "[]", "{}", '{"id": "X", "affected": [{}]}'])
def test_a_file_that_is_not_an_advisory_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(AdvisoryError, match=r"odd\.json"):
        read_advisories(tmp_path)


def test_a_list_without_advisories_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdvisoryError, match="no advisory of PyPI"):
        read_advisories(tmp_path)


def verdict(*accepted: Accepted) -> "tuple[int, list[str]]":
    holes = find_holes({"kettle-lib": "1.4.1", "teapot": "2.1"}, read_advisories(FOLDER))
    status, lines = judge_holes(holes, {"teapot"}, accepted, TODAY)
    return status, list(lines)


def test_vulnerabilities_are_listed_with_their_fix_and_production_first() -> None:
    assert verdict() == (
        FOUND,
        [
            "teapot 2.1 (production): PYSEC-2025-7, mended in none. Teapot reads any file",
            "kettle-lib 1.4.1 (development): CVE-2024-0001 = GHSA-aaaa-bbbb-cccc = PYSEC-2024-1, mended in 1.4.2. "
            "Kettle boils over",
        ],
    )


def test_a_vulnerability_accepted_under_any_of_its_ids_is_left_out() -> None:
    until = datetime.date(2027, 1, 31)
    accepted = Accepted("CVE-2024-0001", "kettle-lib", until, "why"), Accepted("PYSEC-2025-7", "teapot", until, "why")
    assert verdict(*accepted)[0] == CLEAN


def test_a_vulnerability_accepted_until_yesterday_is_reported() -> None:
    yesterday = TODAY - datetime.timedelta(days=1)
    assert len(verdict(Accepted("PYSEC-2025-7", "teapot", yesterday, "why"))[1]) == 2


def audit(path: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deploy.audited", "--offline", str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_checks_both_locks(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "list")
    text = (FOLDER / "PYSEC-2025-7.json").read_text().replace("teapot", "sanic").replace("PYSEC-2025-7", "PYSEC-0-0")
    (tmp_path / "list" / "PYSEC-0-0.json").write_text(text.replace('"2.0"', '"21.0"').replace('"2.3"', '"22.0"'))
    done = audit(tmp_path / "list")
    assert (done.returncode, "sanic 21.12.2 (production): PYSEC-0-0" in done.stdout) == (FOUND, True), done.stderr


def test_the_command_says_that_nothing_was_audited_if_the_list_cannot_be_read(tmp_path: Path) -> None:
    done = audit(tmp_path / "nowhere.zip")
    assert (done.returncode, "Not audited" in done.stderr) == (NOT_AUDITED, True)
