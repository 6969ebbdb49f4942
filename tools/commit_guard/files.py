"""Checks for files that do not belong in a repository: databases, models, archives, events, logs, keys, passwords.

Files are recognised by name and, since names change easily, by their first bytes or content.
"""

import hashlib
import io
import math
import re
import tarfile
from collections import Counter
from typing import Iterator, NamedTuple, Optional, Tuple

from bot.weights import ENCODER_SHA256, TAGGER_SHA256

#: SHA-256 digests of the models that may be committed.
OUR_MODELS = {"bot/nlu/encoder.onnx": ENCODER_SHA256, "bot/redaction/recognizers/tagger.npz": TAGGER_SHA256}


class Refusal(NamedTuple):
    """Something that may not be committed. `line` is 0 for the whole file."""

    path: str
    line: int
    wrong: str
    fix: str

    def __str__(self) -> str:
        """Place, problem and fix in one line."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.wrong}. {self.fix}"


_TAKE_OUT = "Take it out of the commit with 'git rm --cached' and keep it outside the repository."
_UNSTAGE_DATA = "It may hold what people wrote. " + _TAKE_OUT
_REVOKE = "Take it out, pass it in as an environment variable, and revoke it if it was ever real."

_NAMES: Tuple[Tuple[str, str, str], ...] = (
    (r"(?:^|/)(?:var|\.rasa)/", "is in a folder for what a running assistant keeps", _UNSTAGE_DATA),
    (r"^models/", "is in the folder of trained models", _TAKE_OUT),
    (
        r"\.(?:db3?|s3db|sdb|sqlite3?|mdb|accdb|dbf|duckdb|rdb|ibd|frm|dump|bak|pgdump)(?:[-.](?:wal|shm|journal))?$|-(?:wal|shm|journal)$",
        "is a database or a copy of one",
        _UNSTAGE_DATA,
    ),
    (
        r"\.(?:onnx|pkl|pickle|joblib|h5|hdf5|keras|pt|pth|ckpt|safetensors|tflite|pb|npy|npz)$",
        "is a trained model",
        _TAKE_OUT,
    ),
    (r"\.(?:tar|tgz|gz|bz2|xz|zst|zip|7z|rar)$", "is an archive, and nobody sees what it holds", _TAKE_OUT),
    (r"(?:^|/)(?:events?|trackers?|conversations?)\.(?:json|jsonl|ndjson|csv)$", "is a file of events", _UNSTAGE_DATA),
    (r"\.log(?:\.\d+)?$|(?:^|/)nohup\.out$", "is a log", _UNSTAGE_DATA),
    (r"(?:^|/)\.env(?!\.example$)(?:\.[\w.-]+)?$", "is a file of settings that hold secrets", _REVOKE),
    (r"(?:^|/)id_(?:rsa|dsa|ecdsa|ed25519)$|\.(?:key|p12|pfx|jks|keystore|kdbx|ppk)$", "is a private key", _REVOKE),
    (r"(?:^|/)\.(?:netrc|pgpass|htpasswd|pypirc)$", "is a file of passwords", _REVOKE),
)
_REFUSED_NAMES = [(re.compile(pattern, re.IGNORECASE), wrong, fix) for pattern, wrong, fix in _NAMES]

_FIRST_BYTES: Tuple[Tuple[bytes, str, str], ...] = (
    (b"SQLite format 3\0", "is an SQLite database", _UNSTAGE_DATA),
    (b"\x37\x7f\x06\x82", "is the write-ahead log of an SQLite database", _UNSTAGE_DATA),
    (b"\x37\x7f\x06\x83", "is the write-ahead log of an SQLite database", _UNSTAGE_DATA),
    (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "is the journal of an SQLite database", _UNSTAGE_DATA),
    (b"PGDMP", "is a dump of a PostgreSQL database", _UNSTAGE_DATA),
    (b"REDIS0", "is a dump of a Redis database", _UNSTAGE_DATA),
    (b"\x89HDF\r\n\x1a\n", "is a trained model (HDF5)", _TAKE_OUT),
    (b"\x93NUMPY", "is an array of numbers, as models hold them", _TAKE_OUT),
    *((bytes([0x80, version]), "is a pickle, as models are kept in", _TAKE_OUT) for version in range(2, 6)),
    *(
        (magic, "is an archive, and nobody sees what it holds", _TAKE_OUT)
        for magic in (b"PK\x03\x04", b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd", b"Rar!")
    ),
)
_GZIP = b"\x1f\x8b"
#: Pictures and fonts, the only binary files that may be committed.
_VIEWED = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\0\0\1\0", b"wOFF", b"wOF2")

#: Source and prose may contain what data files may not.
_SOURCE = re.compile(r"\.(?:py|pyi|md|js|css|html|jinja|toml|sh)$", re.IGNORECASE)
_DATA: Tuple[Tuple[str, str], ...] = (
    (r"^-- (?:PostgreSQL|MySQL|MariaDB)(?: database)? dump|^PRAGMA foreign_keys=OFF;", "is a dump of a database"),
    (r"^\s*INSERT INTO\s.*\bVALUES\b|^\s*COPY\s.*\bFROM stdin", "is a dump of a database"),
    (
        r"""["']?\bevent["']?\s*:\s*["']?(?:user|bot|action|slot|session_started)\b["']?""",
        "holds the events of a conversation",
    ),
    (r"""(?:^|[\s,{"'])sender_id(?:["']?\s*:|["']?,)""", "holds the events of a conversation"),
    (
        r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*\s.*\b(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b"
        r"|^\S+ \S+ \S+ \[\d{1,2}/\w{3}/\d{4}:",
        "is a log",
    ),
)
_REFUSED_DATA = [(re.compile(pattern, re.IGNORECASE | re.MULTILINE), wrong) for pattern, wrong in _DATA]

_SECRETS: Tuple[Tuple[str, str], ...] = (
    (r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d", "private key"),
    (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", "AWS key"),
    (r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}", "GitHub token"),
    (r"\bglpat-[\w-]{20,}", "GitLab token"),
    (r"\bxox[abeoprs]-[\w-]{10,}", "Slack token"),
    (r"\b[rs]k_live_[A-Za-z0-9]{16,}", "Stripe key"),
    (r"\bAIza[\w-]{35}", "Google key"),
    (r"\bSG\.[\w-]{16,}\.[\w-]{16,}", "SendGrid key"),
    (r"\bnpm_[A-Za-z0-9]{36}|\bpypi-[A-Za-z0-9_-]{50,}", "package registry token"),
    (r"\bhf_[A-Za-z]{30,}", "Hugging Face token"),
    (r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}", "key of a language model service"),
    (r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b", "Telegram token"),
    (r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}", "signed token (JWT)"),
    (r"://[^\s/:@\"'<>{}$]*:(?P<it>[^\s/@\"'<>{}$]+)@", "password in an address"),
    (r"\bBearer\s+(?P<random>[A-Za-z0-9._~+/=-]{20,})", "bearer token"),
    (
        r"(?:secret|token|passw(?:or)?d|(?:api|secret|access)_?key)[\"']?\s*[:=]\s*[\"'](?P<random>[^\s\"']{16,})[\"']",
        "secret",
    ),
)
_REFUSED_SECRETS = [(re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in _SECRETS]
#: Placeholder passwords in documentation and tests.
_STAND_INS = frozenset({"secret", "password"})
#: Least bits per character of a random text: words have about 3, hexadecimal digits nearly 4.
_RANDOM = 3.5


def check_file(path: str, content: bytes) -> Iterator[Refusal]:
    """Yield what is wrong with a file as a whole, and the lines with secrets."""
    whole = _known_name(path, content) or _known_bytes(path, content)
    if whole is not None:
        yield whole
        return
    if not is_text(content):
        return
    text = content.decode("utf-8", errors="replace")
    yield from _data_lines(path, text)
    yield from _secrets(path, text)


def is_text(content: bytes) -> bool:
    """Whether content is text, not a picture, font or other binary."""
    return b"\0" not in content[:8192] and not content.startswith(_VIEWED)


def _known_name(path: str, content: bytes) -> Optional[Refusal]:
    if path in OUR_MODELS:
        if hashlib.sha256(content).hexdigest() == OUR_MODELS[path]:
            return None
        fix = "Write the digest that 'make encoder' or 'make tagger' printed to bot/weights.py, or restore the file."
        return Refusal(path, 0, "is not the model whose SHA-256 stands in bot/weights.py", fix)
    for pattern, wrong, fix in _REFUSED_NAMES:
        if pattern.search(path):
            return Refusal(path, 0, wrong, fix)
    return None


def _known_bytes(path: str, content: bytes) -> Optional[Refusal]:
    if path in OUR_MODELS:
        return None
    for magic, wrong, fix in _FIRST_BYTES:
        if content.startswith(magic):
            return Refusal(path, 0, wrong, fix)
    if content.startswith(_GZIP):
        wrong = "is a trained Rasa model" if _is_rasa_model(content) else "is an archive, and nobody sees what it holds"
        return Refusal(path, 0, wrong, _TAKE_OUT)
    if not is_text(content) and not content.startswith(_VIEWED):
        return Refusal(path, 0, "is neither text nor a picture, and nobody sees what it holds", _TAKE_OUT)
    return None


def _is_rasa_model(content: bytes) -> bool:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            return any(name.lstrip("./") in ("metadata.json", "fingerprint.json") for name in archive.getnames())
    except (tarfile.TarError, EOFError, OSError):
        return False


def _data_lines(path: str, text: str) -> Iterator[Refusal]:
    """Yield the first line that shows a data file to be a dump, a list of events or a log."""
    if _SOURCE.search(path) and text.lstrip()[:1] not in ("{", "["):
        return
    for pattern, wrong in _REFUSED_DATA:
        found = pattern.search(text)
        if found:
            yield Refusal(path, _line(text, found.start()), wrong, _UNSTAGE_DATA)
            return


def _secrets(path: str, text: str) -> Iterator[Refusal]:
    for pattern, kind in _REFUSED_SECRETS:
        for match in pattern.finditer(text):
            if _is_secret(match):
                yield Refusal(path, _line(text, match.start()), f"holds a {kind}", _REVOKE)


def _is_secret(match: "re.Match[str]") -> bool:
    found = match.groupdict()
    if found.get("random"):
        return entropy(found["random"]) >= _RANDOM and re.search(r"\d", found["random"]) is not None
    return found.get("it") not in _STAND_INS


def entropy(text: str) -> float:
    """Shannon entropy of `text` in bits per character."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
