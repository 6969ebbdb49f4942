"""The form in which staff retell a conversation and correct what the assistant understood. Pure."""

from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from bot.case.annotations import MISTAKES
from bot.case.facts import FACTS, ROLES, UNKNOWN, URGENCIES, Value, as_value, as_word
from bot.content.models import Library
from bot.store.retellings import Mistake, Step
from bot.store.review_log import OPENING
from bot.store.rows import Turn

#: Maximum number of messages in a retelling.
MOST_STEPS = 12
#: Replaces a fact's value in an option if the number itself is typed in the field `years`.
IN_YEARS = "years"


class Understood(NamedTuple):
    """The assistant's understanding of a conversation after one of its messages.

    `facts` are the facts known after the message, `new` are those that it added or changed, and `services` are those
    shown in the answer.
    """

    turn: int
    intent: str
    topic: str
    role: str
    urgency: str
    facts: Mapping[str, Value]
    new: Mapping[str, Value]
    services: Tuple[str, ...]


class FormError(ValueError):
    """The form is not filled in correctly. `name` is the problem in content/en/console.yml."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def understood(turns: Iterable[Turn], library: Library) -> List[Understood]:
    """Return what the assistant understood after each message, in order."""
    found: List[Understood] = []
    facts: Dict[str, Value] = {}
    for turn in turns:
        if turn["intent"] == OPENING:
            continue
        new: Dict[str, Value] = {}
        for name, fact in (turn.get("learned") or {}).items():
            facts.pop(name, None)
            if fact is not None:
                facts[name] = new[name] = fact[0]
        before = found[-1] if found else None
        found.append(
            Understood(
                turn["number"],
                turn["intent"],
                library.topic_of(turn["intent"]) or (before.topic if before else "out_of_scope"),
                str(facts.get("role", "asks")),
                turn["urgency"] or URGENCIES[0],
                {name: value for name, value in facts.items() if name in FACTS},
                {name: value for name, value in new.items() if name in FACTS},
                tuple(reply["id"] for reply in turn["replies"] if reply["kind"] == "service"),
            )
        )
    return found


def fact_options(known: Mapping[str, Value]) -> List[Tuple[str, str, Value]]:
    """Return the fact options as (option, name, value): first each known fact as untrue, then all possible values."""
    untrue = [(name, UNKNOWN) for name in known]
    others = [
        (name, value)
        for name, kind in FACTS.items()
        for value in (
            *((True, False) if kind.yes_no else ()),
            *sorted(kind.words),
            *((IN_YEARS,) if kind.years else ()),
        )
    ]
    return [(f"{name}={as_word(value)}", name, value) for name, value in (*untrue, *others)]


def read_mistake(form: Mapping[str, str], last: Understood, library: Library) -> Mistake:
    """Return the mistake that the form describes.

    Args:
        form: the form's fields.
        last: what was understood after the message that went wrong.
        library: all content.

    Raises:
        FormError: no kind is chosen, or the right answer is missing, invalid or the same as what was understood.
    """
    kind = form.get("kind", "")
    if kind not in MISTAKES:
        raise FormError("retelling_kind")
    if kind in ("missed_service", "wrong_service"):
        was, right = ", ".join(last.services), form.get(kind, "")
        is_possible = right in library.services and (right in last.services) == (kind == "wrong_service")
    elif kind == "fact":
        name, value = _fact(form)
        known = last.facts.get(name)
        was, right = f"{name}={as_word(known)}", f"{name}={as_word(value)}"
        is_possible = (known if value is None else value) is not None and known != value
    elif kind == "reply":
        was, right = "", form.get("better", "").strip()
        is_possible = bool(right)
    else:
        was, right = getattr(last, kind), form.get(kind, "")
        is_possible = right in (ROLES if kind == "role" else library.topics) and right != was
    if not is_possible:
        raise FormError("retelling_right")
    return {"kind": kind, "was": was, "right": right}


def _fact(form: Mapping[str, str]) -> Tuple[str, Optional[Value]]:
    """Return the chosen fact's name and its right value, which is None if the fact is not true.

    Raises:
        FormError: a case cannot hold this fact or this value.
    """
    name, _, word = form.get("fact", "").partition("=")
    if name not in FACTS:
        raise FormError("retelling_right")
    if word == UNKNOWN:
        return name, None
    value = as_value(form.get("years", "").strip() if word == IN_YEARS else word)
    if not FACTS[name].allows(value):
        raise FormError("retelling_years" if word == IN_YEARS else "retelling_right")
    return name, value


def steps_of(so_far: Sequence[Understood], texts: Sequence[str], needs: Sequence[bool], mistake: Mistake) -> List[Step]:
    """Return the retold conversation, annotated with what was understood and with the mistake corrected.

    Args:
        so_far: what was understood up to the message that went wrong.
        texts: the messages in the reviewer's own words.
        needs: whether each message can only be understood together with earlier ones.
        mistake: what went wrong at the last message.
    """
    steps: List[Step] = [
        {
            "user": text,
            "move": "asks" if one.intent.startswith("ask_") else "tells",
            "topic": one.topic,
            "role": one.role,
            "urgency": one.urgency,
            "needs": need,
            "facts": dict(one.new),
        }
        for one, text, need in zip(so_far, texts, needs, strict=True)
    ]
    last = steps[-1]
    if mistake["kind"] == "role":
        last["role"] = mistake["right"]
    elif mistake["kind"] == "topic":
        last["topic"] = mistake["right"]
    elif mistake["kind"] == "fact":
        name, _, word = mistake["right"].partition("=")
        last["facts"].pop(name, None)
        if word != UNKNOWN:
            last["facts"][name] = as_value(word)
    return steps
