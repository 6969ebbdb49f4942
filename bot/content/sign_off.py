"""Pure functions that work out which texts have had their current version signed off."""

from datetime import date
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional

from bot.content.texts import Text

UNSIGNED, CHANGED, SIGNED = STATUSES = ("unsigned", "changed", "signed")


class SignOff(NamedTuple):
    """The sign-off of one version of a text.

    `name` is the account's name, and `role` is the role that the person stated. `at` is in seconds since 1970.
    `confirmed_on` is the day on which a service confirmed the facts, or None for texts without facts.
    """

    text: str
    version: str
    name: str
    role: str
    at: int
    confirmed_on: Optional[date] = None


#: The latest sign-off of each text that has been signed off, by text id.
SignOffs = Mapping[str, SignOff]


class Reviewed(NamedTuple):
    """A text and its latest sign-off, if it has one."""

    text: Text
    sign_off: Optional[SignOff]

    @property
    def status(self) -> str:
        """The text's status, one of `STATUSES`."""
        if self.sign_off is None:
            return UNSIGNED
        return SIGNED if self.sign_off.version == self.text.version else CHANGED

    @property
    def is_due(self) -> bool:
        """Whether the text has yet to be read and signed off."""
        return self.status != SIGNED


def reviewed(texts: Iterable[Text], sign_offs: SignOffs) -> List[Reviewed]:
    """Pair each text with its latest sign-off, keeping the order."""
    return [Reviewed(text, sign_offs.get(text.id)) for text in texts]


def counts(found: Iterable[Reviewed]) -> Dict[str, int]:
    """Count the texts with each status."""
    statuses = [one.status for one in found]
    return {status: statuses.count(status) for status in STATUSES}


def by_file(found: Iterable[Reviewed]) -> Dict[str, List[Reviewed]]:
    """Group the texts by file, keeping their order."""
    files: Dict[str, List[Reviewed]] = {}
    for one in found:
        files.setdefault(one.text.file, []).append(one)
    return files


def is_earned(found: Iterable[Reviewed]) -> bool:
    """Whether the current version of every text is signed off, so that the chat may say its answers were checked."""
    return not any(one.is_due for one in found)
