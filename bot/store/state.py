"""The state of a dialogue as JSON, cut to its last turns so that message 100 costs what message 5 did.

Rasa keeps every event for ever and replays all of them for each message. What the policies look at is the last few
turns and the slots; so the events before those are folded into the slot values they left. Pure.
"""

import json
from typing import Any, Dict, List, NamedTuple, Optional

from bot.case.case import load
from bot.case.derived import UNKNOWN, asker, urgency
from bot.store import filing

Event = Dict[str, Any]

#: The slot that holds the case.
CASE = "case"
#: Turns kept whole: the one before is what "yes" answers, and the memoization policy looks back over 4 actions.
KEPT_TURNS = 1
#: Alternatives kept of an intent ranking: the winner and the runner-up.
KEPT_RANKING = 2


class State(NamedTuple):
    """`slots` as they were before the first of `events`; `turns` counts the user's messages ever."""

    slots: Dict[str, Any]
    events: List[Event]
    turns: int


def dump(state: State) -> str:
    """A state as the store keeps it."""
    return json.dumps(state._asdict())


#: The state of a dialogue that has not begun, is over or was erased, as the store keeps it.
EMPTY = dump(State({}, [], 0))


def fold(slots: Dict[str, Any], events: List[Event], turns: int) -> State:
    """Keep the events of the last `KEPT_TURNS` turns; what came before survives as slot values."""
    cut = _cut(events)
    folded = dict(slots)
    for event in events[:cut]:
        if event["event"] == "slot":
            folded[event["name"]] = event["value"]
    return State(folded, [_slim(event) for event in events[cut:]], turns)


def prelude(state: State, timestamp: float) -> List[Event]:
    """Events that bring a new tracker to where `state.events` begin: a session that listens, with its slots."""
    if not state.slots and not state.events:
        return []
    opening = [{"event": "session_started"}, {"event": "action", "name": "action_listen"}] if _is_cut(state) else []
    filled = [
        {"event": "slot", "name": name, "value": value} for name, value in state.slots.items() if value is not None
    ]
    # The order matters: slots after a session start, the listen last, as Rasa's own session start writes them.
    return [{**event, "timestamp": timestamp} for event in [*opening[:1], *filled, *opening[1:]]]


def _is_cut(state: State) -> bool:
    return not any(event["event"] == "session_started" for event in state.events)


def _cut(events: List[Event]) -> int:
    starts = [index for index, event in enumerate(events) if event["event"] == "user"]
    return starts[-KEPT_TURNS] if len(starts) > KEPT_TURNS else 0


def _slim(event: Event) -> Event:
    if event["event"] == "user":
        parsed = event.get("parse_data") or {}
        ranking = (parsed.get("intent_ranking") or [])[:KEPT_RANKING]
        kept = {name: value for name, value in parsed.items() if name != "context"}
        return {**event, "parse_data": {**kept, "intent_ranking": ranking}}
    if event["event"] == "bot":
        # What was said is in the review log; the dialogue needs only that something was.
        return {**event, "text": None, "data": {}}
    return event


def new_turns(events: List[Event], since: int) -> List[List[Event]]:
    """The events after the first `since` of them, split into turns; a turn begins with the user."""
    turns: List[List[Event]] = []
    for event in events[since:]:
        if event["event"] == "user":
            turns.append([])
        if turns:
            turns[-1].append(event)
    return turns


def offered_choices(turn: List[Event]) -> Dict[str, Any]:
    """What each button offered in a turn means, by its id."""
    return {
        option["id"]: option["payload"]
        for event in turn
        for message in [_custom(event)]
        if message
        for option in message.get("choices", [])
        if "payload" in option
    }


def _custom(event: Event) -> Optional[Dict[str, Any]]:
    return (event.get("data") or {}).get("custom") if event["event"] == "bot" else None


def review(turn: List[Event]) -> Dict[str, Any]:
    """A turn as the review log keeps it: redacted text, how it was understood, and what was answered."""
    user = turn[0]
    parsed = user.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    others = [other for other in parsed.get("intent_ranking") or [] if other["name"] != intent.get("name")]
    runner_up = others[0] if others else {}
    case = load(next((event["value"] for event in turn if event.get("name") == CASE), None))
    return {
        "text": user.get("text") or "",
        "intent": intent.get("name") or "",
        "confidence": float(intent.get("confidence") or 0.0),
        "runner_up": runner_up.get("name"),
        "runner_up_confidence": runner_up.get("confidence"),
        "asker": _told(asker(case)),
        "removed": (user.get("metadata") or {}).get("removed", []),
        "replies": [_reply(event) for event in turn if event["event"] == "bot"],
        "urgency": urgency(case, filing.reading(case.intent).urgency),
        "topic": case.topic,
        "model": filing.model_version((user.get("metadata") or {}).get("model_id")),
        "took_ms": _took(turn),
    }


def _told(who: str) -> Optional[str]:
    """Who asks, or None where nobody knows."""
    return None if who == UNKNOWN else who


def _took(turn: List[Event]) -> int:
    """Milliseconds from the message to the last word of its answer."""
    said = [event for event in turn if event["event"] == "bot"]
    seconds = float((said[-1] if said else turn[0])["timestamp"]) - float(turn[0]["timestamp"])
    return max(0, round(1000 * seconds))


def _reply(event: Event) -> Dict[str, Any]:
    message = _custom(event)
    if message is None:
        return {"kind": "text", "text": event.get("text")}
    kept = ("kind", "id", "rule", "topic", "title", "text", "open_now", "prompt", "question")
    return {key: message[key] for key in kept if message.get(key) is not None}
