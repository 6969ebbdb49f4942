"""The container, compose, chart and systemd files: they name what exists, and hold what docs/operating.md says of them.

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
def test_every_setting_that_is_given_exists(file: Path) -> None:
    settings = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    # The image of the program is a variable of the compose file itself.
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


def test_the_stores_of_the_compose_file_reach_no_other_machine() -> None:
    stores = {name: COMPOSE["services"][name]["networks"] for name in ("database", "redis")}
    assert (stores, COMPOSE["networks"]["stores"]) == (
        {"database": ["stores"], "redis": ["stores"]},
        {"internal": True},
    )


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_of_the_compose_file_is_read_only_and_without_capabilities_it_does_not_need(name: str) -> None:
    service = COMPOSE["services"][name]
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_no_password_is_in_the_environment_of_a_service(name: str) -> None:
    given = COMPOSE["services"][name].get("environment", {})
    assert [key for key in given if re.search("PASSWORD|URL", key) and not key.endswith("_FILE")] == []


def test_the_keys_of_the_words_have_a_volume_of_their_own() -> None:
    chat = COMPOSE["services"]["chat"]
    folder = str(Path(chat["environment"]["STREETWISE_KEYS"]).parent)
    assert f"keys:{folder}" in chat["volumes"]
    assert [name for name, service in COMPOSE["services"].items() if "keys:" in str(service.get("volumes"))] == ["chat"]


def test_a_backup_on_a_single_machine_cannot_read_the_keys_of_the_words() -> None:
    backup = (DEPLOY / "systemd" / "streetwise-backup.service").read_text(encoding="utf-8")
    settings = (DEPLOY / "systemd" / "settings").read_text(encoding="utf-8")
    folder = re.findall(r"^STREETWISE_KEYS=(\S+)/\S+$", settings, re.MULTILINE)
    assert len(folder) == 1
    assert re.findall(r"^InaccessiblePaths=-(\S+)$", backup, re.MULTILINE) == folder


@pytest.mark.parametrize("image", ["NGINX_IMAGE", "POSTGRES_IMAGE", "REDIS_IMAGE"])
def test_the_images_of_others_are_named_by_digest(image: str) -> None:
    example = (DEPLOY / "compose" / "settings.example").read_text(encoding="utf-8")
    assert re.search(rf"^{image}=\S+@sha256:", example, re.MULTILINE)


def test_the_image_is_built_from_the_production_lock_and_runs_as_nobody_with_rights() -> None:
    script = (DEPLOY / "install-production").read_text(encoding="utf-8")
    assert ("-r deploy/production.lock" in script, "USER 10001:10001" in CONTAINER) == (True, True)


def test_what_the_build_copies_is_let_into_the_build() -> None:
    copied = re.findall(r"^cp -R (.+) \"", (DEPLOY / "install-production").read_text(encoding="utf-8"), re.MULTILINE)
    allowed = set((ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())
    assert [name for name in copied[0].split() if f"!{name}" not in allowed] == []


@pytest.mark.parametrize("text", [str(COMPOSE["services"]["nginx"]["command"]), CHART["nginx.yaml"]])
def test_what_is_changed_in_the_proxys_configuration_is_there(text: str) -> None:
    configuration = CONFIGURATION.read_text(encoding="utf-8")
    replaced = re.findall(r"s#([^#]+)#", text) + re.findall(r'replace "([^"]+)"', text)
    assert len(replaced) >= 2
    assert [old for old in replaced if old.replace("\\n", "\n") not in configuration] == []


def test_the_chart_ships_the_proxys_configuration_itself() -> None:
    assert (DEPLOY / "chart" / "files" / "nginx.conf").resolve() == CONFIGURATION


def test_the_proxy_may_wait_for_the_program_as_long_as_the_program_may_take_to_stop() -> None:
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


def test_the_secrets_are_read_by_their_owner_only(secrets: Path) -> None:
    assert secrets.stat().st_mode & 0o777 == 0o700


def test_the_secrets_in_use_are_not_replaced(secrets: Path) -> None:
    again = subprocess.run([DEPLOY / "compose" / "make-secrets", secrets], check=False, capture_output=True, text=True)
    assert (again.returncode, "must not exist yet" in again.stderr) == (1, True)


@pytest.mark.parametrize("setting", ["STREETWISE_DATABASE_URL_FILE", "STREETWISE_REDIS_URL_FILE"])
def test_the_program_reads_the_secrets_that_are_made(secrets: Path, setting: str) -> None:
    file = secrets / Path(COMPOSE["services"]["chat"]["environment"][setting]).name
    settings = load_settings({setting: str(file)})
    assert file.read_text() in (settings.database_url, settings.redis_url)


def test_the_database_has_the_password_that_the_program_uses(secrets: Path) -> None:
    assert (secrets / "database_password").read_text() in (secrets / "database_url").read_text()
