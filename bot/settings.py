"""Settings from environment variables. This module imports nothing else from the project, so any module may use it.

An invalid setting raises `SettingError` with its name, its value and the allowed values.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
#: Settings that name a file. The setting without "_FILE" is read from that file.
IN_FILES = ("STREETWISE_DATABASE_URL_FILE", "STREETWISE_REDIS_URL_FILE", "STREETWISE_KEYS_FILE")
DATABASE_SCHEMES = ("sqlite", "postgresql", "postgresql+psycopg2")


class SettingError(ValueError):
    """A setting has an invalid value."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        super().__init__(f"{name} is '{value}'. It may be {allowed}. Change it or unset it, then start again.")
        self.name = name


@dataclass(frozen=True)
class Settings:
    """A deployment's settings. The comments document the environment variables."""

    # STREETWISE_HOST: the IP address that the chat listens on. Anything but loopback needs STREETWISE_PROXIES, because
    # the program speaks neither TLS nor HTTP/2 and must not be reached directly.
    host: str
    # STREETWISE_CHAT_PORT: the chat's port.
    chat_port: int
    # STREETWISE_CONSOLE_HOST: the IP address that the staff console listens on, under the same condition. It has its
    # own setting, so that opening the chat to a proxy on another machine does not open the console.
    console_host: str
    # STREETWISE_CONSOLE_PORT: the staff console's port.
    console_port: int
    # STREETWISE_METRICS_PORT: a port on the console's address for Prometheus to read `/metrics` from. If empty,
    # the metrics are not served. Anybody who can reach the port can see how busy the chat is, so do not forward it.
    metrics_port: int | None
    # STREETWISE_DATA_DIR: the directory for the databases, the file of conversations marked for erasure, and the
    # conversation locks shared by several processes.
    data_dir: Path
    # STREETWISE_MODEL_DIR: the directory for trained models.
    model_dir: Path
    # STREETWISE_CONTENT_DIR: an overlay: a directory with only the differences from content/. If empty, there is no
    # overlay.
    content_dir: Path | None
    # STREETWISE_AREA: the police area to assume until the writer names a place. If empty, the default from areas.yml is
    # used.
    area: str
    # STREETWISE_ORIGINS: the origins of host pages that may embed the chat, separated by spaces.
    origins: tuple[str, ...]
    # STREETWISE_CONSOLE_HOSTS: the console's host names in addition to loopback names, separated by spaces.
    console_hosts: tuple[str, ...]
    # STREETWISE_DATABASE_URL: an SQLAlchemy URL. If empty, SQLite in the data directory is used.
    # STREETWISE_DATABASE_URL_FILE: a file that holds this URL, to keep its password out of the environment.
    database_url: str
    # STREETWISE_KEYS: the key file, as a path, or as the postgresql:// URL of a separate database. If empty, it is
    # keys.sqlite, next to an SQLite database or otherwise in the data directory.
    keys_url: str
    # STREETWISE_REDIS_URL: a Redis server that keeps the rate-limit counters for several machines. If empty, each
    # machine keeps its own.
    # STREETWISE_REDIS_URL_FILE: a file that holds this URL.
    redis_url: str
    # STREETWISE_WORKERS: the number of processes that answer the chat. With more than 1, a supervisor starts them, and
    # one more for the console.
    workers: int
    # STREETWISE_KEEP_DAYS: the number of days that a conversation's words are kept for review after its last message.
    keep_days: int
    # STREETWISE_PROXIES: the number of reverse proxies in front of the chat, each of which adds to X-Forwarded-For.
    # With 0, client addresses are not used, because only this machine can reach loopback. This is why 0 is refused if
    # a site listens beyond loopback.
    proxies: int
    # STREETWISE_STARTS: the number of conversations that an address or an IPv6 network may start per minute. A school's
    # pupils may all share an address.
    starts: int
    # STREETWISE_BETA: "on" marks the page as a beta and offers a form for reporting a fault; "off" does neither.
    beta: bool
    # STREETWISE_REQUEST_SECONDS: maximum time for a request to arrive, and for a client to read the response.
    request_seconds: float
    # STREETWISE_LOG_LEVEL: how much is logged. Messages are logged only at "debug", and only after redaction.
    log_level: str
    # STREETWISE_ENCODER, STREETWISE_TOKENIZER: files to use instead of the packaged weights. Their digests are not
    # checked.
    encoder: Path | None
    tokenizer: Path | None


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ` (default: the process's environment).

    Raises:
        SettingError: a setting has an invalid value.
    """
    env = _with_files(os.environ if environ is None else environ)
    proxies = _number(env, "STREETWISE_PROXIES", 0, 0, 9)
    chat_port = _port(env, "STREETWISE_CHAT_PORT", 5005)
    console_port = _port(env, "STREETWISE_CONSOLE_PORT", 5006)
    if chat_port == console_port and chat_port != 0:
        raise SettingError("STREETWISE_CONSOLE_PORT", str(console_port), "any port but the chat's")
    metrics_port = _optional_port(env, "STREETWISE_METRICS_PORT")
    if metrics_port and metrics_port in (chat_port, console_port):
        raise SettingError("STREETWISE_METRICS_PORT", str(metrics_port), "any port but the chat's and the console's")
    data_dir = _directory(env, "STREETWISE_DATA_DIR", "var")
    return Settings(
        host=_host(env, "STREETWISE_HOST", proxies),
        chat_port=chat_port,
        console_host=_host(env, "STREETWISE_CONSOLE_HOST", proxies),
        console_port=console_port,
        metrics_port=metrics_port,
        data_dir=data_dir,
        model_dir=_directory(env, "STREETWISE_MODEL_DIR", "models"),
        content_dir=_existing_directory(env, "STREETWISE_CONTENT_DIR"),
        area=chosen_area(env),
        origins=_origins(env, "STREETWISE_ORIGINS"),
        console_hosts=_hosts(env, "STREETWISE_CONSOLE_HOSTS"),
        database_url=_database_url(env, "STREETWISE_DATABASE_URL", data_dir),
        keys_url=_keys_url(env, "STREETWISE_KEYS"),
        redis_url=_redis_url(env, "STREETWISE_REDIS_URL"),
        workers=_number(env, "STREETWISE_WORKERS", 1, 1, 64),
        keep_days=_number(env, "STREETWISE_KEEP_DAYS", 30, 1, 365),
        proxies=proxies,
        starts=_number(env, "STREETWISE_STARTS", 600, 10, 100_000),
        beta=_choice(env, "STREETWISE_BETA", "on", ("on", "off")) == "on",
        request_seconds=_seconds(env, "STREETWISE_REQUEST_SECONDS", 10.0),
        log_level=_choice(env, "STREETWISE_LOG_LEVEL", "WARNING", LOG_LEVELS),
        encoder=_existing(env, "STREETWISE_ENCODER"),
        tokenizer=_existing(env, "STREETWISE_TOKENIZER"),
    )


def chosen_area(environ: Mapping[str, str] | None = None) -> str:
    """Return STREETWISE_AREA. bot/content/areas.py checks it, because the areas are content."""
    return (os.environ if environ is None else environ).get("STREETWISE_AREA", "").strip().lower()


def _with_files(env: Mapping[str, str]) -> Mapping[str, str]:
    """Return `env` together with the settings read from the files that `IN_FILES` name."""
    read = {}
    for name in IN_FILES:
        path = env.get(name, "").strip()
        if not path:
            continue
        setting = name.removesuffix("_FILE")
        if env.get(setting, "").strip():
            raise SettingError(name, path, f"set only if {setting} is not")
        try:
            read[setting] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(
                name, path, f"a text file that this program may read ({type(error).__name__})"
            ) from error
        if not read[setting]:
            raise SettingError(name, path, f"a file that holds a value for {setting}; this one is empty")
    return {**env, **read}


def _host(env: Mapping[str, str], name: str, proxies: int) -> str:
    value = env.get(name, "").strip() or "127.0.0.1"
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        raise SettingError(name, value, "an IP address such as 127.0.0.1, ::1 or 0.0.0.0, not a name") from None
    if not address.is_loopback and not proxies:
        raise SettingError(
            name,
            value,
            "loopback, or any other address if STREETWISE_PROXIES is the number of reverse proxies in front (1 to 9)",
        )
    return value


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or int(value) > 65535:
        raise SettingError(name, value, "a port number from 0 (any free one) to 65535")
    return int(value)


def _optional_port(env: Mapping[str, str], name: str) -> int | None:
    return _port(env, name, 0) if env.get(name, "").strip() else None


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = env.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or not least <= int(value) <= most:
        raise SettingError(name, value, f"a number from {least} to {most}")
    return int(value)


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    value = env.get(name, "").strip()
    if not value:
        return default
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", value) or not float(value):
        raise SettingError(name, value, "a number of seconds above 0 and below 1000")
    return float(value)


def _directory(env: Mapping[str, str], name: str, default: str) -> Path:
    path = Path(os.path.abspath(ROOT / (env.get(name, "").strip() or default)))
    if path.exists() and not path.is_dir():
        raise SettingError(name, str(path), "a directory, or one that can be made; this is a file")
    return path


def _existing_directory(env: Mapping[str, str], name: str) -> Path | None:
    if not env.get(name, "").strip():
        return None
    path = _directory(env, name, "")
    if not path.exists():
        raise SettingError(name, str(path), "a directory that exists")
    return path


def _choice(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name, "").strip() or default
    for choice in allowed:
        if choice.lower() == value.lower():
            return choice
    raise SettingError(name, value, "one of " + ", ".join(allowed))


def _origins(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    origins = tuple(env.get(name, "").split())
    for origin in origins:
        parts = urlsplit(origin)
        plain = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in ("https", "http") or not parts.netloc or plain != origin or "*" in origin:
            raise SettingError(name, origin, "origins such as https://www.example.org, separated by spaces, no path")
    return origins


def _hosts(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    hosts = tuple(env.get(name, "").lower().split())
    for host in hosts:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host):
            raise SettingError(
                name, host, "names such as console.example.org, separated by spaces, without port or path"
            )
    return hosts


def _database_url(env: Mapping[str, str], name: str, data_dir: Path) -> str:
    value = env.get(name, "").strip()
    if not value:
        return f"sqlite:///{data_dir / 'streetwise.db'}"
    if value.partition("://")[0] not in DATABASE_SCHEMES or "://" not in value:
        # The value may contain a password, so the error shows only its scheme.
        raise SettingError(name, value.partition(":")[0] + ":…", "a URL that begins with sqlite:// or postgresql://")
    return value


def _keys_url(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value or value.partition("://")[0] in DATABASE_SCHEMES[1:]:
        return value
    if "://" in value or (ROOT / value).is_dir():
        # A URL may contain a password, so the error shows only its scheme.
        shown = value.partition(":")[0] + ":…" if "://" in value else value
        raise SettingError(name, shown, "the path of a file, or a URL that begins with postgresql://")
    return f"sqlite:///{(ROOT / value).resolve()}"


def _redis_url(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        return value
    # The value may contain a password, so the error shows only its scheme.
    allowed = "redis://HOST, redis://HOST:PORT/NUMBER or the same with rediss, with a port from 1 to 65535"
    error = SettingError(name, value.partition(":")[0] + ":…", allowed)
    try:
        parts = urlsplit(value)
        is_port = parts.port is None or bool(parts.port)
    except ValueError:
        raise error from None
    if parts.scheme not in ("redis", "rediss") or not is_port or not re.fullmatch(r"/?\d{0,3}", parts.path):
        raise error
    return value


def _existing(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name, "").strip()
    if not value:
        return None
    path = Path(value)
    if not path.exists():
        raise SettingError(name, value, "a path that exists")
    return path
