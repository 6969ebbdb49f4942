"""Reads and checks annotated conversations. data/conversations/README.md describes the format for annotators."""

from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import yaml

from bot.case.facts import FACTS, MOVES, ROLES, URGENCIES, Value
from bot.case.replies import load_replies
from bot.content.files import SHIPPED
from bot.content.library import load_library
from bot.content.models import QUESTION_KINDS
from bot.content.reader import ContentError, Problem
from bot.settings import ROOT

#: The conversations that the model is trained on.
TRAINING = ROOT / "data" / "conversations"
_OF_A_TURN = {"user", "move", "topic", "also", "role", "urgency", "needs", "asks", "faq", "remark", "facts"}


#: Kinds of mistake that the assistant may have made in a conversation retold by staff. For `reply`, only a person can
#: judge whether the mistake is gone.
MISTAKES = ("role", "topic", "fact", "missed_service", "wrong_service", "reply")


class Mistake(NamedTuple):
    """The assistant's mistake at the last turn: its kind (one of `MISTAKES`), the wrong value and the right one."""

    kind: str
    was: str
    right: str


class Turn(NamedTuple):
    """An annotated turn. The annotations describe the conversation after the turn."""

    text: str
    topics: Tuple[str, ...]
    """The topic, followed by any other topics whose guidance would also be right."""
    move: str
    role: str
    urgency: str
    needs_context: bool
    asks: Optional[str]
    facts: Mapping[str, Value]
    remark: Optional[str] = None
    faq: Optional[str] = None

    @property
    def is_danger(self) -> bool:
        """Whether somebody is in danger now."""
        return self.urgency == URGENCIES[-1]

    @property
    def is_calm(self) -> bool:
        """Whether treating this turn as danger now would be a false alarm."""
        return not self.is_danger and "crisis" not in self.topics


class Conversation(NamedTuple):
    """An annotated conversation."""

    id: str
    voice: str
    turns: Tuple[Turn, ...]
    right: Tuple[str, ...] = ()
    """Services that must have been offered by the end of the conversation. "a|b" means that either service will do."""
    wrong: Tuple[str, ...] = ()
    """Services that must not be offered."""
    mistake: Optional[Mistake] = None
    """What the assistant got wrong, if staff retold this conversation."""


def read_conversations(place: Path) -> List[Conversation]:
    """Return the conversations in a folder or a single file.

    Raises:
        ContentError: the annotations have problems. The error lists each problem with its file, conversation and fix.
    """
    read = list(_raw(place))
    problems = list(_problems_of(read))
    if problems:
        raise ContentError(problems)
    return [_conversation(conversation) for _, conversation in read]


def _problems_of(read: Sequence[Tuple[str, Dict[str, Any]]]) -> Iterator[Problem]:
    """Check annotated conversations against the shipped content, and yield their problems."""
    seen: Dict[str, str] = {}
    known = set(load_library(SHIPPED).services)
    for name, conversation in read:
        identity = str(conversation.get("conversation"))
        if identity in seen:
            yield Problem(name, 1, f"'{identity}' is also in {seen[identity]}; rename one")
        seen[identity] = name
        if not (conversation.get("metadata") or {}).get("voice"):
            yield Problem(name, 1, f"'{identity}' has no voice in its metadata; say who writes")
        services = (conversation.get("metadata") or {}).get("services") or {}
        named = {one for entry in services.get("right", []) for one in entry.split("|")} | set(
            services.get("wrong", [])
        )
        for service in sorted(named - known):
            yield Problem(name, 1, f"'{identity}' names the service '{service}', which does not exist; correct it")
        mistake = (conversation.get("metadata") or {}).get("mistake")
        if mistake is not None and (set(mistake) != set(Mistake._fields) or mistake["kind"] not in MISTAKES):
            yield Problem(name, 1, f"'{identity}': a mistake has a kind ({', '.join(MISTAKES)}), was and right")
        for number, step in enumerate(conversation["steps"], start=1):
            for fault in _faults(step):
                yield Problem(name, 1, f"'{identity}', turn {number}: {fault}")


def _raw(place: Path) -> Iterator[Tuple[str, Dict[str, Any]]]:
    for path in sorted(place.glob("*.yml")) if place.is_dir() else [place]:
        name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
        try:
            conversations = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["conversations"]
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise ContentError([Problem(name, 1, f"cannot be read ({error}); see README.md there")]) from error
        yield from ((name, conversation) for conversation in conversations)


def _faults(step: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems with one turn."""
    topics = load_library().topics
    allowed = {"move": MOVES, "topic": topics, "role": ROLES, "urgency": URGENCIES}
    if not isinstance(step.get("user"), str) or not step["user"].strip():
        yield "has no text; put it in quotes"
    for field, values in allowed.items():
        if step.get(field) not in values:
            yield f"{field} is '{step.get(field)}'; it may be {', '.join(values)}"
    for also in step.get("also") or []:
        if also not in topics:
            yield f"also names '{also}', which is no topic"
    if step.get("asks", "other") not in QUESTION_KINDS:
        yield f"asks '{step['asks']}', which is no kind of question"
    if "remark" in step and step["remark"] not in load_replies(SHIPPED).remarks:
        yield f"remark is '{step['remark']}', which is not in content/en/remarks.yml"
    if "faq" in step and step["faq"] not in load_library(SHIPPED).faq:
        yield f"faq is '{step['faq']}', which is not in content/en/faq"
    for name, value in (step.get("facts") or {}).items():
        if name not in FACTS:
            yield f"'{name}' is no fact"
        elif not FACTS[name].allows(value):
            yield f"the fact '{name}' cannot be '{value}'"
    for field in sorted(set(step) - _OF_A_TURN):
        yield f"'{field}' is no field of a turn"


def _conversation(conversation: Mapping[str, Any]) -> Conversation:
    services: Mapping[str, Sequence[str]] = conversation["metadata"].get("services") or {}
    return Conversation(
        id=conversation["conversation"],
        voice=conversation["metadata"]["voice"],
        turns=tuple(_turn(step) for step in conversation["steps"]),
        right=tuple(services.get("right", ())),
        wrong=tuple(services.get("wrong", ())),
        mistake=Mistake(**conversation["metadata"]["mistake"]) if "mistake" in conversation["metadata"] else None,
    )


def _turn(step: Mapping[str, Any]) -> Turn:
    return Turn(
        text=step["user"],
        topics=(step["topic"], *(step.get("also") or [])),
        move=step["move"],
        role=step["role"],
        urgency=step["urgency"],
        needs_context=bool(step.get("needs")),
        asks=step.get("asks"),
        facts=step.get("facts") or {},
        remark=step.get("remark"),
        faq=step.get("faq"),
    )
