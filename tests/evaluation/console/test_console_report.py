"""The committed report on the console: every limit is kept, and the page says what was measured."""

import json
from copy import deepcopy

import pytest

from evaluation.console.run import LIMITS, MOST_ADDED, REPORT, judge, render, spread

FIGURES = json.loads(REPORT.read_text(encoding="utf-8"))


def test_every_limit_is_kept() -> None:
    assert all(judge(FIGURES).values())


def test_a_million_conversations_were_asked_for_by_300_requests_at_least() -> None:
    assert FIGURES["conversations"] >= 1_000_000
    assert sum(kinds["all"]["requests"] for kinds in FIGURES["pages"].values()) >= 300


def test_the_page_is_what_the_template_makes_of_the_figures() -> None:
    assert REPORT.with_suffix(".md").read_text(encoding="utf-8") == render(FIGURES)


@pytest.mark.parametrize("page", sorted(FIGURES["pages"]))
def test_a_page_that_is_too_slow_is_noticed_and_said(page: str) -> None:
    slower = deepcopy(FIGURES)
    slower["pages"][page]["all"]["p95"] = LIMITS[page] + 0.1
    assert judge(slower) == {**judge(FIGURES), page: False}
    assert render(slower).count("**no**") == 1


def test_a_log_that_takes_too_long_is_noticed_and_said() -> None:
    slower = deepcopy(FIGURES)
    slower["message"]["added"] = MOST_ADDED + 0.01
    assert judge(slower) == {**judge(FIGURES), "message": False}
    assert render(slower).count("**no**") == 1


def test_times_are_summed_up_by_median_95th_percentile_and_worst() -> None:
    assert spread([float(n) for n in range(100, 0, -1)]) == {"requests": 100, "p50": 50.5, "p95": 95.0, "worst": 100.0}
