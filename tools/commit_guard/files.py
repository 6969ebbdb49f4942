"""Checks for content that does not belong in a repository: databases, models, archives, events, logs and secrets.

A whole file is refused if .gitignore excludes it, if it is very large, or if it is not text, a picture or a font. Keys
and passwords are found by detect-secrets and, for the kinds that it does not know, by our own patterns.
"""

import hashlib
import math
import re
from collections import Counter
from functools import cache
from typing import Any, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Type

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import RegexBasedDetector

from bot.weights import ENCODER_SHA256, TAGGER_SHA256

#: SHA-256 digests of the models that may be committed.
OUR_MODELS = {"bot/nlu/encoder.onnx": ENCODER_SHA256, "bot/redaction/recognizers/tagger.npz": TAGGER_SHA256}
#: Maximum size of any other file, in bytes. The largest example file has 1.1 million.
LARGEST = 2_000_000


class Refusal(NamedTuple):
    """Something that must not be committed. `line` is 0 if the whole file is refused."""

    path: str
    line: int
    wrong: str
    fix: str

    def __str__(self) -> str:
        """Return the place, the problem and the fix in one line."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.wrong}. {self.fix}"


_TAKE_OUT = "Take it out of the commit with 'git rm --cached' and keep it outside the repository."
_UNSTAGE_DATA = "It may hold what people wrote, or a secret. " + _TAKE_OUT
_REVOKE = "Take it out, pass it in as an environment variable, and revoke it if it was ever real."

#: Pictures and fonts, the only binary files that may be committed.
_VIEWED = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\0\0\1\0", b"wOFF", b"wOF2")
#: Control characters that occur in archives, databases and models but never in text.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

#: Names of source code and prose files, which may contain the patterns in `_DATA`. Data files may not.
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

#: Secrets that detect-secrets 1.5 does not find, or finds in only one form. Text matched by a group named `random` must
#: look random.
_SECRETS: Tuple[Tuple[str, str], ...] = (
    (r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d", "Private Key"),
    (r"\bgithub_pat_\w{22,}", "GitHub Token"),
    (r"\bxox[abeoprs]-[\w-]{10,}", "Slack Token"),
    (r"\bAIza[\w-]{35}", "Google key"),
    (r"\bnpm_[A-Za-z0-9]{36}", "NPM token"),
    (r"\bhf_[A-Za-z]{30,}", "Hugging Face token"),
    (r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}", "key of a language model service"),
    (r"://:[^\s/@\"'<>{}$]+@", "password in an address"),
    (r"\bBearer\s+(?P<random>[A-Za-z0-9._~+/=-]{20,})", "bearer token"),
    (
        r"(?:secret|token|passw(?:or)?d|(?:api|secret|access)_?key)[\"']?\s*[:=]\s*[\"'](?P<random>[^\s\"']{16,})[\"']",
        "secret",
    ),
)
_REFUSED_SECRETS = [(re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in _SECRETS]
#: The kind of secret that is allowed: IP addresses are not secret, and the tests contain many.
_NO_SECRET = "Public IP (ipv4)"
#: Placeholder passwords in documentation and tests.
_PLACEHOLDERS = frozenset({"secret", "password"})
#: Minimum entropy of a random string, in bits per character. Words have about 3, hexadecimal strings nearly 4.
_RANDOM = 3.5


def check_file(path: str, content: bytes, is_ignored: bool) -> Iterator[Refusal]:
    """Yield a refusal of the whole file or, otherwise, of each line that reveals a data file or contains a secret.

    Args:
        path: the file's path in the repository.
        content: the file's bytes.
        is_ignored: whether .gitignore excludes the file.
    """
    whole = _whole(path, content, is_ignored)
    if whole is not None:
        yield whole
    elif is_text(content):
        text = content.decode("utf-8")
        yield from _data_lines(path, text)
        yield from _secrets(path, text)


def is_text(content: bytes) -> bool:
    """Whether content is UTF-8 text without control characters, rather than a picture, font or other binary."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _BINARY.search(content) and not content.startswith(_VIEWED)


def _whole(path: str, content: bytes, is_ignored: bool) -> Optional[Refusal]:
    if path in OUR_MODELS:
        if hashlib.sha256(content).hexdigest() == OUR_MODELS[path]:
            return None
        fix = "Write the digest that 'make encoder' or 'make tagger' printed to bot/weights.py, or restore the file."
        return Refusal(path, 0, "is not the model whose SHA-256 stands in bot/weights.py", fix)
    if is_ignored:
        return Refusal(path, 0, "is among the files that .gitignore keeps out", _UNSTAGE_DATA)
    if not is_text(content) and not content.startswith(_VIEWED):
        return Refusal(path, 0, "is neither text nor a picture, and nobody sees what it holds", _UNSTAGE_DATA)
    if len(content) > LARGEST:
        return Refusal(path, 0, f"is larger than {LARGEST / 1e6:.0f} MB", _TAKE_OUT)
    return None


def _data_lines(path: str, text: str) -> Iterator[Refusal]:
    """Yield a refusal of the first line that identifies a file as a database dump, a list of events or a log."""
    if _SOURCE.search(path) and text.lstrip()[:1] not in ("{", "["):
        return
    for pattern, wrong in _REFUSED_DATA:
        found = pattern.search(text)
        if found:
            yield Refusal(path, _line(text, found.start()), wrong, _UNSTAGE_DATA)
            return


def _secrets(path: str, text: str) -> Iterator[Refusal]:
    for line, kind in sorted(set(_found(text))):
        yield Refusal(path, line, f"holds a secret ({kind})", _REVOKE)


def _found(text: str) -> Iterator[Tuple[int, str]]:
    """Yield the line and kind of every secret."""
    for detector in _detectors():
        # Check the whole text first, because checking the repository line by line would take minutes.
        if any(detector.analyze_string(text)):
            for number, line in enumerate(text.split("\n"), 1):
                if set(detector.analyze_string(line)) - _PLACEHOLDERS:
                    yield number, detector.secret_type
    for pattern, kind in _REFUSED_SECRETS:
        for match in pattern.finditer(text):
            if _looks_random(match.groupdict().get("random")):
                yield _line(text, match.start()), kind


@cache
def _detectors() -> List[RegexBasedDetector]:
    kinds: Mapping[str, Type[Any]] = get_mapping_from_secret_type_to_class()
    return [made() for kind, made in kinds.items() if issubclass(made, RegexBasedDetector) and kind != _NO_SECRET]


def _looks_random(text: Optional[str]) -> bool:
    return text is None or (entropy(text) >= _RANDOM and re.search(r"\d", text) is not None)


def entropy(text: str) -> float:
    """Return the Shannon entropy of `text`, in bits per character."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
