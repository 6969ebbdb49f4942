"""Builds the structured messages for clients from the content. All text in them is plain text."""

import secrets
from datetime import datetime
from typing import Dict, Iterable, Optional

from rasa_sdk.executor import CollectingDispatcher

from bot.content.cards import Card
from bot.content.hours import LONDON
from bot.content.message_types import (
    Brief,
    ChoicesMessage,
    ComparisonMessage,
    Foldable,
    GuidanceMessage,
    Message,
    OfferedChoice,
    Payload,
    ServiceMessage,
    TextMessage,
)
from bot.content.models import Button, Comparison, Guidance, Library, Scene, SceneChoice, Service, Version, Words
from bot.referral.refer import Referral


def send(dispatcher: CollectingDispatcher, messages: Iterable[Message], topic: Optional[str] = None) -> None:
    """Send messages in order. The first also carries the conversation's topic, which the chat session then removes."""
    for place, message in enumerate(messages):
        about = {"about": topic} if topic is not None and place == 0 else {}
        dispatcher.utter_message(json_message={**message, **about})


def text(words: str) -> TextMessage:
    """Return a text message of a sentence or two."""
    return {"kind": "text", "text": words}


def text_in_language(words: str, card: Card) -> TextMessage:
    """Return a text message in a card's language, with its language code and direction."""
    return {"kind": "text", "text": words, "lang": card.code, "dir": card.direction}


def guidance(entry: Guidance, version: Version, library: Library, folded: bool = False) -> GuidanceMessage:
    """Return a guidance message with its sources. Any words to say to a child become its last step."""
    say = [library.words.say_with_child.format(say=version.say)] if version.say else []
    sources = [library.sources[source] for source in entry.sources]
    return {
        "kind": "guidance",
        "topic": library.topic_of(entry.intents[0]),
        "title": entry.title,
        "summary": library.fill(version.summary),
        "steps": [library.fill(step) for step in [*version.steps, *say]],
        "sources": [{"name": source.name, "url": source.url} for source in sources],
        "checked_on": library.checked_on(entry).isoformat(),
        **_folded(folded),
    }


def service(
    referral: Referral, moment: datetime, library: Library, folded: bool = False, brief: bool = False
) -> ServiceMessage:
    """Return a service message that says whether the service is open at `moment`."""
    facts = library.services[referral.service_id]
    opened = opening(facts, moment, library)
    return {
        "kind": "service",
        "id": referral.service_id,
        "name": facts.name,
        "does": facts.does,
        "phone": facts.phone,
        "text": facts.text,
        "url": facts.url,
        "hours": f"{facts.hours.words} ({opened})" if opened else facts.hours.words,
        "open_now": referral.open_now,
        "anonymous": facts.anonymous.words,
        "note": " ".join(filter(None, (facts.note, facts.if_closed))) or None,
        "checked_on": facts.checked_on.isoformat(),
        **_folded(folded),
        **_brief(brief),
        "rule": referral.rule,
    }


def _folded(folded: bool) -> Foldable:
    """Return the field that makes the page show a message folded, or no fields for an open message."""
    return {"folded": True} if folded else {}


def _brief(brief: bool) -> Brief:
    """Return the field that makes the page fold what a service does, or no fields."""
    return {"brief": True} if brief else {}


def opening(facts: Service, moment: datetime, library: Library) -> Optional[str]:
    """Return words such as "open now until 11pm" or "closed now, opens Monday at 9am".

    Return None if the hours are not known, or if the service is always open, because its hours already say so.
    """
    words = library.words
    if facts.hours.always:
        return None
    closes = facts.hours.closes(moment)
    if closes is not None:
        return words.open_until.format(time=clock(closes))
    opens = facts.hours.opens(moment)
    if opens is None:
        return words.closed
    return words.opens.format(day=_day(opens, moment), time=clock(opens))


def clock(moment: datetime) -> str:
    """Return a time of day as people say it: 9am, 5:30pm, midnight."""
    local = moment.astimezone(LONDON)
    if (local.hour, local.minute) == (0, 0):
        return "midnight"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{(local.hour - 1) % 12 + 1}{minutes}{'am' if local.hour < 12 else 'pm'}"


def comparison(entry: Comparison, scene: Scene) -> ComparisonMessage:
    """Return a comparison message: a real-life scene, its online equivalent, a question and the choices."""
    return {
        "kind": "comparison",
        "id": entry.id,
        "real_world": scene.real_world,
        "online": scene.online,
        "question": scene.question,
        "choices": [_scene_choice(entry.id, choice) for choice in scene.choices],
    }


def child_ages(comparison_id: str, words: Words) -> ChoicesMessage:
    """Return a choices message that asks how old the child is, because the words after a comparison depend on it."""
    options = [
        option.copy(update={"entities": {"comparison": comparison_id, **option.entities}})
        for option in words.child_ages
    ]
    return choices(words.how_old_is_your_child, options)


def choices(prompt: str, options: Iterable[Button]) -> ChoicesMessage:
    """Return a choices message: a prompt and its buttons."""
    return {
        "kind": "choices",
        "prompt": prompt,
        "choices": [choice(option.label, option.intent, option.entities) for option in options],
    }


def choice(label: str, intent: str, entities: Optional[Dict[str, str]] = None) -> OfferedChoice:
    """Return a button with a random id."""
    payload: Payload = {"intent": intent, "entities": entities or {}, "label": label}
    return {"id": secrets.token_urlsafe(9), "label": label, "payload": payload}


def _scene_choice(comparison_id: str, option: SceneChoice) -> OfferedChoice:
    return choice(option.label, option.leads_to or "choose", {"comparison": comparison_id, "choice": option.id})


def _day(opens: datetime, moment: datetime) -> str:
    local, now = opens.astimezone(LONDON), moment.astimezone(LONDON)
    days = (local.date() - now.date()).days
    return {0: "today", 1: "tomorrow"}.get(days) or local.strftime("%A")
