"""Refuses to start under `rasa run` if Rasa's own HTTP interface is open without a secret."""

import argparse
from typing import Sequence


class OpenApiError(RuntimeError):
    """Rasa's HTTP interface would let anybody read every conversation."""


def refuse_open_api(arguments: Sequence[str]) -> None:
    """Check that `rasa run` does not open its HTTP interface without a secret.

    That interface can read and write any conversation, and Rasa does not protect it by default.

    Args:
        arguments: the command-line arguments, without the program's name.

    Raises:
        OpenApiError: `--enable-api` was given without `--auth-token` or `--jwt-secret`.
    """
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--enable-api", action="store_true")
    parser.add_argument("--auth-token")
    parser.add_argument("--jwt-secret")
    known, _ = parser.parse_known_args(list(arguments))
    if known.enable_api and not (known.auth_token or known.jwt_secret):
        raise OpenApiError(
            "'--enable-api' lets whoever can reach it read every conversation. Leave it out, or give it a secret with "
            "'--auth-token' or '--jwt-secret'."
        )
