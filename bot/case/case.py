"""The frozen `Case` class, and its conversion to and from the JSON in its slot, which is at most 8 kB."""

from dataclasses import dataclass, field, replace
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

from bot.case.facts import FACTS, ROLES, Fact, Value

#: Maximum length of each list. The oldest entries are dropped first, which keeps a case under 8 kB.
MAX_ENTRIES = {"topics_before": 8, "asked": 12, "shown": 32, "said": 80, "offered": 24}


#: The role of a writer who has only asked questions or said nothing about themselves.
UNKNOWN_ROLE = Fact("asks", False, 0)


@dataclass(frozen=True)
class Case:
    """Everything known about a conversation. `Case()` represents a conversation that has not started."""

    turn: int = 0
    facts: Mapping[str, Fact] = field(default_factory=dict)
    role: Fact = UNKNOWN_ROLE
    topic: str = "small_talk"
    """The conversation's topic."""
    intent: str = ""
    """The intent within the topic, or an empty string until something has been asked."""
    topics_before: Tuple[str, ...] = ()
    """Intents from earlier topics, latest last."""
    open_question: Optional[str] = None
    """The id of the question that a yes, a no or a number in the next message would answer."""
    asked: Tuple[str, ...] = ()
    shown: Tuple[str, ...] = ()
    """The ids of services shown as cards."""
    said: Tuple[str, ...] = ()
    """The keys of guidance, answers and wordings already used."""
    offered: Tuple[str, ...] = ()
    """The labels of the choices offered, latest last."""
    misunderstood: int = 0
    """The number of consecutive messages, up to the latest, that were not understood."""

    def value(self, name: str) -> Optional[Value]:
        """Return a fact's value, or None if it is not known."""
        fact = self.facts.get(name)
        return None if fact is None else fact.value

    def has(self, name: str, value: Value = True) -> bool:
        """Whether a fact is known and has this value."""
        return self.value(name) == value

    def was_told(self, names: Iterable[str]) -> bool:
        """Whether the person declared all of these facts."""
        return all(name in self.facts and self.facts[name].declared for name in names)

    def with_facts(self, facts: Mapping[str, Fact]) -> "Case":
        """Return a copy of the case with its facts replaced by these."""
        return replace(self, facts=dict(facts))

    def with_entries(self, **added: Tuple[str, ...]) -> "Case":
        """Return a copy with entries appended to its lists, without duplicates and truncated to `MAX_ENTRIES`."""
        lists: Dict[str, Any] = {
            name: _latest(getattr(self, name), entries, MAX_ENTRIES[name]) for name, entries in added.items()
        }
        return replace(self, **lists)


def _latest(before: Tuple[str, ...], added: Tuple[str, ...], most: int) -> Tuple[str, ...]:
    kept = [entry for entry in before if entry not in added]
    return tuple([*kept, *dict.fromkeys(added)][-most:])


def learned(before: Case, after: Case) -> Dict[str, Optional[Fact]]:
    """Return the facts that are new or changed in `after`, by name, with None for withdrawn facts.

    The role is included as "role". Repeating a fact in a later turn does not change it.
    """
    old, new = ({**case.facts, "role": case.role} for case in (before, after))
    known = (name for name in {**old, **new} if _differs(old.get(name), new.get(name)))
    return {name: new.get(name) for name in known}


def _differs(one: Optional[Fact], other: Optional[Fact]) -> bool:
    return one is None or other is None or one[:2] != other[:2]


def dump(case: Case) -> Dict[str, object]:
    """Convert a case to its slot value."""
    return {
        "turn": case.turn,
        "facts": {name: list(fact) for name, fact in case.facts.items()},
        "role": list(case.role),
        "topic": case.topic,
        "intent": case.intent,
        "topics_before": list(case.topics_before),
        "open_question": case.open_question,
        "asked": list(case.asked),
        "shown": list(case.shown),
        "said": list(case.said),
        "offered": list(case.offered),
        "misunderstood": case.misunderstood,
    }


def load(slot: Optional[Mapping[str, Any]]) -> Case:
    """Read a case from its slot, or return a new case if the slot is empty.

    If another version of the program wrote the slot, unknown facts are dropped and missing fields get defaults.
    """
    kept, new = dict(slot or {}), Case()
    told = kept.get("facts") or {}
    role = Fact(*kept["role"]) if kept.get("role") and kept["role"][0] in ROLES else UNKNOWN_ROLE
    lists: Dict[str, Any] = {name: tuple(kept.get(name) or ()) for name in MAX_ENTRIES}
    return Case(
        turn=int(kept.get("turn", new.turn)),
        facts={name: Fact(*fact) for name, fact in told.items() if name in FACTS and FACTS[name].allows(fact[0])},
        role=role,
        topic=kept.get("topic", new.topic),
        intent=kept.get("intent", new.intent),
        open_question=kept.get("open_question"),
        misunderstood=int(kept.get("misunderstood", 0)),
        **lists,
    )
