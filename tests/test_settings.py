from pathlib import Path

import pytest

from bot.rate_limit import STARTS
from bot.settings import SettingError, load_settings


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("STREETWISE_HOST", "localhost", "an IP address"),
        ("STREETWISE_HOST", "0.0.0.0", "STREETWISE_PROXIES"),
        ("STREETWISE_CONSOLE_HOST", "::", "STREETWISE_PROXIES"),
        ("STREETWISE_DATABASE_URL_FILE", "nowhere", "may read"),
        ("STREETWISE_REDIS_URL_FILE", "/dev/null", "this one is empty"),
        ("STREETWISE_CHAT_PORT", "http", "a port number"),
        ("STREETWISE_CHAT_PORT", "70000", "a port number"),
        ("STREETWISE_CONSOLE_PORT", "5005", "any port but the chat's"),
        ("STREETWISE_CONTENT_DIR", "nowhere", "a directory that exists"),
        ("STREETWISE_CONTENT_DIR", "README.md", "this is a file"),
        ("STREETWISE_ORIGINS", "https://a.example/page", "origins"),
        ("STREETWISE_ORIGINS", "*", "origins"),
        ("STREETWISE_CONSOLE_HOSTS", "https://console.example", "without port or path"),
        ("STREETWISE_DATABASE_URL", "mysql://x", "sqlite:// or postgresql://"),
        ("STREETWISE_KEYS", "mysql://x", "postgresql://"),
        ("STREETWISE_KEYS", "docs", "the path of a file"),
        ("STREETWISE_REDIS_URL", "localhost", "redis://"),
        ("STREETWISE_REDIS_URL", "redis://h:notaport", "redis://HOST:PORT/NUMBER"),
        ("STREETWISE_REDIS_URL", "redis://h:70000", "redis://HOST:PORT/NUMBER"),
        ("STREETWISE_REDIS_URL", "redis://h/first", "redis://HOST:PORT/NUMBER"),
        ("STREETWISE_METRICS_PORT", "http", "a port number"),
        ("STREETWISE_METRICS_PORT", "5006", "any port but"),
        ("STREETWISE_WORKERS", "0", "1 to 64"),
        ("STREETWISE_WORKERS", "two", "1 to 64"),
        ("STREETWISE_REQUEST_SECONDS", "0", "above 0"),
        ("STREETWISE_REQUEST_SECONDS", "soon", "a number of seconds"),
        ("STREETWISE_LOG_LEVEL", "loud", "DEBUG"),
        ("STREETWISE_ENCODER", "nowhere/model.onnx", "a path that exists"),
    ],
)
def test_a_wrong_setting_is_refused_by_name_with_the_allowed_values(name: str, value: str, allowed: str) -> None:
    with pytest.raises(SettingError, match=name) as refusal:
        load_settings({name: value})
    assert allowed in str(refusal.value)


def test_a_refused_database_url_does_not_show_its_password() -> None:
    with pytest.raises(SettingError) as refusal:
        load_settings({"STREETWISE_DATABASE_URL": "mysql://me:secret@host/db"})
    assert "secret" not in str(refusal.value)


def test_a_refused_redis_url_does_not_show_its_password() -> None:
    with pytest.raises(SettingError) as refusal:
        load_settings({"STREETWISE_REDIS_URL": "redis://me:secret@host:notaport"})
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("url", ["redis://h", "rediss://me:secret@h:6380/2", "redis://[::1]:6379/0", "redis://h/"])
def test_a_redis_url_needs_only_a_host(url: str) -> None:
    assert load_settings({"STREETWISE_REDIS_URL": url}).redis_url == url


def test_without_settings_the_defaults_are_used() -> None:
    settings = load_settings({})
    assert (settings.chat_port, settings.console_port, settings.area, settings.origins) == (5005, 5006, "", ())


def test_the_default_limit_on_starts_is_the_rate_limits_own() -> None:
    assert load_settings({}).starts == STARTS


def test_behind_a_proxy_the_chat_can_listen_beyond_loopback_while_the_console_does_not() -> None:
    settings = load_settings({"STREETWISE_HOST": "0.0.0.0", "STREETWISE_PROXIES": "1"})
    assert (settings.host, settings.console_host) == ("0.0.0.0", "127.0.0.1")


def test_a_url_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://me:secret@host/db\n")
    read = load_settings({"STREETWISE_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert read.database_url == "postgresql://me:secret@host/db"


def test_a_url_set_both_directly_and_as_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("redis://host")
    with pytest.raises(SettingError, match="only if STREETWISE_REDIS_URL is not"):
        load_settings({"STREETWISE_REDIS_URL_FILE": str(tmp_path / "url"), "STREETWISE_REDIS_URL": "redis://other"})
