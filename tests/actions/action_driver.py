"""Conversations with the action: messages as the pipeline would read them, and slots kept between turns."""

import asyncio
from datetime import datetime
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import ActionAnswer
from actions.turn import CASE, Turn
from bot.case.case import Case, dump, load
from bot.case.derived import IDLE
from bot.case.questions import Question, load_triage
from bot.case.reading import ROLE_OF_ASKER
from bot.case.replies import audience_of, load_replies
from bot.case.reply_models import Audience, DangerKind, ShortReply
from bot.case.story_questions import MOST, load_story_questions
from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.referral.refer import EMERGENCY

LIBRARY = load_library()
WORDS = LIBRARY.words
TRIAGE = load_triage()
STORY_QUESTIONS = load_story_questions()
REPLIES = load_replies()
#: A Wednesday on which every service with office hours is open.
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=LONDON)
HELPLINES = LIBRARY.fill(WORDS.helplines[0])
EMERGENCY_WORDS = LIBRARY.fill(WORDS.emergency)
CRISIS = "crisis"
#: The topics of a calm message in a conversation about danger. The topic crisis would count as danger again.
CALM = {"emotional_support": 0.3}


class BotReply(NamedTuple):
    """The messages of a reply."""

    messages: Tuple[Mapping[str, Any], ...]

    def of(self, kind: str) -> List[Mapping[str, Any]]:
        return [message for message in self.messages if message["kind"] == kind]

    @property
    def kinds(self) -> List[str]:
        """The kinds of the messages in order, with each run of a kind collapsed."""
        kinds = [message["kind"] for message in self.messages]
        return [kind for place, kind in enumerate(kinds) if kinds[place - 1 : place] != [kind]]

    @property
    def texts(self) -> List[str]:
        return [message["text"] for message in self.of("text")]

    @property
    def cards(self) -> List[str]:
        return [message["id"] for message in self.of("service")]

    @property
    def open_cards(self) -> List[str]:
        """Services whose cards are not folded."""
        return [message["id"] for message in self.of("service") if not message.get("folded")]

    @property
    def titles(self) -> List[str]:
        return [message["title"] for message in self.of("guidance")]

    @property
    def summaries(self) -> List[str]:
        return [message["summary"] for message in self.of("guidance")]

    @property
    def prompts(self) -> List[str]:
        return [message["prompt"] for message in self.of("choices")]

    @property
    def labels(self) -> List[str]:
        return [choice["label"] for message in self.messages for choice in message.get("choices", [])]

    @property
    def names_999(self) -> bool:
        return EMERGENCY in self.cards or any("999" in words for words in (*self.texts, *self.prompts))


class Conversation:
    """A conversation with the action."""

    def __init__(self, slots: Optional[Mapping[str, Any]] = None) -> None:
        self.slots: Dict[str, Any] = dict(slots or {})
        self.last = BotReply(())

    @property
    def case(self) -> Case:
        return load(self.slots.get(CASE))

    @property
    def danger(self) -> DangerKind:
        """The kind of danger that the conversation is about."""
        return REPLIES.danger_for(self.case)

    @property
    def audience(self) -> Audience:
        """The audience of the replies."""
        return audience_of(self.case)

    def was_asked_everything(self) -> "Conversation":
        """Mark every question in triage.yml and the maximum number of story questions as asked."""
        questions = (*TRIAGE.questions, *STORY_QUESTIONS.questions[:MOST])
        self.slots[CASE] = dump(self.case.with_entries(asked=tuple(question.id for question in questions)))
        return self

    def opens(self, **entities: str) -> BotReply:
        """Open the page."""
        return self._answered(pressed("start_conversation", entities))

    def says(self, intent: str, confidence: float = 0.95, **read: Any) -> BotReply:
        """Type a message; see `typed`."""
        return self._answered(typed(intent, confidence, self.case.topic, **read))

    def presses(self, label: str) -> BotReply:
        """Press a button under the last reply."""
        payloads = [
            c["payload"] for message in self.last.messages for c in message.get("choices", []) if c["label"] == label
        ]
        assert payloads, f"there is no button '{label}' among {self.last.labels}"
        return self._answered(pressed(payloads[0]["intent"], payloads[0]["entities"]))

    def gets(self, message: Mapping[str, Any]) -> BotReply:
        """Send a message with any parse data."""
        return self._answered(message)

    def turn(self, intent: str, confidence: float = 0.95, **read: Any) -> Turn:
        """Return the turn for a typed message, without answering it."""
        return Turn.of(self.tracker(typed(intent, confidence, self.case.topic, **read)))

    def tracker(self, message: Mapping[str, Any]) -> Tracker:
        return Tracker("somebody", self.slots, dict(message), [], False, None, {}, None)

    def _answered(self, message: Mapping[str, Any]) -> BotReply:
        dispatcher = CollectingDispatcher()
        events = asyncio.run(ActionAnswer().run(dispatcher, self.tracker(message), {}))
        self.slots = {**self.slots, **{event["name"]: event["value"] for event in events}}
        self.last = BotReply(tuple(message["custom"] for message in dispatcher.messages))
        return self.last


def pressed(intent: str, entities: Mapping[str, str]) -> Dict[str, Any]:
    """Return the parse data for a pressed button."""
    named = {"name": intent, "confidence": 1.0}
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    return {"text": "", "intent": named, "intent_ranking": [named], "entities": found}


def typed(
    intent: str,
    confidence: float,
    subject: str = "small_talk",
    *,
    text: str = "some words of what somebody has to tell",
    about: Optional[str] = None,
    ranking: Optional[Mapping[str, float]] = None,
    entities: Optional[Mapping[str, Any]] = None,
    ages: Optional[Mapping[str, int]] = None,
    topics: Optional[Mapping[str, float]] = None,
    move: Union[str, Mapping[str, float]] = "tells",
    role: Optional[str] = None,
    urgencies: Optional[Mapping[str, float]] = None,
    asks: Union[str, Mapping[str, float], None] = None,
    remark: Optional[str] = None,
    faq: Union[str, Mapping[str, float], None] = None,
    facts: Optional[Mapping[str, Any]] = None,
    is_first: bool = False,
) -> Dict[str, Any]:
    """Return the parse data for a text, with `context` as bot/nlu/context.py writes it.

    Args:
        intent: the intent of the message when read on its own.
        confidence: the probability of that intent, and of the topic in the conversation.
        subject: the topic of the conversation, which a short answer or an aside leaves unchanged.
        text: the text of the message.
        about: the topic in the conversation, if it differs from the topic of the intent.
        ranking: other possible intents, with their probabilities.
        entities: values by entity name.
        ages: the ages in the text, by fact.
        topics: the topics in the conversation with their probabilities, instead of `about`.
        move: what the message does, or several moves with their probabilities.
        role: the role of the writer; by default, the one declared by the entities, or else `asks`.
        urgencies: the urgencies in the conversation, with their probabilities.
        asks: the kind of direct question, or several kinds with their probabilities.
        remark: the remark in the message.
        faq: the frequently asked question in the message, or several with their probabilities.
        facts: the facts in the message.
        is_first: whether it is the first message that was typed.
    """
    topic = LIBRARY.topic_of(intent)
    if topic in IDLE and subject not in IDLE:
        topic = subject
        topics = topics or (CALM if subject == CRISIS and about is None else None)
    intents = {intent: confidence, **(ranking or {})}
    ranked = [{"name": name, "confidence": p} for name, p in sorted(intents.items(), key=lambda one: -one[1])]
    found = [{"entity": name, "value": value} for name, value in (entities or {}).items()]
    role = role or ROLE_OF_ASKER.get((entities or {}).get("told_asker", ""), "asks")
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": ranked,
        "entities": found,
        "context": {
            "topics": dict(topics or {about or topic: confidence}),
            "moves": {move: 0.9} if isinstance(move, str) else dict(move),
            "roles": {role: 0.9},
            "urgencies": dict(urgencies or {"concern": 0.9}),
            "asks": {asks: 0.9} if isinstance(asks, str) else dict(asks or {}),
            "remarks": {remark: 0.9} if remark else {},
            "faq": {faq: 0.9} if isinstance(faq, str) else dict(faq or {}),
            "numbers": [{"years": years, "of": {name: 0.9}} for name, years in (ages or {}).items()],
            "facts": [[name, value, 0.95] for name, value in (facts or {}).items()],
            "intents": ranked,
            "is_first": is_first,
        },
    }


def name_of(service_id: str) -> str:
    return LIBRARY.services[service_id].name


def question_of(question_id: str) -> Question:
    question = TRIAGE.question(question_id)
    assert question is not None
    return question


def prompt_of(question_id: str) -> str:
    return question_of(question_id).prompt


def straight_answer(answer_id: str, asker: str = "unknown") -> str:
    entry = next(one for one in LIBRARY.answers if one.id == answer_id)
    return LIBRARY.fill(entry.versions[entry.version_key(asker)])


def faq_answer(question: str, asker: str = "unknown") -> str:
    entry = LIBRARY.faq[question]
    return LIBRARY.fill(entry.versions[entry.version_key(asker)])


def in_easier_words(text_id: str, audience: str = "young_person") -> List[str]:
    """The sentences of a reply, an answer or a danger kind, in easier words."""
    return [LIBRARY.fill(sentence) for sentence in REPLIES.easier[text_id][audience]]


def short(reply_id: str) -> ShortReply:
    """A short reply by its id."""
    return next(one for replies in REPLIES.by_topic.values() for one in replies if one.id == reply_id)


def transition(name: str, audience: Audience = "young_person") -> List[str]:
    """The replies to a message that changes nothing."""
    return [LIBRARY.fill(words) for words in REPLIES.transitions[name].words[audience]]


def fallback(topic: str, audience: Audience = "young_person") -> str:
    """The fallback for a topic, which fits every story about it."""
    return LIBRARY.fill(" ".join(REPLIES.next_steps[topic].fallback[audience]))


def next_steps(topic: str, audience: Audience = "young_person") -> List[str]:
    """The steps of a topic that need no facts, in order."""
    steps = [one for one in REPLIES.next_steps[topic].steps if not one.when and audience in one.words]
    return [" ".join(one.words[audience]) for one in steps]


def replies_to(name: str, audience: Audience = "young_person") -> List[str]:
    """The replies to a remark."""
    return [" ".join(sentences) for sentences in REPLIES.remarks[name].words[audience]]


def feeling(name: str, audience: Audience = "young_person") -> List[str]:
    """The replies to a feeling."""
    return next(one.words[audience] for one in REPLIES.feelings if one.id == name)


def summary_of(intent: str, asker: str) -> str:
    entry = LIBRARY.guidance_for(intent)
    assert entry is not None
    return LIBRARY.fill(entry.version_for(asker).summary)


def title_of(intent: str) -> str:
    entry = LIBRARY.guidance_for(intent)
    assert entry is not None
    return entry.title


def what_if(intent: str, asker: str = "young_person") -> str:
    return LIBRARY.fill(LIBRARY.what_if_after(intent)[asker])


def blackmailed(facts: Optional[Mapping[str, Any]] = None, **read: Any) -> Conversation:
    """A conversation about blackmail, with any further facts."""
    talk = Conversation()
    told = {"threat": True, "about": "self", **(facts or {})}
    talk.says("disclose_sextortion", role="harmed", facts=told, **read)
    return talk


def asked_whether_it_helped() -> Conversation:
    """A parent has asked for information until there is nothing else to offer."""
    talk = Conversation()
    talk.says("ask_penalties", entities={"told_asker": "parent"})
    for _ in short("law_penalties").choices:
        if talk.last.prompts != [WORDS.did_it_help]:
            talk.presses(talk.last.labels[0])
    assert talk.last.prompts == [WORDS.did_it_help]
    return talk


def in_danger() -> Conversation:
    """A writer has said outright that they want to die."""
    talk = Conversation()
    talk.says("disclose_suicidal", 1.0)
    return talk


def followed() -> Conversation:
    """A stranger is outside. The danger follows only from the facts, because the intent does not indicate any."""
    talk = Conversation()
    talk.says("nlu_fallback", 0.3, facts={"other": "stranger_online", "other_near": "outside"})
    return talk


def hinting() -> Conversation:
    """A writer may have meant suicide."""
    talk = Conversation()
    talk.says(
        "disclose_suicidal",
        0.4,
        ranking={"feel_bad": 0.35},
        topics={CRISIS: 0.4, "emotional_support": 0.35},
        urgencies={"immediate_danger": 0.2, "concern": 0.5},
    )
    return talk
