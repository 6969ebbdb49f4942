"""Formats log records: one line per event, with its time, level and logger. It does not import Rasa."""

import json
import logging
import sys
import traceback
from datetime import datetime, timezone
from typing import Any, Dict, TextIO

#: The attribute of a log record that holds a structlog event's fields.
FIELDS = "fields"
_PLAIN = "{time} {level:<7} {logger}: {message}"


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """See the base class."""
        return json.dumps(_as_dict(record), ensure_ascii=False, default=repr)


class PlainFormatter(logging.Formatter):
    """Formats a record as one line for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """See the base class."""
        known = _as_dict(record)
        line = _PLAIN.format(**known)
        return " ".join([line, *(f"{key}={known[key]!r}" for key in (FIELDS, "error", "trace") if key in known)])


def log_handler() -> "logging.StreamHandler[TextIO]":
    """Return a handler that writes to standard error: plain lines to a terminal, and JSON otherwise."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter() if sys.stderr.isatty() else JsonFormatter())
    return handler


def _as_dict(record: logging.LogRecord) -> Dict[str, Any]:
    moment = datetime.fromtimestamp(record.created, timezone.utc)
    known: Dict[str, Any] = {
        "time": moment.isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": record.getMessage(),
    }
    if getattr(record, FIELDS, None):
        known[FIELDS] = getattr(record, FIELDS)
    if record.exc_info and record.exc_info[1] is not None:
        # The exception's own message is omitted, because it may quote what a person typed.
        known["error"] = type(record.exc_info[1]).__name__
        known["trace"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
        ]
    return known
