"""Sets up logging: one line per event, with its time, level and logger, and without dropping repeats.

Rasa's own set-up logs neither times nor levels, and drops repeated lines, so a hundred failures look like one.
"""

import logging
from typing import Any, Dict, MutableMapping, Tuple

import rasa.utils.common
import rasa.utils.log_utils
import structlog

from bot.log_format import FIELDS, log_handler

#: The fields of a structlog event that the standard library's loggers understand.
_PASSED_ON = ("exc_info", "stack_info")


def configure_logging(level: str) -> None:
    """Log to standard error: plain lines to a terminal, and JSON otherwise. Set libraries' levels as Rasa does."""
    number = logging.getLevelName(level)
    rasa.utils.log_utils.configure_structlog(number)
    rasa.utils.common.configure_logging_and_warnings(number, filter_repeated_logs=False)
    rasa.utils.common.update_sanic_log_level()
    root = logging.getLogger()
    root.handlers, root.level = [log_handler()], number
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.contextvars.merge_contextvars, _as_record],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )


def _as_record(logger: Any, name: str, event: MutableMapping[str, Any]) -> Tuple[Tuple[str], Dict[str, Any]]:
    """Turn a structlog event into arguments for the standard library's logger."""
    message = str(event.pop("event", ""))
    how = {key: event.pop(key) for key in _PASSED_ON if key in event}
    return (message,), {**how, "extra": {FIELDS: dict(event)}}
