"""Makes up realistic conversations, with texts built from the examples in data/nlu.

The same number, seed and day always produce the same conversations.
"""

import hashlib
import re
from datetime import date, datetime, time, timedelta, timezone
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence

import yaml

from bot.console.labels import FLAGS
from bot.content.library import load_library
from bot.settings import ROOT
from bot.store import triage
from bot.store.review_log import OPENING
from bot.store.rows import NewReview, Reply, Turn

DAYS = 365
STAFF = 12
#: Number of made-up words mixed in with the examples' words. The rarest occur in a few conversations in a million.
RARE_WORDS = 50_000
MODELS = 12
EXAMPLES_OF_EACH = 40

#: The relative frequency of each topic.
_TOPICS = {
    "grooming_signs": 9, "stranger_contact": 10, "image_shared": 9, "image_pressure": 7, "sextortion": 10,
    "viewed_illegal_content": 3, "own_behaviour": 3, "other_persons_behaviour": 4, "young_person_harmful_behaviour": 3,
    "law_question": 5, "how_to_report": 7, "after_report": 3, "talk_to_child": 6, "parental_controls": 6,
    "emotional_support": 4, "crisis": 3, "bullying": 6, "privacy_anonymity": 2, "about_service": 2, "ai_deepfake": 3,
    "out_of_scope": 5,
}  # fmt: skip
#: The percentage of conversations that have been reviewed, by priority. The overall percentage is about 90.
_REVIEWED = {
    "danger": 98,
    "disclosure": 94,
    "language": 90,
    "dead_end": 90,
    "unsure": 88,
    "unhelpful": 88,
    "sample": 95,
    "rest": 87,
    "easy": 87,
}
#: The percentage of conversations with one turn, two turns and so on.
_LENGTHS = (30, 25, 18, 12, 9, 6)
#: The percentage of conversations that begin in each hour of the day.
_HOURS = (3, 2, 1, 1, 1, 1, 1, 2, 4, 4, 4, 4, 5, 4, 4, 6, 6, 6, 6, 7, 8, 8, 7, 5)
_ASKERS = ("parent", "young_person", "other", "professional", None)
_ASKER_PARTS = (20, 20, 4, 3, 53)
_SYLLABLES = "ba de fi go hu ka le mi no pu ra se ti vo wu ya ze bro cla dri fle gru kno pla sti tre".split()
_ENTITY = re.compile(r"\[([^\]]+)\]\([^)]+\)")


class Invented(NamedTuple):
    """A conversation with its turns, its review, its flags and sometimes a note."""

    turns: List[Turn]
    review: NewReview
    flags: List[str]
    note: Optional[str]


def conversations(number: int, seed: int, today: date) -> Iterator[Invented]:
    """Yield `number` conversations, oldest first, spread over the year that ends on `today`."""
    random = Random(seed)
    for place, moment in enumerate(_moments(number, random, today)):
        yield _conversation(f"{seed} {place}", moment, DAYS - (today - _day(moment)).days, random)


def _conversation(name: str, moment: int, day: int, random: Random) -> Invented:
    conversation_id = hashlib.sha256(name.encode()).hexdigest()
    model = _model(day * MODELS // (DAYS + 1))
    said = [_turn(conversation_id, 1, moment, OPENING, model, random)]
    review: Optional[NewReview] = None
    for number, intent in enumerate(_intents(random), start=2):
        # One message in ten comes a quarter of an hour late.
        moment += 900 if random.random() < 0.1 else 0
        turn = _turn(conversation_id, number, moment, intent, model, random)
        review = triage.with_turn(review, turn) if review else triage.new_review(conversation_id, turn)
        said.append(turn)
    assert review is not None
    is_marked = random.random() < 0.03
    return Invented(
        said,
        _handled(review, random),
        [random.choice(FLAGS)] if is_marked else [],
        _text("ask_grooming", random) if random.random() < 0.01 else None,
    )


def _handled(review: NewReview, random: Random) -> NewReview:
    """Return `review` as staff might have left it."""
    if random.random() * 100 < _REVIEWED[triage.PRIORITIES[review["need"]]]:
        state = "reviewed"
    else:
        state = random.choices(("new", "in_review", "escalated"), (80, 15, 5))[0]
    staff_id = random.randint(1, STAFF) if state != "new" else None
    handled: NewReview = {**review, "state": state, "staff_id": staff_id, "version": review["version"] + 1}
    return triage.prioritised(handled)


def _turn(conversation_id: str, number: int, moment: int, intent: str, model: str, random: Random) -> Turn:
    removed = ["name"] if intent != OPENING and random.random() < 0.12 else []
    return {
        "conversation_id": conversation_id,
        "number": number,
        "at": moment,
        "text": ("<name> " if removed else "") + _text(intent, random) if intent != OPENING else "",
        "intent": intent,
        "confidence": round(1 - random.random() ** 3 * 0.7, 3),
        "runner_up": "small_talk",
        "runner_up_confidence": 0.05,
        "asker": random.choices(_ASKERS, _ASKER_PARTS)[0],
        "removed": removed,
        "replies": _replies(intent, random.random() < 0.06),
        "urgency": triage.defaults_of(intent).urgency,
        "model": model,
        "took_ms": int(random.lognormvariate(3.2, 0.7)),
        "shown": None,
        "learned": None,
    }


def _intents(random: Random) -> List[str]:
    """Return the intents of a conversation's turns, in order."""
    topic = random.choices(list(_TOPICS), list(_TOPICS.values()))[0]
    wanted = random.choices(range(1, len(_LENGTHS) + 1), _LENGTHS)[0]
    found = ["greet"] if wanted > 1 and random.random() < 0.2 else []
    while len(found) < wanted:
        chance = random.random()
        is_later = bool(found) and found != ["greet"]
        if is_later and chance < 0.15:
            found.append(random.choice(("thank", "feedback_helped", "feedback_helped", "feedback_not_helped")))
        elif chance > 0.94:
            found.append("nlu_fallback")
        elif chance > 0.93:
            found.append("other_language")
        else:
            found.append(random.choice(_subjects(topic)))
    return found


def _text(intent: str, random: Random) -> str:
    parts = [random.choice(_examples(intent))]
    while random.random() < 0.5:
        parts.append(random.choices(_rare_words(), cum_weights=_rare_weights())[0])
    return " ".join(parts)


@cache
def _replies(intent: str, is_dead_end: bool) -> List[Reply]:
    found: List[Reply] = [{"kind": "text", "text": "I am a computer program, and nobody reads this as you write."}]
    topic = triage.defaults_of(intent).topic
    if topic not in ("small_talk", "out_of_scope"):
        found.append({"kind": "guidance", "topic": topic, "title": f"What to do now: {topic}"})
        services = sorted(load_library().services)
        offered = [] if is_dead_end else [services[(len(intent) + n) % len(services)] for n in range(2)]
        found += [{"kind": "service", "id": service, "rule": topic, "open_now": True} for service in offered]
        found.append({"kind": "choices", "prompt": "Did this help?"})
    return found


@cache
def _examples(intent: str) -> Sequence[str]:
    return _all_examples().get(intent) or _all_examples()["out_of_scope"]


@lru_cache(maxsize=1)
def _all_examples() -> Dict[str, List[str]]:
    found: Dict[str, List[str]] = {}
    for file in sorted(Path(ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            if "intent" in block:
                texts = [_ENTITY.sub(r"\1", line[2:]) for line in block["examples"].splitlines()]
                found.setdefault(block["intent"], []).extend(texts)
    return {intent: texts[:EXAMPLES_OF_EACH] for intent, texts in found.items()}


@cache
def _subjects(topic: str) -> Sequence[str]:
    return tuple(load_library().topics[topic].intents)


@lru_cache(maxsize=1)
def _rare_words() -> Sequence[str]:
    random = Random(0)
    return tuple(dict.fromkeys("".join(random.choices(_SYLLABLES, k=random.randint(3, 5))) for _ in range(RARE_WORDS)))


@lru_cache(maxsize=1)
def _rare_weights() -> Sequence[float]:
    return tuple(accumulate(1 / (rank + 10) for rank in range(len(_rare_words()))))


@cache
def _model(place: int) -> str:
    return hashlib.sha256(f"model {place}".encode()).hexdigest()[:8]


def _moments(number: int, random: Random, today: date) -> Iterator[int]:
    """Yield start times in order, each on a quarter hour, with slightly more every day than the day before."""
    weights = list(accumulate(200 + day for day in range(DAYS)))
    ends = [round(number * weight / weights[-1]) for weight in weights]
    for day, (begin, end) in enumerate(zip([0, *ends], ends, strict=False), start=1):
        first = datetime.combine(today - timedelta(days=DAYS - day), time(), timezone.utc)
        hours = random.choices(range(24), _HOURS, k=end - begin)
        yield from sorted(int(first.timestamp()) + hour * 3600 + random.randrange(4) * 900 for hour in hours)


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment, timezone.utc).date()
