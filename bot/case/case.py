"""The case, a frozen value, and its slot format: plain JSON of at most 8 kB."""

from dataclasses import dataclass, field, replace
from typing import Any, Dict, Mapping, Optional, Tuple

from bot.case.facts import FACTS, ROLES, Fact, Value

#: The maximum length of each list; the oldest entries are dropped. These limits keep a case below 8 kB.
MAX_ENTRIES = {"topics_before": 8, "asked": 24, "shown": 40, "said": 80}


#: The role of somebody who has only asked, or said nothing about themselves.
UNKNOWN_ROLE = Fact("asks", False, 0)


@dataclass(frozen=True)
class Case:
    """Everything known about a conversation. `Case()` is a conversation that has not started."""

    turn: int = 0
    facts: Mapping[str, Fact] = field(default_factory=dict)
    role: Fact = UNKNOWN_ROLE
    topic: str = "small_talk"
    """The topic of the conversation."""
    intent: str = ""
    """The intent within the topic; empty until something was asked."""
    topics_before: Tuple[str, ...] = ()
    """Intents of earlier topics, the latest last."""
    open_question: Optional[str] = None
    """The id of the question that a yes, a no or a number in the next message answers."""
    asked: Tuple[str, ...] = ()
    shown: Tuple[str, ...] = ()
    """Ids of services shown as cards."""
    said: Tuple[str, ...] = ()
    """Keys of the guidance, answers and wordings that were used."""
    misunderstood: int = 0
    """The number of messages in a row that were not understood."""

    def value(self, name: str) -> Optional[Value]:
        """The value of a fact, or None if it is not known."""
        fact = self.facts.get(name)
        return None if fact is None else fact.value

    def has(self, name: str, value: Value = True) -> bool:
        """Whether a fact has this value."""
        return self.value(name) == value

    def with_facts(self, facts: Mapping[str, Fact]) -> "Case":
        """A copy of the case with these facts instead of its own."""
        return replace(self, facts=dict(facts))

    def with_entries(self, **added: Tuple[str, ...]) -> "Case":
        """A copy with entries added to its lists: each entry once, the latest last, at most `MAX_ENTRIES`."""
        lists: Dict[str, Any] = {
            name: _latest(getattr(self, name), entries, MAX_ENTRIES[name]) for name, entries in added.items()
        }
        return replace(self, **lists)


def _latest(before: Tuple[str, ...], added: Tuple[str, ...], most: int) -> Tuple[str, ...]:
    kept = [entry for entry in before if entry not in added]
    return tuple([*kept, *dict.fromkeys(added)][-most:])


def dump(case: Case) -> Dict[str, object]:
    """The slot value of a case."""
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
        "misunderstood": case.misunderstood,
    }


def load(slot: Optional[Mapping[str, Any]]) -> Case:
    """Read a case from its slot; an empty slot gives a new case.

    In a slot from another version of the program, unknown facts are dropped and missing fields get their defaults.
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
