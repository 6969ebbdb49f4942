"""Which texts somebody has signed off as they stand. Pure: the same texts and records give the same answer."""

from datetime import date
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional

from bot.content.texts import Text

UNSIGNED, CHANGED, SIGNED = STANDINGS = ("unsigned", "changed", "signed")


class SignOff(NamedTuple):
    """That somebody signed a version of a text off: `name` is their account, `role` what they say they are.

    `at` is in seconds since 1970. `confirmed_on` is the day on which a service confirmed the facts; None for texts
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
    def standing(self) -> str:
        """One of `STANDINGS`."""
        if self.sign_off is None:
            return UNSIGNED
        return SIGNED if self.sign_off.version == self.text.version else CHANGED

    @property
    def is_due(self) -> bool:
        """Whether somebody has still to read it."""
        return self.standing != SIGNED


def reviewed(texts: Iterable[Text], sign_offs: SignOffs) -> List[Reviewed]:
    """Each text with its last sign-off, in the same order."""
    return [Reviewed(text, sign_offs.get(text.id)) for text in texts]


def counts(found: Iterable[Reviewed]) -> Dict[str, int]:
    """How many texts stand how, by standing."""
    standings = [one.standing for one in found]
    return {standing: standings.count(standing) for standing in STANDINGS}


def by_file(found: Iterable[Reviewed]) -> Dict[str, List[Reviewed]]:
    """The texts of each file, in the same order."""
    files: Dict[str, List[Reviewed]] = {}
    for one in found:
        files.setdefault(one.text.file, []).append(one)
    return files


def is_earned(found: Iterable[Reviewed]) -> bool:
    """Whether the chat may say that its answers were checked: every text is signed off as it stands."""
    return not any(one.is_due for one in found)
