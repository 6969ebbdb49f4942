"""Sets up logging: one line for each event, with its time, level and logger, and without dropping repeats.

Rasa's own set-up writes neither times nor levels, and drops a line that is like the one before it, so a hundred
failures look like one.
"""

import json
import logging
import sys
import traceback
from datetime import datetime, timezone
from typing import Any, Dict, MutableMapping, Tuple

import rasa.utils.common
import rasa.utils.log_utils
import structlog

#: The attribute of a log record that holds a structlog event's fields.
FIELDS = "fields"
#: The fields of a structlog event that the standard library's loggers understand.
_PASSED_ON = ("exc_info", "stack_info")
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


def configure_logging(level: str) -> None:
    """Log to standard error, as JSON unless it is a terminal. Set the levels of all libraries as Rasa does."""
    number = logging.getLevelName(level)
    rasa.utils.log_utils.configure_structlog(number)
    rasa.utils.common.configure_logging_and_warnings(number, filter_repeated_logs=False)
    rasa.utils.common.update_sanic_log_level()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter() if sys.stderr.isatty() else JsonFormatter())
    root = logging.getLogger()
    root.handlers, root.level = [handler], number
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.contextvars.merge_contextvars, _as_record],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )


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
        # The exception's own message is left out, because it may quote what a person typed.
        known["error"] = type(record.exc_info[1]).__name__
        known["trace"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
        ]
    return known


def _as_record(logger: Any, name: str, event: MutableMapping[str, Any]) -> Tuple[Tuple[str], Dict[str, Any]]:
    """Turn a structlog event into the arguments for a call of the standard library's logger."""
    message = str(event.pop("event", ""))
    how = {key: event.pop(key) for key in _PASSED_ON if key in event}
    return (message,), {**how, "extra": {FIELDS: dict(event)}}
