"""Pure functions on sign-offs: which texts are signed off in their current version."""

from datetime import date
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional

from bot.content.texts import Text

UNSIGNED, CHANGED, SIGNED = STATUSES = ("unsigned", "changed", "signed")


class SignOff(NamedTuple):
    """A sign-off of one version of a text: `name` is an account, `role` the role that the person gave.

    `at` is in seconds since 1970. `confirmed_on` is the day on which a service confirmed the facts, or None for texts
    without facts.
    """

    text: str
    version: str
    name: str
    role: str
    at: int
    confirmed_on: Optional[date] = None


#: The last sign-off of each text that has one, by its id.
SignOffs = Mapping[str, SignOff]


class Reviewed(NamedTuple):
    """A text and its last sign-off, if it has one."""

    text: Text
    sign_off: Optional[SignOff]

    @property
    def status(self) -> str:
        """One of `STATUSES`."""
        if self.sign_off is None:
            return UNSIGNED
        return SIGNED if self.sign_off.version == self.text.version else CHANGED

    @property
    def is_due(self) -> bool:
        """Whether it still has to be read and signed off."""
        return self.status != SIGNED


def reviewed(texts: Iterable[Text], sign_offs: SignOffs) -> List[Reviewed]:
    """Each text with its last sign-off, in the same order."""
    return [Reviewed(text, sign_offs.get(text.id)) for text in texts]


def counts(found: Iterable[Reviewed]) -> Dict[str, int]:
    """The number of texts with each status."""
    statuses = [one.status for one in found]
    return {status: statuses.count(status) for status in STATUSES}


def by_file(found: Iterable[Reviewed]) -> Dict[str, List[Reviewed]]:
    """The texts of each file, in the same order."""
    files: Dict[str, List[Reviewed]] = {}
    for one in found:
        files.setdefault(one.text.file, []).append(one)
    return files


def is_earned(found: Iterable[Reviewed]) -> bool:
    """Whether the chat may say that its answers were checked: every text is signed off in its current version."""
    return not any(one.is_due for one in found)
