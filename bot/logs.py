"""Logging as Rasa's own commands set it up."""

import logging

import rasa.utils.common
import rasa.utils.log_utils


def quiet_logs(level: str) -> None:
    """Set up logging as Rasa's own commands do: without this, structlog prints every message to the terminal."""
    number = logging.getLevelName(level)
    rasa.utils.log_utils.configure_structlog(number)
    rasa.utils.common.configure_logging_and_warnings(number)
    rasa.utils.common.update_sanic_log_level()
