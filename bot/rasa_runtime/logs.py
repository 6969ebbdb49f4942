"""Sets up logging."""

import logging

import rasa.utils.common
import rasa.utils.log_utils


def configure_logging(level: str) -> None:
    """Set up logging as Rasa's commands do. Without this, structlog prints every message to the terminal."""
    number = logging.getLevelName(level)
    rasa.utils.log_utils.configure_structlog(number)
    rasa.utils.common.configure_logging_and_warnings(number)
    rasa.utils.common.update_sanic_log_level()
