"""A message's reading: the NLU pipeline's output as a typed value, and the input of `bot.case.update`."""

import re
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from bot.case.facts import FACTS, Value

TopicOf = Callable[[str], str]

FALLBACK = "nlu_fallback"
#: Maximum number of words in a bare message, which may be nothing more than an answer.
BARE_WORDS = 3
_WORD = re.compile(r"[^\W_]{1,80}")
#: Minimum probability for an observation to count as declared rather than inferred.
DECLARED_AT = 0.9
#: Minimum confidence for acting on a message's most likely intent.
LIKELY_AT = 0.5
#: Maps each asker that cues and buttons can name to a role.
ROLE_OF_ASKER = {
    "parent": "carer",
    "professional": "professional",
    "self_concern": "own_behaviour",
    "other": "relative",
}
#: Minimum probability for answering a direct question at once, and lower minimums for offering buttons instead: for the
#: likeliest kind, and for each kind offered. Decision 44 has the measurements.
ASKS_AT, MAY_ASK_AT, OFFERED_AT = 0.55, 0.25, 0.1
#: Minimum probability for giving the answer to a kind of direct question again, in other words. Of 45 such questions in
#: the live conversations, 25 were at least this likely, and about 20 of them did ask the same again.
ASKS_AGAIN_AT = 0.85
#: Minimum probability for offering a second question as a button. Two kinds can only be this likely if they are in
#: different sentences.
ALSO_ASKS_AT = 0.5
#: Minimum probability for treating a message as a question that the last reply offered as a button.
TYPED_AT = 0.4
#: Maximum number of kinds of question to offer as buttons.
OFFERED = 3
#: Minimum probability for acknowledging a remark.
REMARK_AT = 0.5
#: Minimum probability for answering a frequently asked question, and the moves that can ask one. Messages with other
#: moves often resemble a question without asking it. Readers preferred the answer down to 0.35 (decision 40).
FAQ_AT, ASKING = 0.35, ("asks", "changes")
#: Below this probability, a clearly asked kind of direct question that has an answer takes precedence over a frequently
#: asked question. On the development conversations, 3 of the 9 frequently asked questions that were less likely than
#: such a kind were right, but 11 of the 12 at or above this probability.
FAQ_SURE_AT = 0.5
#: Minimum probability of the move "asks" for a message whose likeliest move is another one to ask a clear frequently
#: asked question: "hiya im fae dundee dunno if this is just for england". On the development conversations, all four
#: such messages ask it, but none of the ten below it.
MAY_ASK_MOVE_AT = 0.2
#: The kind of direct question that content/en/answers.yml does not answer.
OTHER = "other"
#: Kinds of direct question whose labels do not say what is asked below another answer ("Do I have to do this?").
UNCLEAR_ALONE = ("do_i_have_to",)
#: Kinds of direct question that are answered before others, because the answer may keep somebody safe.
FOR_SAFETY = frozenset(("should_i_meet",))
#: The intent of "and what if she won't talk to me". Such a question depends on the story, which the head does not see.
WHAT_IF = "ask_what_if"
#: The entity that a button uses to ask a direct question. Its value is the kind of question.
ASKS = "asks"
#: Entities for five statements: the story is the writer's own, the child is not the writer's, somebody else said no,
#: the writer will not act on suicidal thoughts, and the chat did not answer or listen. The other two are for a remark
#: found by a cue, and for the answer that a message begins with.
OWN_STORY, NOT_MINE, SAID_NO, NO_PLAN = "own_story", "not_mine", "said_no", "no_plan"
MISSED, REMARK, ANSWER = "missed", "remark", "answer"
#: Facts that only a phrase may state. In the annotated conversations, `helped` can also mean that somebody is with the
#: person, but its reply is only for people who have called 999.
STATED_BY_PHRASES = frozenset(("helped",))
#: The value of a cue that makes danger less likely, and the probability of the resulting observation.
LESS, LESS_AT = "less", 0.7
_YES_NO = {"true": True, "false": False}


class Observation(NamedTuple):
    """A fact read from a message: its name, its value, and the probability that the value is right."""

    name: str
    value: Value
    probability: float = 1.0

    @property
    def declared(self) -> bool:
        """Whether the fact counts as declared rather than inferred."""
        return self.probability >= DECLARED_AT


class Number(NamedTuple):
    """A number that may be an age, in years, with its probability of stating each of the age facts."""

    years: int
    of: Mapping[str, float]


class Reading(NamedTuple):
    """How a message was understood. The probabilities in each mapping add up to 1 or less."""

    intent: str
    """The intent of the message alone, after applying the thresholds and the safety net."""
    confidence: float
    topic: str
    """The topic of that intent."""
    ranking: Tuple[Tuple[str, float], ...] = ()
    """Intents of the message alone, most likely first."""
    alone: Mapping[str, float] = {}
    """Topics of the message alone, with their probabilities."""
    topics: Mapping[str, float] = {}
    """Topics given the conversation so far, with their probabilities."""
    intents: Tuple[Tuple[str, float], ...] = ()
    """Intents given the conversation so far, most likely first."""
    moves: Mapping[str, float] = {}
    roles: Mapping[str, float] = {}
    urgencies: Mapping[str, float] = {}
    asks: Optional[str] = None
    """The kind of direct question, if one is clearly asked."""
    may_ask: Tuple[str, ...] = ()
    """The likeliest kinds of direct question, best first, if one seems to be asked but the kind is not clear."""
    also_asks: Tuple[str, ...] = ()
    """Other kinds of direct question that the message also seems to ask, if one is clearly asked."""
    may_be_typed: Optional[str] = None
    """A kind of direct question that is likely but not clear. It counts as asked if its button was just offered."""
    remark: Optional[str] = None
    """What the message says besides facts, as an id in content/en/remarks.yml."""
    faq: Optional[str] = None
    """The frequently asked question that the message asks, as an id in content/en/faq/."""
    may_ask_faq: Optional[str] = None
    """The likeliest frequently asked question, which may be less likely than the kind in `asks`."""
    asks_clearly: bool = False
    """Whether the kind in `asks` is likely enough for its answer to be given again."""
    own_story: bool = False
    """Whether the message says that a story told about somebody else is the writer's own."""
    not_mine: bool = False
    """Whether the message says that the child is not the writer's."""
    said_no: bool = False
    """Whether the message says that somebody else was asked and said no."""
    no_plan: bool = False
    """Whether the message says that the writer will not act on any suicidal thoughts."""
    missed: bool = False
    """Whether the message says that the chat did not answer or listen."""
    answer: Optional[str] = None
    """The answer that the message begins with: "yes", "no", "perhaps" or "unsure", or None if there is none."""
    observations: Tuple[Observation, ...] = ()
    numbers: Tuple[Number, ...] = ()
    role: Optional[str] = None
    """The role that the message states explicitly, or that a button chose."""
    asker: Optional[str] = None
    """The asker predicted from this message alone."""
    is_first: bool = False
    """Whether this is the first message that the person typed."""
    is_bare: bool = False
    """Whether the message has only one to three words, such as a yes, a name or an age."""
    pressed: bool = False
    declines: bool = False
    """Whether the person declined to answer the question, by button or in words."""
    language: Optional[str] = None
    """The language code of the message, or None for English."""
    disclosure: Optional[str] = None
    """What was disclosed in another language, one of `bot.content.cards.DISCLOSURES`."""
    is_in_a_sentence: bool = False
    """Whether the danger is clear only from a single sentence of a long message."""
    hint: Optional[str] = None
    """The intent of a doubtful safety-net phrase, if the classifier also finds danger in the message."""
    is_net: bool = False
    """Whether the safety net found a phrase of danger."""

    @property
    def move(self) -> str:
        """The most likely move."""
        return _best(self.moves, "tells")


def words_of(text: str) -> List[str]:
    """Return the words of a text in lower case."""
    return _WORD.findall(text.lower())


def read(parsed: Mapping[str, Any], topic_of: TopicOf) -> Reading:
    """Convert Rasa's parse data for a message to a reading.

    Args:
        parsed: Rasa's parse data, to which bot/nlu/context.py has added `context`.
        topic_of: returns an intent's topic.
    """
    intent = parsed.get("intent") or {}
    name, confidence = str(intent.get("name") or ""), float(intent.get("confidence") or 0.0)
    foreign: Dict[str, Any] = parsed.get("language") or {}
    # Entities and context are reliable only for English.
    context: Dict[str, Any] = {} if foreign else parsed.get("context") or {}
    entities: List[Dict[str, Any]] = [] if foreign else list(parsed.get("entities") or [])
    stated = {str(e["entity"]): str(e["value"]) for e in entities}
    told = stated.get("told_asker")
    named = [e for e in entities if e["entity"] == "asker"]
    topic, ranking = topic_of(name), _pairs(parsed.get("intent_ranking"))
    kinds: Dict[str, float] = context.get("asks") or {}
    asked, may_ask = _question(kinds)
    moves: Dict[str, float] = context.get("moves") or {}
    frequent: Dict[str, float] = (context.get("faq") or {}) if name != WHAT_IF else {}
    if not _may_ask(moves, frequent):
        frequent = {}
    return Reading(
        intent=name,
        confidence=confidence,
        topic=topic,
        ranking=ranking,
        alone=_topics(ranking, topic_of),
        is_first=bool(context.get("is_first")),
        topics=context.get("topics") or {},
        intents=_pairs(context.get("intents")),
        moves=moves,
        roles=context.get("roles") or {},
        urgencies=context.get("urgencies") or {},
        asks=asked or stated.get(ASKS),
        may_ask=may_ask,
        also_asks=_also_asked(kinds, asked),
        may_be_typed=_likely(kinds, TYPED_AT),
        remark=_likely(context.get("remarks") or {}, REMARK_AT) or stated.get(REMARK),
        faq=_frequent(frequent, kinds),
        may_ask_faq=_likely(frequent, FAQ_AT),
        asks_clearly=ASKS in stated or kinds.get(asked or "", 0.0) >= ASKS_AGAIN_AT,
        own_story=OWN_STORY in stated,
        not_mine=NOT_MINE in stated,
        said_no=SAID_NO in stated,
        no_plan=NO_PLAN in stated,
        missed=MISSED in stated,
        answer=stated.get(ANSWER),
        observations=(*_classified(context.get("facts") or []), *_extracted(entities)),
        numbers=tuple(Number(int(one["years"]), one["of"]) for one in context.get("numbers") or []),
        role=ROLE_OF_ASKER.get(told or ""),
        asker=str(named[-1]["value"]) if named else None,
        is_bare=0 < len(words_of(str(parsed.get("text") or ""))) <= BARE_WORDS,
        pressed=not parsed.get("text"),
        declines="declined" in stated,
        language=foreign.get("code"),
        disclosure=foreign.get("told"),
        is_in_a_sentence=bool(intent.get("in_a_sentence")),
        hint=intent.get("hint"),
        is_net=topic == "crisis" and confidence >= 1.0 and bool(parsed.get("text")),
    )


def _question(kinds: Mapping[str, float]) -> Tuple[Optional[str], Tuple[str, ...]]:
    """Return the kind of direct question that is clearly asked or, if there is none, the kinds that may be asked."""
    ranked = sorted(kinds, key=lambda kind: (_precedence(kind, kinds), -kinds[kind]))
    best = kinds[ranked[0]] if ranked else 0.0
    if best >= ASKS_AT:
        return ranked[0], ()
    return None, tuple(kind for kind in ranked[:OFFERED] if kinds[kind] >= OFFERED_AT) if best >= MAY_ASK_AT else ()


def _precedence(kind: str, kinds: Mapping[str, float]) -> int:
    """Return a kind's rank among the kinds of direct question that a message clearly asks. Lower ranks come first."""
    asked = {name for name, probability in kinds.items() if probability >= ASKS_AT}
    return -1 if kind in asked & FOR_SAFETY else 1 if kind == OTHER and asked - {OTHER} else 0


def _also_asked(kinds: Mapping[str, float], asked: Optional[str]) -> Tuple[str, ...]:
    """Return the other kinds of direct question that are asked, if one is clearly asked."""
    others = kinds if asked is not None else ()
    hidden = (asked, OTHER, *UNCLEAR_ALONE)
    return tuple(kind for kind in others if kind not in hidden and kinds[kind] >= ALSO_ASKS_AT)


def _may_ask(moves: Mapping[str, float], questions: Mapping[str, float]) -> bool:
    """Whether a message may ask one of the frequently asked questions."""
    is_clear = max(questions.values(), default=0.0) >= FAQ_SURE_AT
    return _best(moves, "tells") in ASKING or (is_clear and moves.get("asks", 0.0) >= MAY_ASK_MOVE_AT)


def _frequent(questions: Mapping[str, float], kinds: Mapping[str, float]) -> Optional[str]:
    """Return the frequently asked question in a message, or None. `kinds` has the kinds of direct question."""
    has_answer = any(probability >= ASKS_AT for kind, probability in kinds.items() if kind != OTHER)
    return _likely(questions, FAQ_SURE_AT if has_answer else FAQ_AT)


def _likely(probabilities: Mapping[str, float], least: float) -> Optional[str]:
    """Return the most likely name if its probability is at least `least`, or None."""
    best = _best(probabilities, "")
    return best if probabilities.get(best, 0.0) >= least else None


def _best(probabilities: Mapping[str, float], default: str) -> str:
    return max(probabilities, key=lambda name: probabilities[name], default=default)


def _pairs(ranking: Optional[Sequence[Mapping[str, Any]]]) -> Tuple[Tuple[str, float], ...]:
    return tuple((str(one["name"]), float(one["confidence"])) for one in ranking or [])


def _topics(ranking: Sequence[Tuple[str, float]], topic_of: TopicOf) -> Dict[str, float]:
    """Return the total probability of each topic's intents, leaving out the fallback."""
    shares: Dict[str, float] = {}
    for name, probability in ranking:
        if name != FALLBACK:
            shares[topic_of(name)] = shares.get(topic_of(name), 0.0) + probability
    return shares


def _classified(facts: Sequence[Sequence[Any]]) -> List[Observation]:
    """Return the classifier's observations, leaving out facts that only a phrase may state."""
    allowed = (one for one in facts if one[0] not in STATED_BY_PHRASES)
    return [Observation(*fact) for fact in allowed if fact[0] in FACTS and FACTS[fact[0]].allows(fact[1])]


def _extracted(entities: Sequence[Mapping[str, Any]]) -> List[Observation]:
    """Return the observations in entities, which come from patterns and buttons."""
    found: List[Observation] = []
    for entity in entities:
        name, value = str(entity["entity"]), entity["value"]
        if value in _YES_NO:
            # Buttons send booleans as words.
            value = _YES_NO[value]
        if name in _OF_ENTITY:
            name, value = _OF_ENTITY[name](value)
        if name in FACTS and FACTS[name].allows(value):
            found.append(Observation(name, value, LESS_AT if entity["value"] == LESS else 1.0))
    return found


def _writer(asker: str) -> Tuple[str, Value]:
    return "writer", "child" if asker == "young_person" else "adult"


#: Maps each entity to a function that turns its value into the name and value of a fact.
_OF_ENTITY: Mapping[str, Callable[[Any], Tuple[str, Value]]] = {
    "told_asker": lambda value: _writer(str(value)),
    "child_age": lambda value: ("about_age", int(value)),
    "age_in_image": lambda value: ("image_age", str(value)),
    "place": lambda value: ("place", str(value)),
    "anonymous": lambda value: ("anonymous", True),
    "danger": lambda value: ("danger", "none" if value == LESS else "over"),
    "helped": lambda value: ("helped", True),
    "long_ago": lambda value: ("long_ago", True),
    "lead": lambda value: ("lead", str(value)),
    "suicide": lambda value: ("suicide", str(value)),
}
