"""Pure functions that classify a conversation for the review queue: its topic, urgency, asker and priority.

Each intent's topic and urgency come from content/topics.yml.
"""

import re
from functools import lru_cache
from typing import FrozenSet, Mapping, NamedTuple, Optional, Sequence, TypeVar

from bot.content.library import load_library
from bot.content.models import URGENCIES
from bot.store.rows import NewReview, Review, Turn
from bot.text.placeholders import without_placeholders
from bot.text.words import COMMON_WORDS, ENGLISH_WORDS, listed

#: Priorities, lowest first. A review's `need` column stores an index into this tuple.
PRIORITIES = ("easy", "rest", "sample", "unhelpful", "unsure", "dead_end", "language", "disclosure", "danger")
#: Conversations with this priority or a higher one are about harm or danger.
LEAST_DISTRESSING = "disclosure"
#: The priorities of conversations with no particular reason for review. The random sample is drawn from these.
UNREMARKABLE = PRIORITIES[:2]
STATES = ("new", "in_review", "escalated", "unconfirmed", "reviewed")
#: The states in which an outcome is waiting for a second person.
WAITING = ("escalated", "unconfirmed")
#: The states that end when a new message arrives, because the person who decided has not read it.
_ENDED_BY_A_MESSAGE = ("unconfirmed", "reviewed")
FEEDBACK = ("none", "helped", "not_helped")
#: A conversation counts as unsure if any turn was classified with less confidence than this.
SURE = 0.5
#: A message counts as plain if its confidence is at least the first value and its proportion of English words is at
#: least the second.
PLAIN_SURE, PLAIN_ENGLISH = 0.8, 0.75
#: The topics of plain requests for information. None of them is about harm or feelings. Any other topic may be
#: distressing.
PLAIN_TOPICS = frozenset(
    {
        "about_service",
        "grooming_signs",
        "how_to_report",
        "law_question",
        "parental_controls",
        "privacy_anonymity",
        "talk_to_child",
    }
)
#: The small talk that may accompany plain requests. "No" and silence are excluded, because they could mean anything.
_PLAIN_SMALL_TALK = frozenset(
    {"choose", "feedback_helped", "goodbye", "greet", "tell_age", "tell_asker", "tell_place", "thank"}
)
#: Matches a character that does not occur in English text, such as an emoji. A crying face must not count as thanks.
_NOT_ENGLISH = re.compile(r"[^\x20-\x7e\n‘’“”–—…£]")
_WORD = re.compile(r"[a-z]+")
_APOSTROPHES = str.maketrans({"'": None, "’": None})

_BY_URGENCY = {"immediate_danger": "danger", "active_harm": "disclosure"}
_FALLBACK, _OTHER_LANGUAGE = "nlu_fallback", "other_language"
_FEEDBACK_INTENTS = {"feedback_helped": "helped", "feedback_not_helped": "not_helped", "complain": "not_helped"}

AnyReview = TypeVar("AnyReview", NewReview, Review)


class IntentDefaults(NamedTuple):
    """An intent's topic, and the urgency and asker to assume if the message does not reveal them."""

    topic: str
    urgency: str
    asker: str


@lru_cache(maxsize=1)
def intent_defaults() -> Mapping[str, IntentDefaults]:
    """Return the defaults for every intent, by name."""
    topics = load_library().topics
    return {
        name: IntentDefaults(topic, intent.urgency, intent.asker)
        for topic, described in topics.items()
        for name, intent in described.intents.items()
    }


def defaults_of(intent: str) -> IntentDefaults:
    """Return an intent's defaults. An unknown intent counts as out of scope."""
    return intent_defaults().get(intent, IntentDefaults("out_of_scope", "none", "unknown"))


def model_version(model_id: Optional[str]) -> str:
    """Return the model version that staff see: the first 8 characters of Rasa's model id."""
    return (model_id or "")[:8]


def new_review(conversation_id: str, turn: Turn) -> NewReview:
    """Return a conversation's review after its first turn."""
    empty: NewReview = {
        "conversation_id": conversation_id,
        "is_open": 1,
        "need": 0,
        "started_at": turn["at"],
        "last_at": turn["at"],
        "state": STATES[0],
        "topic": "small_talk",
        "urgency": URGENCIES[0],
        "asker": "unknown",
        "language": "en",
        "model": "",
        "turns": 0,
        "confidence": 1.0,
        "was_asked": False,
        "was_offered": False,
        "feedback": FEEDBACK[0],
        "is_plain": True,
        "staff_id": None,
        "is_sampled": False,
        "missed": "",
        "version": 0,
    }
    return with_turn(empty, turn)


def with_turn(review: NewReview, turn: Turn) -> NewReview:
    """Return `review` updated with a new turn. A reviewed conversation becomes new again."""
    topic, urgency = _topic_of(turn), turn["urgency"] or defaults_of(turn["intent"]).urgency
    is_weightier = URGENCIES.index(urgency) >= URGENCIES.index(review["urgency"])
    is_subject = topic not in ("small_talk", "out_of_scope")
    is_new_topic = is_subject and (is_weightier or review["topic"] == "small_talk")
    asker = turn["asker"] or "unknown"
    updated: NewReview = {
        **review,
        "topic": topic if is_new_topic else review["topic"],
        "last_at": turn["at"],
        "urgency": urgency if is_weightier else review["urgency"],
        "asker": asker if asker != "unknown" else review["asker"],
        "language": "other" if turn["intent"] == _OTHER_LANGUAGE else review["language"],
        "model": turn["model"] or "",
        "turns": review["turns"] + 1,
        # A message that was not understood counts as 0, whatever the classifier's confidence.
        "confidence": min(review["confidence"], 0.0 if turn["intent"] == _FALLBACK else turn["confidence"]),
        "was_asked": review["was_asked"] or asks(urgency, turn),
        "was_offered": review["was_offered"] or _offers(turn),
        "feedback": _FEEDBACK_INTENTS.get(turn["intent"], review["feedback"]),
        "is_plain": review["is_plain"] and is_plain(turn),
        "state": STATES[0] if review["state"] in _ENDED_BY_A_MESSAGE else review["state"],
        "version": review["version"] + 1,
    }
    return prioritised(updated)


def asks(urgency: str, turn: Turn) -> bool:
    """Whether a message asked for something.

    It did if it expressed a worry, was not understood or was in another language, or if the answer suggested a service,
    as it does for feelings without a topic.
    """
    return urgency != URGENCIES[0] or turn["intent"] in (_FALLBACK, _OTHER_LANGUAGE) or _offers(turn)


def _offers(turn: Turn) -> bool:
    return any(reply["kind"] == "service" for reply in turn["replies"])


def _topic_of(turn: Turn) -> str:
    """Return the conversation's topic after `turn`, or the intent's topic if `turn` was read from the log."""
    return turn.get("topic") or defaults_of(turn["intent"]).topic


def prioritised(review: AnyReview) -> AnyReview:
    """Return `review` with its priority (`need`) and `is_open` recomputed from its other values."""
    return {**review, "need": PRIORITIES.index(_priority(review)), "is_open": int(review["state"] != "reviewed")}


def is_danger(review: NewReview) -> bool:
    """Whether somebody may be in danger. If so, reviewing the conversation takes two people."""
    return PRIORITIES[review["need"]] == "danger"


def is_plain(turn: Turn) -> bool:
    """Whether a message is certainly a plain request for information in English, or small talk that accompanies one."""
    named = defaults_of(turn["intent"])
    is_small_talk = turn["intent"] in _PLAIN_SMALL_TALK
    return (
        (named.topic in PLAIN_TOPICS or is_small_talk)
        and (_topic_of(turn) in PLAIN_TOPICS or _topic_of(turn) == "small_talk")
        and (turn["urgency"] or named.urgency) == URGENCIES[0]
        and turn["confidence"] >= PLAIN_SURE
        and _is_plain_english(turn["text"])
    )


def is_easy(review: NewReview) -> bool:
    """Whether a conversation may be offered as an easy one: it contains only answered requests for information."""
    return (
        review["is_plain"]
        and review["topic"] in PLAIN_TOPICS
        and review["urgency"] == URGENCIES[0]
        and review["language"] == "en"
        and (review["was_offered"] or not review["was_asked"])
        and review["feedback"] != "not_helped"
    )


@lru_cache(maxsize=1)
def _english_words() -> FrozenSet[str]:
    return frozenset(word.translate(_APOSTROPHES) for word in listed(COMMON_WORDS) | listed(ENGLISH_WORDS))


def _is_plain_english(text: str) -> bool:
    words = _WORD.findall(without_placeholders(text).lower().translate(_APOSTROPHES))
    english = sum(len(word) == 1 or word in _english_words() for word in words)
    return not _NOT_ENGLISH.search(text) and english >= PLAIN_ENGLISH * len(words)


def sampled(review: Review) -> Review:
    """Return `review` marked as drawn at random, and reopened if it was reviewed."""
    state = STATES[0] if review["state"] == "reviewed" else review["state"]
    drawn: Review = {**review, "is_sampled": True, "state": state, "version": review["version"] + 1}
    return prioritised(drawn)


def stands_out(review: NewReview) -> bool:
    """Whether a conversation has a reason for review other than the random sample."""
    return _reason(review) not in UNREMARKABLE


def is_distressing(review: NewReview) -> bool:
    """Whether a conversation is about harm or danger. If so, its transcript stays collapsed until it is opened."""
    return review["urgency"] in URGENCIES[2:]


def priorities_of(urgency: Optional[str], language: Optional[str]) -> Sequence[str]:
    """Return the priorities that conversations of this urgency and language can have. None means any."""
    possible, harm = set(PRIORITIES), set(_BY_URGENCY.values())
    if urgency is not None:
        possible &= {_BY_URGENCY[urgency]} if urgency in _BY_URGENCY else possible - harm
    if language is not None:
        possible &= possible - {"language"} if language == "en" else {"language", *harm}
    return [one for one in PRIORITIES if one in possible]


def _priority(review: NewReview) -> str:
    reason = _reason(review)
    return "sample" if reason in UNREMARKABLE and review["is_sampled"] else reason


def _reason(review: NewReview) -> str:
    if review["urgency"] in _BY_URGENCY:
        return _BY_URGENCY[review["urgency"]]
    if review["language"] != "en":
        return "language"
    if review["was_asked"] and not review["was_offered"]:
        return "dead_end"
    if review["confidence"] < SURE:
        return "unsure"
    if review["feedback"] == "not_helped":
        return "unhelpful"
    return "easy" if is_easy(review) else "rest"
