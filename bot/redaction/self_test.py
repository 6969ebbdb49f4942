"""The self-test that runs at every start: the redactor must remove one identifier of each kind."""

from pathlib import Path

import yaml

from bot.redaction.redactor import Redactor

#: A sample message for each kind of identifier; redaction must remove the identifier from it.
SAMPLES = Path(__file__).parent / "self_test.yml"


class RedactorError(RuntimeError):
    """Raised if the redactor fails its self-test. It must not be used to serve anything then."""


def run_self_test(redactor: Redactor) -> None:
    """Redact the sample for every kind.

    Raises:
        RedactorError: the redactor missed a kind in its sample. The message names the kinds it missed.
    """
    samples = yaml.safe_load(SAMPLES.read_text(encoding="utf-8"))
    missed = [kind for kind, text in samples.items() if kind not in redactor.redact(text).removed]
    if missed:
        raise RedactorError(
            f"The redactor lets {', '.join(missed)} through. Nothing is served with it; reinstall the package."
        )
