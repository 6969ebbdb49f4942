"""Proof, at every start, that the redactor takes out what it is there for."""

from pathlib import Path

import yaml

from bot.privacy.redact import Redactor

#: A message for each kind, which must lose what it holds of that kind.
SAMPLES = Path(__file__).parent / "samples.yml"


class RedactorError(RuntimeError):
    """The redactor is not what it should be; nothing may be served with it."""


def prove(redactor: Redactor) -> None:
    """See that every kind is taken out of its sample.

    Raises:
        RedactorError: names the kinds that were not.
    """
    samples = yaml.safe_load(SAMPLES.read_text(encoding="utf-8"))
    missed = [kind for kind, text in samples.items() if kind not in redactor.redact(text).removed]
    if missed:
        raise RedactorError(
            f"The redactor lets {', '.join(missed)} through. Nothing is served with it; install the package anew."
        )
