"""Pure functions that convert dialogue state to JSON, shortened so that message 100 costs no more than message 5.

Rasa keeps every event and replays all of them for each message. The policies look only at the slots and the last few
turns, so earlier events are folded into the slot values that they set.
"""

import json
from typing import Any, Dict, List, NamedTuple, Optional, TypedDict, cast

from bot.case.case import Case, learned, load
from bot.case.derived import UNKNOWN, asker, urgency
from bot.content.message_types import RECEIPT, Message, Payload, Receipt, as_sent
from bot.store import triage
from bot.store.rows import Reply, Turn

#: An event as Rasa serialises it.
SerialisedEvent = Dict[str, Any]

#: The slot that holds the case.
CASE = "case"
#: The number of turns kept in full. A "yes" answers the previous turn, and the memoization policy looks back over 4
#: actions.
KEPT_TURNS = 1
#: The number of entries kept from an intent ranking: the winner and the runner-up.
KEPT_RANKING = 2


class State(NamedTuple):
    """A dialogue state: recent `events`, the `slots` before them, and `turns`, the number of messages so far."""

    slots: Dict[str, object]
    events: List[SerialisedEvent]
    turns: int


class ShownTurn(TypedDict):
    """An answered turn: the message's id and redacted text, and the replies as JSON."""

    message_id: str
    said: str
    messages: str


#: The serialised state of a conversation that has not begun, has ended, or was erased.
EMPTY = ""


def dump(state: State) -> str:
    """Serialise a state for the database."""
    return json.dumps(state._asdict())


def read(serialised: str) -> State:
    """Deserialise a state, which may be `EMPTY`."""
    return State(**json.loads(serialised)) if serialised else State({}, [], 0)


def fold(slots: Dict[str, object], events: List[SerialisedEvent], turns: int) -> State:
    """Return a state with the events of the last `KEPT_TURNS` turns, and earlier events folded into slot values."""
    cut = _cut(events)
    folded = dict(slots)
    for event in events[:cut]:
        if event["event"] == "slot":
            folded[event["name"]] = event["value"]
    return State(folded, [_slim(event) for event in events[cut:]], turns)


def prelude(state: State, timestamp: float) -> List[SerialisedEvent]:
    """Return the events to apply to a new tracker before `state.events`. They start a session and set the slots."""
    if not state.slots and not state.events:
        return []
    opening = [{"event": "session_started"}, {"event": "action", "name": "action_listen"}] if _is_cut(state) else []
    filled: List[SerialisedEvent] = [
        {"event": "slot", "name": name, "value": value} for name, value in state.slots.items() if value is not None
    ]
    # The order is the same as in Rasa's own session start: the start, the slots, then the listen action.
    return [{**event, "timestamp": timestamp} for event in [*opening[:1], *filled, *opening[1:]]]


def _is_cut(state: State) -> bool:
    return not any(event["event"] == "session_started" for event in state.events)


def _cut(events: List[SerialisedEvent]) -> int:
    starts = [index for index, event in enumerate(events) if event["event"] == "user"]
    return starts[-KEPT_TURNS] if len(starts) > KEPT_TURNS else 0


def _slim(event: SerialisedEvent) -> SerialisedEvent:
    if event["event"] == "user":
        parsed = event.get("parse_data") or {}
        ranking = (parsed.get("intent_ranking") or [])[:KEPT_RANKING]
        kept = {name: value for name, value in parsed.items() if name != "context"}
        return {**event, "parse_data": {**kept, "intent_ranking": ranking}}
    if event["event"] == "bot":
        # The text is in the review log, and the dialogue needs only the event itself.
        return {**event, "text": None, "data": {}}
    return event


def new_turns(events: List[SerialisedEvent], since: int) -> List[List[SerialisedEvent]]:
    """Split the events from index `since` onwards into turns, each of which begins with the writer's message."""
    turns: List[List[SerialisedEvent]] = []
    for event in events[since:]:
        if event["event"] == "user":
            turns.append([])
        if turns:
            turns[-1].append(event)
    return turns


def offered_choices(turn: List[SerialisedEvent]) -> Dict[str, Payload]:
    """Return the payload of each button offered in a turn, by button id."""
    return {
        option["id"]: option["payload"]
        for event in turn
        for message in [_custom(event)]
        if message
        for option in message.get("choices", [])
        if "payload" in option
    }


def shown_turn(turn: List[SerialisedEvent]) -> Optional[ShownTurn]:
    """Return a turn's message and the replies to it, or None if the message has no id."""
    receipt = _receipt(turn)
    if not receipt["id"]:
        return None
    said = [_message(event) for event in turn if event["event"] == "bot"]
    return {
        "message_id": receipt["id"],
        "said": turn[0].get("text") or "",
        "messages": json.dumps([*said, *receipt["after"]]),
    }


def _custom(event: SerialisedEvent) -> Optional[Dict[str, Any]]:
    return (event.get("data") or {}).get("custom") if event["event"] == "bot" else None


def as_turn(conversation_id: str, number: int, at: int, events: List[SerialisedEvent], before: Case) -> Turn:
    """Convert a turn's events to a row for the review log: redacted text, classification, replies and new facts.

    Args:
        conversation_id: the conversation's id.
        number: the turn's number, counted from 1.
        at: the time to store, in seconds since 1970.
        events: the turn's events, from the writer's message to the last part of the reply.
        before: the case before the turn.
    """
    user = events[0]
    parsed = user.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    others = [other for other in parsed.get("intent_ranking") or [] if other["name"] != intent.get("name")]
    runner_up = others[0] if others else {}
    case = case_after(events, before)
    who = asker(case)
    return {
        "conversation_id": conversation_id,
        "number": number,
        "at": at,
        "text": user.get("text") or "",
        "intent": intent.get("name") or "",
        "confidence": float(intent.get("confidence") or 0.0),
        "runner_up": runner_up.get("name"),
        "runner_up_confidence": runner_up.get("confidence"),
        "asker": None if who == UNKNOWN else who,
        "removed": (user.get("metadata") or {}).get("removed", []),
        "replies": [_reply(event) for event in events if event["event"] == "bot"],
        "shown": _shown(events),
        "learned": {
            name: (fact.value, fact.declared) if fact else None for name, fact in learned(before, case).items()
        },
        "urgency": urgency(case, triage.defaults_of(case.intent).urgency),
        "topic": case.topic,
        "model": triage.model_version((user.get("metadata") or {}).get("model_id")),
        "took_ms": _took(events),
    }


def case_after(events: List[SerialisedEvent], before: Case) -> Case:
    """Return the case after these events, or `before` if none of them changed it."""
    changed = [event["value"] for event in events if event["event"] == "slot" and event["name"] == CASE]
    return load(changed[-1]) if changed else before


def _took(turn: List[SerialisedEvent]) -> int:
    """Return the milliseconds from the message to the last part of its reply."""
    said = [event for event in turn if event["event"] == "bot"]
    seconds = float((said[-1] if said else turn[0])["timestamp"]) - float(turn[0]["timestamp"])
    return max(0, round(1000 * seconds))


def _reply(event: SerialisedEvent) -> Reply:
    message = _message(event)
    return cast(Reply, {key: message[key] for key in ("kind", "id", "rule") if key in message})


def _shown(turn: List[SerialisedEvent]) -> List[Message]:
    """Return the messages shown on the page: the assistant's, then the chat's own."""
    answer = [as_sent(_message(event)) for event in turn if event["event"] == "bot"]
    return [*answer, *_receipt(turn)["after"]]


def _receipt(turn: List[SerialisedEvent]) -> Receipt:
    receipt: Optional[Receipt] = (turn[0].get("metadata") or {}).get(RECEIPT)
    return receipt or {"id": "", "after": []}


def _message(event: SerialisedEvent) -> Dict[str, Any]:
    return _custom(event) or {"kind": "text", "text": event.get("text") or ""}
