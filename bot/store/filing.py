"""Under what a conversation is filed for review: what its turns say of it, and how soon it should be read. Pure.

Topic and urgency of an intent come from content/topics.yml.
"""

from functools import lru_cache
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence

from bot.content.library import load_library
from bot.content.models import URGENCIES

#: How soon a conversation should be read, the least first; a review's `need` is the place in this list.
NEEDS = ("rest", "unhelpful", "unsure", "dead_end", "disclosure", "danger")
STATES = ("new", "in_review", "reviewed", "escalated")
FEEDBACK = ("none", "helped", "not_helped")
#: The confidence below which a reading counts as unsure.
SURE = 0.5

_BY_URGENCY = {"immediate_danger": "danger", "active_harm": "disclosure"}
_FALLBACK, _OTHER_LANGUAGE = "nlu_fallback", "other_language"
_FEEDBACK_INTENTS = {"feedback_helped": "helped", "feedback_not_helped": "not_helped", "complain": "not_helped"}

Row = Dict[str, Any]


class Reading(NamedTuple):
    """What an intent is about, and who asks and how urgently where a message does not say."""

    topic: str
    urgency: str
    asker: str


@lru_cache(maxsize=1)
def readings() -> Mapping[str, Reading]:
    """The reading of every intent."""
    topics = load_library().topics
    return {
        name: Reading(topic, intent.urgency, intent.asker)
        for topic, described in topics.items()
        for name, intent in described.intents.items()
    }


def reading(intent: str) -> Reading:
    """The reading of an intent; one that nobody described is about something else."""
    return readings().get(intent, Reading("out_of_scope", "none", "unknown"))


def model_version(model_id: Optional[str]) -> str:
    """A model as staff see it: the beginning of the id that Rasa gave it when it was trained."""
    return (model_id or "")[:8]


def opened(conversation_id: str, turn: Row) -> Row:
    """The review of a conversation whose first turn is `turn`, a row of the review log with its JSON read."""
    empty = {
        "conversation_id": conversation_id,
        "started_at": turn["at"],
        "state": STATES[0],
        "topic": "small_talk",
        "urgency": URGENCIES[0],
        "asker": "unknown",
        "language": "en",
        "turns": 0,
        "confidence": 1.0,
        "was_asked": False,
        "was_offered": False,
        "feedback": FEEDBACK[0],
        "staff_id": None,
        "version": 0,
    }
    return added(empty, turn)


def added(review: Row, turn: Row) -> Row:
    """`review` once `turn` was said too. Who thought it was reviewed finds it open again."""
    topic, urgency = _topic_of(turn), turn["urgency"] or reading(turn["intent"]).urgency
    is_weightier = URGENCIES.index(urgency) >= URGENCIES.index(review["urgency"])
    is_subject = topic not in ("small_talk", "out_of_scope")
    weighty = {"topic": topic} if is_subject and (is_weightier or review["topic"] == "small_talk") else {}
    asker = turn["asker"] or "unknown"
    changed = {
        **review,
        **weighty,
        "last_at": turn["at"],
        "urgency": urgency if is_weightier else review["urgency"],
        "asker": asker if asker != "unknown" else review["asker"],
        "language": "other" if turn["intent"] == _OTHER_LANGUAGE else review["language"],
        "model": turn["model"] or "",
        "turns": review["turns"] + 1,
        "confidence": min(review["confidence"], turn["confidence"]),
        "was_asked": review["was_asked"] or urgency != URGENCIES[0] or turn["intent"] == _FALLBACK,
        "was_offered": review["was_offered"] or any(reply["kind"] == "service" for reply in turn["replies"]),
        "feedback": _FEEDBACK_INTENTS.get(turn["intent"], review["feedback"]),
        "state": STATES[0] if review["state"] == "reviewed" else review["state"],
        "version": review["version"] + 1,
    }
    return judged(changed)


def _topic_of(turn: Row) -> str:
    """What the conversation was about after a turn; of turns kept before that was known, what their intent is about."""
    return str(turn.get("topic") or reading(turn["intent"]).topic)


def judged(review: Row) -> Row:
    """`review` with its place in the queue as the rest of it says."""
    return {**review, "need": NEEDS.index(_need(review)), "is_open": int(review["state"] != "reviewed")}


def is_distressing(review: Row) -> bool:
    """Whether a transcript is folded until somebody opens it: harm or danger is in it."""
    return review["urgency"] in URGENCIES[2:]


def needs_of(urgency: str) -> Sequence[str]:
    """The needs that conversations of an urgency have."""
    need = _BY_URGENCY.get(urgency)
    return (need,) if need else [need for need in NEEDS if need not in _BY_URGENCY.values()]


def _need(review: Row) -> str:
    if review["urgency"] in _BY_URGENCY:
        return _BY_URGENCY[review["urgency"]]
    if review["was_asked"] and not review["was_offered"]:
        return "dead_end"
    if review["confidence"] < SURE:
        return "unsure"
    return "unhelpful" if review["feedback"] == "not_helped" else "rest"
