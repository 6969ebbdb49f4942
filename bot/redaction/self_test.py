"""A self-test at every start: the redactor must remove an example of every kind."""

from pathlib import Path

import yaml

from bot.redaction.redactor import Redactor

#: One message per kind; redaction must remove that kind from it.
SAMPLES = Path(__file__).parent / "self_test.yml"


class RedactorError(RuntimeError):
    """The redactor failed its self-test; nothing may be served with it."""


def run_self_test(redactor: Redactor) -> None:
    """Redact the sample of every kind.

    Raises:
        RedactorError: the redactor left a kind in its sample; the message names it.
    """
    samples = yaml.safe_load(SAMPLES.read_text(encoding="utf-8"))
    missed = [kind for kind, text in samples.items() if kind not in redactor.redact(text).removed]
    if missed:
        raise RedactorError(
            f"The redactor lets {', '.join(missed)} through. Nothing is served with it; reinstall the package."
        )
