"""The example alerts and the dashboard: promtool accepts them, each alert is tested, and their metrics exist."""

import json
import re
import shutil
import subprocess
from typing import Any, Dict, List

import pytest
import yaml

from bot import monitoring
from bot.settings import ROOT

FOLDER = ROOT / "deploy" / "monitoring"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: "Dict[str, Any]" = json.loads((FOLDER / "grafana-dashboard.json").read_text())
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def promtool(*arguments: str) -> "subprocess.CompletedProcess[str]":
    found = shutil.which("promtool")
    if found is None:
        pytest.fail("promtool is not installed: apt-get install promtool. The example alerts are tested with it.")
    return subprocess.run([found, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)


def metrics_in(text: str) -> "List[str]":
    return re.findall(r"streetwise_\w+", text)


def exported() -> "set[str]":
    """The names under which our metrics are exported."""
    names = {family.name: family.type for family in monitoring.registry().collect()}
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {name + ending for name, kind in names.items() if kind in endings for ending in endings[kind]}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml")])
def test_promtool_accepts_the_files(arguments: "tuple[str, ...]") -> None:
    done = promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_each_alert_fires_when_it_should_and_not_before() -> None:
    done = promtool("test", "rules", "alerts-test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tested_both_firing_and_not_firing() -> None:
    cases = [
        case
        for test in yaml.safe_load((FOLDER / "alerts-test.yml").read_text())["tests"]
        for case in test["alert_rule_test"]
    ]
    for rule in RULES:
        raised = {bool(case["exp_alerts"]) for case in cases if case["alertname"] == rule["alert"]}
        assert raised == {True, False}, rule["alert"]


def test_the_alerts_use_metrics_that_exist() -> None:
    assert {name for rule in RULES for name in metrics_in(rule["expr"])} - exported() == set()


def test_the_dashboard_uses_metrics_that_exist() -> None:
    assert {name for query in QUERIES for name in metrics_in(query)} - exported() == set()


def test_the_dashboard_shows_every_metric() -> None:
    shown = {name for query in QUERIES for name in metrics_in(query)}
    families = {family.name for family in monitoring.registry().collect() if family.name.startswith("streetwise_")}
    assert [name for name in families if not any(one.startswith(name) for one in shown)] == []


def test_the_runbook_covers_every_alert() -> None:
    runbook = (ROOT / "docs" / "RUNBOOK.md").read_text()
    assert [rule["alert"] for rule in RULES if f"`{rule['alert']}`" not in runbook] == []
