"""The self-test that runs at every start: the redactor must remove one identifier of each kind."""

from pathlib import Path

import yaml

from bot.redaction.redactor import Redactor

#: A sample message for each kind of identifier; redaction must remove the identifier from it.
SAMPLES = Path(__file__).parent / "self_test.yml"


class RedactorError(RuntimeError):
    """Raised if the redactor fails its self-test and therefore must not be used."""


def run_self_test(redactor: Redactor) -> None:
    """Redact each kind's sample.

    Raises:
        RedactorError: the redactor missed at least one kind in its sample. The message names the missed kinds.
    """
    samples = yaml.safe_load(SAMPLES.read_text(encoding="utf-8"))
    missed = [kind for kind, text in samples.items() if kind not in redactor.redact(text).removed]
    if missed:
        raise RedactorError(
            f"The redactor lets {', '.join(missed)} through. Nothing is served with it; reinstall the package."
        )
