"""Checks the files in deploy/ with the tools that read them. `deploy/validate` runs it with those tools installed.

Helm's own engine renders the chart, with the defaults and with everything turned on, and each resource is checked
against the Kubernetes schemas. If the machine lacks a tool, its checks are reported as unchecked.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator, Mapping, NamedTuple

DEPLOY = Path(__file__).resolve().parent
CHART, UNITS = DEPLOY / "chart", sorted((DEPLOY / "systemd").glob("streetwise*"))
#: Maximum exposure level from `systemd-analyze security`, on its scale from 0 to 10.
MOST_EXPOSED = 2.0

#: The chart's values: only the required ones, and with everything turned on.
REQUIRED: "Mapping[str, Any]" = {
    "host": "chat.example.org",
    "image": {"name": f"streetwise@sha256:{'0' * 64}"},
    "nginx": {"image": f"nginx@sha256:{'0' * 64}", "tlsSecret": "certificate"},
    "secrets": {"database": "database", "redis": "redis", "keys": "keys"},
}
EVERYTHING: "Mapping[str, Any]" = {
    **REQUIRED,
    "autoscaling": {"enabled": True},
    "console": {"hosts": ["console.example.org"], "from": [{"podSelector": {}}]},
    "settings": {"STREETWISE_AREA": "kent"},
    "storage": {"className": "fast"},
}


class Result(NamedTuple):
    """The result of a check: its name, whether it passed (None if it was not run), and the tool's output."""

    what: str
    passed: "bool | None"
    said: str


def main() -> int:
    """Print a line for each check, with the tool's output unless it passed, and return the exit status."""
    results = list(checks())
    for result in results:
        print({True: "ok        ", False: "WRONG     ", None: "unchecked "}[result.passed], result.what)
        if not result.passed:
            print(result.said)
    return int(any(result.passed is False for result in results))


def checks() -> "Iterator[Result]":
    """Run every check."""
    beside = Path(sys.executable).parent
    yield from _chart(str(beside / "kubernetes-validate"))
    schema = [str(beside / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yml")]
    yield _run("compose.yml: the compose specification", schema)
    yield _run("Containerfile: hadolint", [str(beside / "hadolint"), str(DEPLOY / "Containerfile")])
    yield from _units()


def _chart(validate: str) -> "Iterator[Result]":
    from helm_python import chart as charts
    from helm_python.errors import HelmError

    for name, values in (("what is required", REQUIRED), ("everything turned on", EVERYTHING)):
        what = f"chart, {name}"
        try:
            errors = charts.lint(str(CHART), dict(values))["errors"]
            with charts.Chart.load(CHART) as chart:
                rendered = chart.render(dict(values), name="streetwise", namespace="streetwise")
        except HelmError as error:
            yield Result(f"{what}: Helm", False, str(error))
            continue
        yield Result(f"{what}: Helm", not errors, "\n".join(errors))
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            manifests = (text for path, text in sorted(rendered.items()) if path.endswith(".yaml"))
            file.write("\n---\n".join(manifests))
            file.flush()
            yield _run(f"{what}: schemas of Kubernetes", [validate, "--strict", file.name])
    with charts.Chart.load(CHART) as chart:
        try:
            chart.validate_schema({})
            yield Result("chart: refuses to be installed without what is required", False, "It accepted no values.")
        except HelmError:
            yield Result("chart: refuses to be installed without what is required", True, "")


def _units() -> "Iterator[Result]":
    if shutil.which("systemd-analyze") is None:
        yield Result("systemd units", None, "There is no systemd-analyze on this machine.")
        return
    with tempfile.TemporaryDirectory() as folder:
        # `verify` requires the program to be installed. It is not installed here, so name another program instead.
        for unit in UNITS:
            text = unit.read_text(encoding="utf-8").replace("/opt/streetwise/venv/bin/streetwise", "/bin/true")
            (Path(folder) / unit.name).write_text(text, encoding="utf-8")
        copies = [str(Path(folder) / unit.name) for unit in UNITS]
        yield _run("systemd units: verify", ["systemd-analyze", "verify", "--man=no", *copies])
    for unit in UNITS:
        if unit.suffix == ".service":
            done = _run("", ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)])
            found = re.search(r"exposure level for \S+: ([\d.]+)", done.said)
            exposure = float(found.group(1)) if found else 10.0
            yield Result(
                f"{unit.name}: exposure {exposure}, at most {MOST_EXPOSED}", exposure <= MOST_EXPOSED, done.said
            )


def _run(what: str, command: "list[str]") -> Result:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Result(what, done.returncode == 0, done.stdout + done.stderr)


if __name__ == "__main__":
    sys.exit(main())
