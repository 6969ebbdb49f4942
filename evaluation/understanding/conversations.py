"""Plays annotated conversations through the whole chat, and measures its topics, roles, danger and services.

Messages go through the whole chat: redaction, safety net, model, case and referral. People who work on the model may
read the development set. The sealed set may be used no more than three times per issue, and only its totals are
reported.
"""

import asyncio
from collections import defaultdict
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from rasa.core.agent import Agent

from bot.case.annotations import Conversation, Turn
from bot.case.case import Case, load
from bot.case.derived import in_danger
from bot.case.facts import URGENCIES
from bot.case.replies import load_replies
from bot.case.reply_models import OTHER_QUESTION
from bot.chat.session import SessionService, hash_token
from bot.content.library import load_library
from bot.content.message_types import Message
from bot.settings import ROOT
from evaluation.understanding.rubric import JudgedReply, summary, visible_words

DEVELOPMENT = ROOT / "tests" / "talks" / "development"
SEALED = ROOT / "tests" / "talks" / "sealed"
#: Vague first messages from adults, mostly without danger, each followed by a second message.
OPENINGS = ROOT / "tests" / "talks" / "openings"
#: Services for people who may do harm. They must never be offered to people who were harmed.
FOR_DOERS = frozenset(("stop_it_now", "lucy_faithfull", "stopso", "shore"))
EMERGENCY = "999"
#: The first parts of the `Case.said` keys of replies that only say that a message was understood.
TAKEN_IN = ("adds_nothing", "heard_at_length", "said_before")


class PlayedTurn(NamedTuple):
    """A turn that was played, with its reply and the case after it."""

    turn: Turn
    case: Case
    topic: str
    messages: List[Message]
    answered: FrozenSet[str] = frozenset()
    """The questions that get a straight answer in the reply: kinds of direct question, and ids in content/en/faq/."""
    offered: FrozenSet[str] = frozenset()
    """The kinds of direct question that the reply offers as buttons, because it is unclear which one is meant."""
    is_only_taken_in: bool = False
    """Whether the reply only says that the message was understood, or that everything has been said before."""
    remark: Optional[str] = None
    """The remark that the reply acknowledges."""

    @property
    def asked(self) -> FrozenSet[str]:
        """The annotated questions that have a written answer: kinds of direct question, and ids in content/en/faq/."""
        kind = None if self.turn.asks == OTHER_QUESTION else self.turn.asks
        return frozenset(one for one in (kind, self.turn.faq) if one is not None)

    @property
    def is_right(self) -> bool:
        """Whether the topic is one of the annotated topics."""
        return self.topic in self.turn.topics

    @property
    def services(self) -> Set[str]:
        """The ids of the services shown as cards."""
        return {message["id"] for message in self.messages if message["kind"] == "service"}

    @property
    def names_999(self) -> bool:
        """Whether the reply mentions 999, in a text or on a card."""
        texts = [str(message.get("text") or "") for message in self.messages if message["kind"] == "text"]
        return "police_999" in self.services or any(EMERGENCY in text for text in texts)

    @property
    def is_alarm(self) -> bool:
        """Whether, according to the case, somebody is in danger now."""
        return in_danger(self.case)


async def play(sessions: SessionService, agent: Agent, conversation: Conversation) -> List[PlayedTurn]:
    """Play the turns of a conversation in order."""
    started = await sessions.start(agent)
    played: List[PlayedTurn] = []
    said: Set[str] = set()
    library = load_library()
    questions = {**{one.id: str(one.asks) for one in library.answers}, **{name: name for name in library.faq}}
    for turn in conversation.turns:
        answer = await sessions.say(agent, started.token, turn.text)
        tracker = await agent.tracker_store.retrieve(hash_token(started.token))
        case = load(tracker.get_slot("case")) if tracker is not None else Case()
        new = [key.split("/") for key in set(case.said) - said]
        answered = frozenset(questions[key[1]] for key in new if key[0] == "answer")
        taken_in = any(key[0] in TAKEN_IN for key in new)
        remark = next((key[1] for key in new if key[0] == "remark"), None)
        offered = _questions_offered(answer.messages)
        played.append(PlayedTurn(turn, case, answer.topic, answer.messages, answered, offered, taken_in, remark))
        said = set(case.said)
    return played


def play_all(
    sessions: SessionService, agent: Agent, conversations: Iterable[Conversation]
) -> List[Tuple[Conversation, List[PlayedTurn]]]:
    """Play conversations one after another."""

    async def all_of_them() -> List[Tuple[Conversation, List[PlayedTurn]]]:
        return [(conversation, await play(sessions, agent, conversation)) for conversation in conversations]

    return asyncio.run(all_of_them())


#: For each metric, a function that returns an outcome for each relevant turn, or a single outcome for the conversation.
OUTCOMES: Dict[str, Callable[[Conversation, Sequence[PlayedTurn]], List[bool]]] = {
    "topic": lambda conversation, played: [one.is_right for one in played],
    "role": lambda conversation, played: [_same_role(one) for one in played],
    "danger_answered": lambda conversation, played: [
        one.is_alarm and one.names_999 for one in played if one.turn.is_danger
    ],
    "false_alarms": lambda conversation, played: [one.is_alarm for one in played if one.turn.is_calm],
    "services_right": lambda conversation, played: [
        not services_missing(conversation, played) and not services_wrong(conversation, played)
    ],
}


def measure(played: Sequence[Tuple[Conversation, Sequence[PlayedTurn]]]) -> Dict[str, Any]:
    """Return all the metrics in the report."""
    outcomes = {name: [outcome(*one) for one in played] for name, outcome in OUTCOMES.items()}
    turns = [one for _, conversation in played for one in conversation]
    later = [one for _, conversation in played for one in conversation[1:]]
    harmed = [one for one in turns if one.turn.role in ("harmed", "witness")]
    dangers = [one for one in turns if one.turn.is_danger]
    calm = [one for one in turns if one.turn.is_calm]
    questions = [one for one in turns if one.turn.asks]
    answerable = [one for one in turns if one.asked]
    of_a_kind = [one for one in questions if one.turn.asks != OTHER_QUESTION]
    faq = set(load_library().faq)
    cards = [sorted(one.services) for _, conversation in played for one in conversation]
    return {
        "conversations": len(played),
        "turns": len(turns),
        **{name: _share([o for one in each for o in one], bool) for name, each in outcomes.items()},
        "held_by_conversation": {name: [sum(one) for one in each] for name, each in outcomes.items()},
        "topic_needs_context": _share([one for one in later if one.turn.needs_context], lambda one: one.is_right),
        "topic_stands_alone": _share([o for o in turns if not o.turn.needs_context], lambda one: one.is_right),
        "topic_by_turn": _by_turn(played, lambda one: one.is_right),
        "wrong_role": _share(turns, lambda one: not _same_role(one) and one.case.role.value != "asks"),
        "harmed_offered_help_for_doers": sum(bool(one.services & FOR_DOERS) for one in harmed),
        "danger_turns": len(dangers),
        "danger_at_least_named_999": _share(dangers, lambda one: one.names_999),
        "calm_turns": len(calm),
        "false_alarms_by_turn": _by_turn(played, lambda one: one.is_alarm, lambda one: one.turn.is_calm),
        "services_missing": _share(played, lambda one: bool(services_missing(*one))),
        "services_wrong": _share(played, lambda one: bool(services_wrong(*one))),
        "cards_shown_again": _again(played) if any(cards) else 0.0,
        "questions_answered": _share(questions, lambda one: bool(one.answered)),
        "questions_answered_right": _share(answerable, lambda one: bool(one.asked & one.answered)),
        "questions_answered_otherwise": _share(
            answerable, lambda one: bool(one.answered) and not one.asked & one.answered
        ),
        "questions_offered": _share(of_a_kind, lambda one: one.turn.asks in one.offered),
        "faq_answered": _share([one for one in turns if one.turn.faq], lambda one: one.turn.faq in one.answered),
        "faq_right": _share([one for one in turns if one.answered & faq], lambda one: one.turn.faq in one.answered),
        "remarks_met": _share([one for one in turns if one.turn.remark], lambda one: one.remark == one.turn.remark),
        "remarks_right": _share([one for one in turns if one.remark], lambda one: one.remark == one.turn.remark),
        "only_taken_in": _share(turns, lambda one: one.is_only_taken_in),
        "facts": facts(played),
        "words_median": _quantile([visible_words(one.messages) for one in turns], 0.5),
        "words_nine_of_ten": _quantile([visible_words(one.messages) for one in turns], 0.9),
        "rubric": summary(
            [[_judged(conversation, one) for one in played_turns] for conversation, played_turns in played]
        ),
    }


def services_missing(conversation: Conversation, played: Sequence[PlayedTurn]) -> List[str]:
    """Return the entries in the conversation's `right` list that no offered service satisfies."""
    offered = set().union(*(one.services for one in played))
    return [entry for entry in conversation.right if not offered & set(entry.split("|"))]


def services_wrong(conversation: Conversation, played: Sequence[PlayedTurn]) -> List[str]:
    """Return the services in the conversation's `wrong` list that were offered anyway."""
    offered = set().union(*(one.services for one in played))
    return sorted(offered & set(conversation.wrong))


def facts(played: Sequence[Tuple[Conversation, Sequence[PlayedTurn]]]) -> Dict[str, Dict[str, float]]:
    """Return each fact's precision and recall at the end of a conversation, and how many conversations state it."""
    found: Dict[str, List[int]] = defaultdict(lambda: [0, 0, 0])
    for conversation, turns in played:
        told = {name: value for turn in conversation.turns for name, value in turn.facts.items()}
        held = {name: fact.value for name, fact in turns[-1].case.facts.items()}
        for name in told.keys() | held.keys():
            counts = found[name]
            counts[0] += name in told
            counts[1] += name in held
            counts[2] += name in told and name in held and str(told[name]).lower() == str(held[name]).lower()
    return {
        name: {
            "told": counts[0],
            "recall": round(counts[2] / counts[0], 3) if counts[0] else 0.0,
            "precision": round(counts[2] / counts[1], 3) if counts[1] else 0.0,
        }
        for name, counts in sorted(found.items(), key=lambda one: -one[1][0])
    }


def _questions_offered(messages: Sequence[Message]) -> FrozenSet[str]:
    """Return the kinds of direct question that a reply's buttons ask, recognised by their labels in questions.yml."""
    kinds = {label: kind for kind, labels in load_replies().questions.items() for label in labels.values()}
    labels = [choice["label"] for one in messages if one["kind"] == "choices" for choice in one["choices"]]
    return frozenset(kinds[label] for label in labels if label in kinds)


def _same_role(one: PlayedTurn) -> bool:
    return one.case.role.value == one.turn.role


def _judged(conversation: Conversation, one: PlayedTurn) -> JudgedReply:
    return JudgedReply(
        messages=one.messages,
        harm=one.turn.urgency in URGENCIES[2:],
        danger=one.is_alarm,
        wrong_services=one.services & set(conversation.wrong),
        blames=one.turn.role in ("harmed", "witness") and bool(one.services & FOR_DOERS),
    )


def _again(played: Sequence[Tuple[Conversation, Sequence[PlayedTurn]]]) -> float:
    """Return the fraction of cards that had already been shown in the same conversation."""
    shown = again = 0
    for _, turns in played:
        seen: Set[str] = set()
        for one in turns:
            shown += len(one.services)
            again += len(one.services & seen)
            seen |= one.services
    return round(again / max(shown, 1), 4)


def _by_turn(
    played: Sequence[Tuple[Conversation, Sequence[PlayedTurn]]],
    holds: Callable[[PlayedTurn], bool],
    counts: Callable[[PlayedTurn], bool] = lambda one: True,
) -> Dict[str, float]:
    """Return the fraction of turns for which `holds` is true, by turn number. Turns 8 and later are grouped."""
    groups: Dict[str, List[PlayedTurn]] = defaultdict(list)
    for _, turns in played:
        for number, one in enumerate(turns, start=1):
            if counts(one):
                groups[str(min(number, 8))].append(one)
    return {number: _share(group, holds) for number, group in sorted(groups.items())}


def _share(group: Sequence[Any], holds: Callable[[Any], bool]) -> float:
    return round(sum(map(holds, group)) / len(group), 4) if group else 1.0


def _quantile(values: Sequence[int], share: float) -> int:
    """Return the `share` quantile of the values, or 0 if there are none."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0
