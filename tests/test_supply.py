"""Dependencies: licences are listed and allowed, and an audit claims to cover only what it looked up."""

import datetime

import pytest

from deploy.audited import ACCEPTED, CLEAN, FOUND, NOT_AUDITED, judge, read_accepted
from deploy.licences import (
    EXCEPTIONS,
    LOCK,
    PAGE,
    Package,
    installed,
    is_allowed,
    listed,
    locked,
    notices,
    table_of_lists,
)

KNOWN = {"name": "a", "version": "1", "vulns": []}
UNKNOWN = {"name": "b", "skip_reason": "Dependency not found"}
HOLED = {"name": "c", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}


def test_the_list_of_licences_matches_the_installed_packages() -> None:
    assert listed(PAGE.read_text()) == installed(), "Run 'make licences'."


def test_every_locked_package_is_listed() -> None:
    assert {p.name: p.version for p in listed(PAGE.read_text())} == locked(LOCK.read_text())


def test_every_word_list_that_names_its_source_is_listed_with_its_notice() -> None:
    assert table_of_lists(notices()) in PAGE.read_text(encoding="utf-8"), "Run 'make licences'."


def test_every_licence_is_allowed() -> None:
    assert [package for package in listed(PAGE.read_text()) if not is_allowed(package)] == []


def test_every_exception_is_still_needed() -> None:
    assert set(EXCEPTIONS) <= set(locked(LOCK.read_text()))


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("GPL-3.0 OR MIT", True),
        ("MIT AND GPL-3.0", False),
        ("not stated", False),
    ],
)
def test_a_licence_is_allowed_if_all_its_parts_or_one_alternative_are(licence: str, allowed: bool) -> None:
    assert is_allowed(Package("a", "1", licence)) is allowed


@pytest.mark.parametrize(
    ("packages", "status"),
    [
        ([KNOWN], CLEAN),
        ([KNOWN, HOLED], FOUND),
        ([UNKNOWN, HOLED], FOUND),
        ([UNKNOWN], NOT_AUDITED),
        ([KNOWN, UNKNOWN], NOT_AUDITED),
        ([], NOT_AUDITED),
    ],
    ids=["all known", "one found", "one found beside an unknown one", "none known", "not all known", "none at all"],
)
def test_an_audit_is_clean_only_if_every_package_was_looked_up(packages: "list[dict]", status: int) -> None:
    assert judge({"dependencies": packages}).status == status


def test_no_answer_from_the_service_does_not_count_as_an_audit() -> None:
    assert judge("no route to host") == (NOT_AUDITED, ["no route to host"])


def test_a_vulnerability_is_named_with_its_fix() -> None:
    assert judge({"dependencies": [HOLED]}).lines == ["c 2: PYSEC-1, mended in 3"]


def test_an_accepted_vulnerability_has_a_package_a_last_day_and_a_reason() -> None:
    [entry] = read_accepted("# a note\n\nPYSEC-1 c 2027-01-31 never called here\n")
    assert entry == ("PYSEC-1", "c", datetime.date(2027, 1, 31), "never called here")


@pytest.mark.parametrize("line", ["PYSEC-1 c 2027-01-31", "PYSEC-1 c later never called"])
def test_an_accepted_vulnerability_without_a_reason_or_a_day_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"not enough values|Invalid isoformat"):
        read_accepted(line)


def test_every_accepted_vulnerability_is_in_a_locked_package() -> None:
    assert {entry.package for entry in read_accepted(ACCEPTED.read_text())} <= set(locked(LOCK.read_text()))
