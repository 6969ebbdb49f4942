"""What one message was read as: the output of the pipeline as a typed value that the rules of the case take."""

import re
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from bot.case.facts import FACTS, Value

TopicOf = Callable[[str], str]

FALLBACK = "nlu_fallback"
#: Words of a message that says no more than its answer.
BARE = 3
_WORD = re.compile(r"[^\W_]{1,80}")
#: From this probability on, what a classifier hears counts as told rather than inferred.
TOLD_AT = 0.9
#: The asker that a cue or a button names, as the role that it stands for.
ROLE_OF_ASKER = {
    "parent": "carer",
    "professional": "professional",
    "self_concern": "own_behaviour",
    "other": "relative",
}
#: The entity by which a button asks a kind of question.
ASKS = "asks"
_YES_NO = {"true": True, "false": False}
#: Whose age an extracted age is, by the role that bot/nlu/ages.py gives it; the others depend on the case.
AGE_OF_ROLE = {"self": "writer_age", "then": "image_age", "concerned": "about_age"}


class Heard(NamedTuple):
    """A fact in a message: its name and value, and how sure the reading is of it."""

    name: str
    value: Value
    probability: float = 1.0

    @property
    def told(self) -> bool:
        """Whether it counts as said rather than guessed."""
        return self.probability >= TOLD_AT


class Reading(NamedTuple):
    """How a message was understood. Mappings hold probabilities; those of one field add up to 1 at most."""

    intent: str
    """The intent of the message alone, danger raised by thresholds and the safety net."""
    confidence: float
    topic: str
    """The topic of that intent."""
    ranking: Tuple[Tuple[str, float], ...] = ()
    """Intents of the message alone, likeliest first."""
    alone: Mapping[str, float] = {}
    """Topics of the message alone."""
    topics: Mapping[str, float] = {}
    """Topics given the conversation."""
    intents: Tuple[Tuple[str, float], ...] = ()
    """Intents given the conversation, likeliest first."""
    moves: Mapping[str, float] = {}
    roles: Mapping[str, float] = {}
    urgencies: Mapping[str, float] = {}
    asks: Optional[str] = None
    """The kind of direct question, if one is asked."""
    heard: Tuple[Heard, ...] = ()
    numbers: Tuple[int, ...] = ()
    """Ages in the message of which only the case can tell whose they are."""
    number_of: Mapping[str, float] = {}
    """How likely such an age is of the writer, of the person it is about, of the other person or of the image."""
    role: Optional[str] = None
    """The role that the words name outright, or that was pressed."""
    asker: Optional[str] = None
    """The asker that the words of this message alone sound like."""
    is_first: bool = False
    """Whether nothing was typed before it."""
    is_bare: bool = False
    """Whether it is no more than three words, and at least one: a yes, a name, an age."""
    pressed: bool = False
    declines: bool = False
    """Whether the button says that somebody would rather not answer: a no to the question, and no answer to it."""
    language: Optional[str] = None
    """The code of the language that it is in, where that is not English."""
    told: Optional[str] = None
    """What was told in another language, as its card tells it apart."""
    is_net: bool = False
    """Whether the safety net found words of danger that raise a message by themselves."""

    @property
    def move(self) -> str:
        """The likeliest move."""
        return max(self.moves, key=lambda move: self.moves[move], default="tells")


def read(parsed: Mapping[str, Any], topic_of: TopicOf) -> Reading:
    """The reading of what the pipeline says of a message.

    Args:
        parsed: Rasa's parse data; `context` is what bot/nlu/context.py adds to it.
        topic_of: the topic of an intent.
    """
    intent = parsed.get("intent") or {}
    name, confidence = str(intent.get("name") or ""), float(intent.get("confidence") or 0.0)
    foreign: Dict[str, Any] = parsed.get("language") or {}
    # What English words say means nothing of another language.
    context: Dict[str, Any] = {} if foreign else parsed.get("context") or {}
    entities: List[Dict[str, Any]] = [] if foreign else list(parsed.get("entities") or [])
    told = next((str(e["value"]) for e in reversed(entities) if e["entity"] == "told_asker"), None)
    named = [e for e in entities if e["entity"] == "asker"]
    topic, ranking = topic_of(name), _pairs(parsed.get("intent_ranking"))
    return Reading(
        intent=name,
        confidence=confidence,
        topic=topic,
        ranking=ranking,
        alone=_topics(ranking, topic_of),
        is_first=bool(context.get("is_first")),
        topics=context.get("topics") or {},
        intents=_pairs(context.get("intents")),
        moves=context.get("moves") or {},
        roles=context.get("roles") or {},
        urgencies=context.get("urgencies") or {},
        asks=context.get("asks") or next((str(e["value"]) for e in entities if e["entity"] == ASKS), None),
        heard=(*_classified(context.get("facts") or []), *_extracted(entities)),
        numbers=tuple(int(e["value"]) for e in entities if e["entity"] == "age" and e.get("role") not in AGE_OF_ROLE),
        number_of=context.get("number_of") or {},
        role=ROLE_OF_ASKER.get(told or ""),
        asker=str(named[-1]["value"]) if named else None,
        is_bare=0 < len(_WORD.findall(str(parsed.get("text") or ""))) <= BARE,
        pressed=not parsed.get("text"),
        declines=any(e["entity"] == "declined" for e in entities),
        language=foreign.get("code"),
        told=foreign.get("told"),
        is_net=topic == "crisis" and confidence >= 1.0 and bool(parsed.get("text")),
    )


def _pairs(ranking: Optional[Sequence[Mapping[str, Any]]]) -> Tuple[Tuple[str, float], ...]:
    return tuple((str(one["name"]), float(one["confidence"])) for one in ranking or [])


def _topics(ranking: Sequence[Tuple[str, float]], topic_of: TopicOf) -> Dict[str, float]:
    """What each topic has between its intents. A fallback is no topic."""
    shares: Dict[str, float] = {}
    for name, probability in ranking:
        if name != FALLBACK:
            shares[topic_of(name)] = shares.get(topic_of(name), 0.0) + probability
    return shares


def _classified(facts: Sequence[Sequence[Any]]) -> List[Heard]:
    return [Heard(*fact) for fact in facts if fact[0] in FACTS and FACTS[fact[0]].allows(fact[1])]


def _extracted(entities: Sequence[Mapping[str, Any]]) -> List[Heard]:
    """Facts that patterns and buttons name."""
    found: List[Heard] = []
    for entity in entities:
        name, value = str(entity["entity"]), entity["value"]
        if value in _YES_NO:
            # Buttons say yes and no in words.
            value = _YES_NO[value]
        if name == "age" and entity.get("role") in AGE_OF_ROLE:
            name, value = AGE_OF_ROLE[str(entity["role"])], int(value)
        elif name in _OF_ENTITY:
            name, value = _OF_ENTITY[name](value)
        if name in FACTS and FACTS[name].allows(value):
            found.append(Heard(name, value))
    return found


def _writer(asker: str) -> Tuple[str, Value]:
    return "writer", "child" if asker == "young_person" else "adult"


#: How the value of an entity becomes a fact.
_OF_ENTITY: Mapping[str, Callable[[Any], Tuple[str, Value]]] = {
    "told_asker": lambda value: _writer(str(value)),
    "child_age": lambda value: ("about_age", int(value)),
    "age_in_image": lambda value: ("image_age", str(value)),
    "place": lambda value: ("place", str(value)),
    "anonymous": lambda value: ("anonymous", True),
    "danger": lambda value: ("danger", "over"),
    "suicide": lambda value: ("suicide", str(value)),
}
