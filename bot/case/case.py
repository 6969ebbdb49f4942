"""The case and how it travels: a frozen value, written to one slot as plain JSON of at most 8 kB."""

from dataclasses import dataclass, field, replace
from typing import Any, Dict, Mapping, Optional, Tuple

from bot.case.facts import FACTS, ROLES, Fact, Value

#: Entries kept of each list that grows with the conversation; the oldest go. With them a case stays below 8 kB.
MOST = {"topics_before": 8, "asked": 24, "shown": 40, "said": 80}


#: Of somebody who has only asked, or said nothing of themselves.
UNKNOWN_ROLE = Fact("asks", False, 0)


@dataclass(frozen=True)
class Case:
    """Everything known about a conversation. `Case()` is one that has not begun."""

    turn: int = 0
    facts: Mapping[str, Fact] = field(default_factory=dict)
    role: Fact = UNKNOWN_ROLE
    topic: str = "small_talk"
    """What the conversation is about."""
    intent: str = ""
    """Which guidance within the topic fits; empty while nothing was asked."""
    topics_before: Tuple[str, ...] = ()
    """Intents answered before, the latest last."""
    open_question: Optional[str] = None
    """The id of the question that a yes, a no or a number would now answer."""
    asked: Tuple[str, ...] = ()
    shown: Tuple[str, ...] = ()
    """Ids of services shown as cards."""
    said: Tuple[str, ...] = ()
    """Ids of guidance, answers and wordings used."""
    misunderstood: int = 0
    """How often in a row a message was not understood."""

    def value(self, name: str) -> Optional[Value]:
        """The value of a fact, or None where nothing is known."""
        fact = self.facts.get(name)
        return None if fact is None else fact.value

    def has(self, name: str, value: Value = True) -> bool:
        """Whether a fact is known to have this value."""
        return self.value(name) == value

    def with_facts(self, facts: Mapping[str, Fact]) -> "Case":
        """The case with other facts."""
        return replace(self, facts=dict(facts))

    def with_entries(self, **added: Tuple[str, ...]) -> "Case":
        """The case with entries added to its lists, each entry once, the latest last, at most `MOST` of each."""
        lists: Dict[str, Any] = {
            name: _latest(getattr(self, name), entries, MOST[name]) for name, entries in added.items()
        }
        return replace(self, **lists)


def _latest(before: Tuple[str, ...], added: Tuple[str, ...], most: int) -> Tuple[str, ...]:
    kept = [entry for entry in before if entry not in added]
    return tuple([*kept, *dict.fromkeys(added)][-most:])


def dump(case: Case) -> Dict[str, Any]:
    """A case as its slot holds it."""
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
    """A case from its slot; one that has not begun where the slot is empty.

    Of a conversation that another version began, what this one does not know is left out and what is missing is as new.
    """
    kept, new = dict(slot or {}), Case()
    told = kept.get("facts") or {}
    role = Fact(*kept["role"]) if kept.get("role") and kept["role"][0] in ROLES else UNKNOWN_ROLE
    lists: Dict[str, Any] = {name: tuple(kept.get(name) or ()) for name in MOST}
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
