"""The container, compose, chart and systemd files name only what exists and do what docs/operating.md says.

`deploy/validate` checks the same files with the tools that read them.
"""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from nginx import CONFIGURATION

from bot.settings import ROOT, load_settings

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
CHART = {path.name: path.read_text(encoding="utf-8") for path in (DEPLOY / "chart" / "templates").iterdir()}
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
SERVICE = (DEPLOY / "systemd" / "streetwise.service").read_text(encoding="utf-8")
FILES = [
    DEPLOY / name
    for name in ("compose.yml", "Containerfile", "chart/templates/chat.yaml", "chart/values.yaml", "systemd/settings")
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_in_the_file_exists(file: Path) -> None:
    settings = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    # The compose file defines its own variable for the program's image.
    named = set(re.findall(r"STREETWISE_[A-Z_]+", file.read_text(encoding="utf-8"))) - {"STREETWISE_IMAGE"}
    assert sorted(name for name in named if f'"{name}"' not in settings) == []


def test_the_programs_ports_are_the_defaults_everywhere() -> None:
    settings = load_settings({})
    ports = {str(settings.chat_port), str(settings.console_port)}
    assert set(re.findall(r"^EXPOSE (\d+) (\d+)$", CONTAINER, re.MULTILINE)[0]) == ports
    assert set(re.findall(r"containerPort: (\d+)", CHART["chat.yaml"])) == ports
    assert COMPOSE["services"]["chat"]["ports"] == [f"127.0.0.1:{settings.console_port}:{settings.console_port}"]


def test_only_nginx_is_on_the_public_network_of_the_compose_file() -> None:
    on_public = [name for name, service in COMPOSE["services"].items() if "public" in service.get("networks", ())]
    assert on_public == ["nginx"]


def test_the_stores_in_the_compose_file_reach_no_other_machine() -> None:
    stores = {name: COMPOSE["services"][name]["networks"] for name in ("database", "redis")}
    assert (stores, COMPOSE["networks"]["stores"]) == (
        {"database": ["stores"], "redis": ["stores"]},
        {"internal": True},
    )


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_in_the_compose_file_is_read_only_and_drops_all_capabilities(name: str) -> None:
    service = COMPOSE["services"][name]
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_no_password_is_in_a_services_environment(name: str) -> None:
    given = COMPOSE["services"][name].get("environment", {})
    assert [key for key in given if re.search("PASSWORD|URL", key) and not key.endswith("_FILE")] == []


def test_the_key_file_has_its_own_volume() -> None:
    chat = COMPOSE["services"]["chat"]
    folder = str(Path(chat["environment"]["STREETWISE_KEYS"]).parent)
    assert f"keys:{folder}" in chat["volumes"]
    assert [name for name, service in COMPOSE["services"].items() if "keys:" in str(service.get("volumes"))] == ["chat"]


def test_a_backup_on_a_single_machine_cannot_read_the_key_file() -> None:
    backup = (DEPLOY / "systemd" / "streetwise-backup.service").read_text(encoding="utf-8")
    settings = (DEPLOY / "systemd" / "settings").read_text(encoding="utf-8")
    folder = re.findall(r"^STREETWISE_KEYS=(\S+)/\S+$", settings, re.MULTILINE)
    assert len(folder) == 1
    assert re.findall(r"^InaccessiblePaths=-(\S+)$", backup, re.MULTILINE) == folder


@pytest.mark.parametrize("image", ["NGINX_IMAGE", "POSTGRES_IMAGE", "REDIS_IMAGE"])
def test_third_party_images_are_pinned_by_digest(image: str) -> None:
    example = (DEPLOY / "compose" / "settings.example").read_text(encoding="utf-8")
    assert re.search(rf"^{image}=\S+@sha256:", example, re.MULTILINE)


def test_the_image_is_built_from_the_production_lock_and_runs_as_an_unprivileged_user() -> None:
    script = (DEPLOY / "install-production").read_text(encoding="utf-8")
    assert ("-r deploy/production.lock" in script, "USER 10001:10001" in CONTAINER) == (True, True)


def test_the_build_context_includes_everything_that_the_build_copies() -> None:
    copied = re.findall(r"^cp -R (.+) \"", (DEPLOY / "install-production").read_text(encoding="utf-8"), re.MULTILINE)
    allowed = set((ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())
    assert [name for name in copied[0].split() if f"!{name}" not in allowed] == []


@pytest.mark.parametrize("text", [str(COMPOSE["services"]["nginx"]["command"]), CHART["nginx.yaml"]])
def test_every_text_replaced_in_the_proxys_configuration_is_in_it(text: str) -> None:
    configuration = CONFIGURATION.read_text(encoding="utf-8")
    replaced = re.findall(r"s#([^#]+)#", text) + re.findall(r'replace "([^"]+)"', text)
    assert len(replaced) >= 2
    assert [old for old in replaced if old.replace("\\n", "\n") not in configuration] == []


def test_the_chart_ships_the_same_proxy_configuration() -> None:
    assert (DEPLOY / "chart" / "files" / "nginx.conf").resolve() == CONFIGURATION


def test_the_program_has_longer_to_stop_than_the_proxy_waits_for_an_answer() -> None:
    reads = int(re.findall(r"proxy_read_timeout (\d+)s", CONFIGURATION.read_text(encoding="utf-8"))[0])
    stops = [
        int(COMPOSE["services"]["chat"]["stop_grace_period"].removesuffix("s")),
        *map(int, re.findall(r"^TimeoutStopSec=(\d+)$", SERVICE, re.MULTILINE)),
        *map(int, re.findall(r"terminationGracePeriodSeconds: (\d+)", CHART["chat.yaml"])),
    ]
    assert (len(stops), min(stops) > reads) == (3, True)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    subprocess.run([DEPLOY / "compose" / "make-secrets", tmp_path / "secrets"], check=True, capture_output=True)
    return tmp_path / "secrets"


def test_only_the_owner_can_read_the_secrets(secrets: Path) -> None:
    assert secrets.stat().st_mode & 0o777 == 0o700


def test_existing_secrets_are_not_replaced(secrets: Path) -> None:
    again = subprocess.run([DEPLOY / "compose" / "make-secrets", secrets], check=False, capture_output=True, text=True)
    assert (again.returncode, "must not exist yet" in again.stderr) == (1, True)


@pytest.mark.parametrize("setting", ["STREETWISE_DATABASE_URL_FILE", "STREETWISE_REDIS_URL_FILE"])
def test_the_program_reads_the_generated_secrets(secrets: Path, setting: str) -> None:
    file = secrets / Path(COMPOSE["services"]["chat"]["environment"][setting]).name
    settings = load_settings({setting: str(file)})
    assert file.read_text() in (settings.database_url, settings.redis_url)


def test_the_database_has_the_password_that_the_program_uses(secrets: Path) -> None:
    assert (secrets / "database_password").read_text() in (secrets / "database_url").read_text()
