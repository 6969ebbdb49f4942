"""Works out which facts need checking, and why. Pure: it depends only on the library, the checks and the day."""

from datetime import date
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

from bot.content.library import is_stale
from bot.content.models import Guidance, Library, Service, Source
from bot.store.fact_checks import Check

SERVICE, GUIDANCE = "service", "guidance"
#: The groups, in page order. A fact belongs to the first group that applies. If none applies, it needs no check.
GROUPS = ("disagree", "unconfirmed", "stale", "checked")

Checks = Mapping[Tuple[str, str], Check]


class Fact(NamedTuple):
    """A service or a piece of guidance, and the status of its checks on a given day.

    `file` is the file that contains the fact. `dated` is the day of the check recorded in content/, and `is_confirmed`
    is whether content/ says that somebody saw the fact on the live site. `check` is the last check made in the console
    and not yet recorded in content/, and `is_checked` is whether that check is recent enough. `is_stale` is whether all
    the fact's checks are too old.
    """

    kind: str
    id: str
    what: Union[Service, Guidance]
    sources: Mapping[str, Source]
    file: str
    dated: date
    is_confirmed: bool
    check: Optional[Check]
    is_checked: bool
    is_stale: bool

    @property
    def doubts(self) -> List[str]:
        """The points on which its sources disagree or are silent."""
        return self.what.doubts if isinstance(self.what, Service) else []

    @property
    def name(self) -> str:
        """The name or title that people see."""
        return self.what.name if isinstance(self.what, Service) else self.what.title

    @property
    def group(self) -> Optional[str]:
        """The group that it is listed in, or None if it needs no check."""
        holds = {
            "disagree": bool(self.doubts),
            "unconfirmed": not self.is_confirmed and not self.is_checked,
            "stale": self.is_stale,
            "checked": self.is_checked,
        }
        return next((group for group in GROUPS if holds[group]), None)

    @property
    def last(self) -> date:
        """The day of the last check, in the console or in content/."""
        return max(self.dated, self.check.day) if self.check else self.dated


def find(library: Library, checks: Checks, today: date, kind: str, name: str) -> Optional[Fact]:
    """Return the fact with this kind and id, or None if there is no such fact."""
    kinds: Mapping[str, Mapping[str, Union[Service, Guidance]]] = {
        SERVICE: library.services,
        GUIDANCE: library.guidance,
    }
    what = kinds.get(kind, {}).get(name)
    if what is None:
        return None
    if isinstance(what, Service):
        file, dated, is_confirmed = "content/services.yml", what.checked_on, what.confirmed_live
    else:
        file = f"content/en/guidance/{library.topic_of(what.intents[0])}.yml"
        # For guidance, content/ records only when the sources were read.
        dated, is_confirmed = library.checked_on(what), True
    check = checks.get((kind, name))
    if check and is_confirmed and check.day <= dated:
        check = None
    is_checked = check is not None and not is_stale(library, check.day, today)
    sources = {source: library.sources[source] for source in what.sources}
    is_due = not is_checked and is_stale(library, dated, today)
    return Fact(kind, name, what, sources, file, dated, is_confirmed, check, is_checked, is_due)


def due(library: Library, checks: Checks, today: date) -> Dict[str, List[Fact]]:
    """Return the facts in each group, oldest check first."""
    named = [(SERVICE, name) for name in library.services] + [(GUIDANCE, name) for name in library.guidance]
    facts = [fact for kind, name in named if (fact := find(library, checks, today, kind, name))]
    # The sort is stable, so facts checked on the same day stay in file order.
    by_age = sorted(facts, key=lambda fact: fact.last)
    return {group: [fact for fact in by_age if fact.group == group] for group in GROUPS}
