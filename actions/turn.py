"""The context of one turn: the previous case, how the message was read, and the case after it."""

from datetime import datetime, timezone
from typing import List, Mapping, NamedTuple, Optional, Sequence

from rasa_sdk import Tracker

from bot.case.case import Case, load
from bot.case.derived import asker, in_danger, is_young
from bot.case.facts import Fact
from bot.case.named import NamedAnswers, load_named_answers
from bot.case.questions import Question, Triage, load_triage, next_question
from bot.case.reading import Reading, read
from bot.case.replies import Replies, load_replies
from bot.case.reply_models import Audience, just_told
from bot.case.story_questions import StoryQuestions, load_story_questions
from bot.case.update import update
from bot.content.cards import Card, load_cards
from bot.content.library import load_library
from bot.content.models import Command, Library
from bot.referral.refer import Situation, changes_the_services, for_danger, situation_of
from bot.referral.rules import Rules, load_rules
from bot.settings import chosen_area

#: Names of the slots for the case and for the recent messages, which are redacted.
CASE, RECENT = "case", "recent"
#: The fact that records whether the person asked for easier words, and the value that each command gives it.
EASIER, TELLS_EASIER = "easier_words", {"easier": True, "usual": False}
#: Number of messages kept from the start and the end of the conversation. bot/nlu/context.py joins them to the next
#: message as its context.
FIRST, LAST = 1, 3
#: A writer who has sent two or more messages, of four words or fewer on average, counts as writing very little.
FEW_WORDS, MIN_MESSAGES = 4, 2


def now() -> datetime:
    """Return the current time in UTC. Tests replace this function."""
    return datetime.now(timezone.utc)


class Turn(NamedTuple):
    """Everything that an answer may depend on, computed once per turn."""

    previous: Case
    case: Case
    reading: Reading
    recent: List[str]
    """The recent messages kept as context, including this one."""
    pressed: Mapping[str, str]
    """Maps each entity of the pressed button to its value. Empty if the message was typed."""
    moment: datetime
    area: str
    """The police area to assume until the writer names a place."""
    library: Library
    rules: Rules
    triage: Triage
    replies: Replies
    story_questions: StoryQuestions
    named_answers: NamedAnswers
    text: str = ""
    """The typed text, redacted, or an empty string if a button was pressed."""
    command: Optional[Command] = None
    """The command, if the message is one."""

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        """Build the turn for a tracker's latest message."""
        library, rules, message = load_library(), load_rules(), tracker.latest_message
        previous = load(tracker.get_slot(CASE))
        reading = read(message, library.topic_of)
        text = str(message.get("text") or "")
        command = library.words.command(text)
        recent = [*(tracker.get_slot(RECENT) or []), *([text] if text and command not in TELLS_EASIER else [])]
        return cls(
            previous=previous,
            case=_after(previous, reading, text, command, library),
            reading=reading,
            recent=[*recent[:FIRST], *recent[FIRST:][-LAST:]],
            pressed={e["entity"]: e["value"] for e in message.get("entities") or []} if reading.pressed else {},
            moment=now(),
            area=rules.areas.assumed_for(chosen_area()),
            library=library,
            rules=rules,
            triage=load_triage(),
            replies=load_replies(),
            story_questions=load_story_questions(),
            named_answers=load_named_answers(),
            text=text,
            command=command,
        )

    @property
    def asker(self) -> str:
        """The asker. See `bot.case.derived.asker`."""
        return asker(self.case)

    @property
    def answers_story(self) -> bool:
        """Whether the message answers our question about what happened."""
        asked = self.story_questions.find(self.previous.open_question)
        return asked is not None and just_told([asked.id], self.case)

    @property
    def guidance_asker(self) -> str:
        """The asker whose guidance to show, which is "other" for a witness if the asker is unknown."""
        tells_of_another = self.asker == "unknown" and self.case.role.value == "witness"
        return "other" if tells_of_another else self.asker

    @property
    def audience(self) -> Audience:
        """The audience for the short reply."""
        return self.replies.audience_for(self.case)

    @property
    def is_easier(self) -> bool:
        """Whether to use easier words.

        The writer's own choice takes precedence. Otherwise, easier words are for young children and people who write
        very little.
        """
        chosen = self.case.value(EASIER)
        return is_young(self.case) or _writes_little(self.recent) if chosen is None else chosen is True

    def easier(self, text_id: str, audience: str) -> Sequence[str]:
        """Return the sentences of a text's easier version, or none if the turn does not use easier words."""
        return self.replies.easier[text_id][audience] if self.is_easier else ()

    @property
    def card(self) -> Optional[Card]:
        """The card in the message's language, or None for English and for languages without a card."""
        return load_cards().get(self.reading.language or "")

    def situation(self, case: Case) -> Situation:
        """Return the situation that the referral rules apply to, derived from `case` at the time of this turn."""
        return situation_of(case, self.library, self.rules, self.moment, self.area, self.reading.asks)

    def for_danger(self, case: Case) -> List[str]:
        """Return the ids of the services for somebody in danger that suit the case, 999 first."""
        return [one.service_id for one in for_danger(self.situation(case), self.library, self.rules)]

    def question(self, case: Case) -> "Question | None":
        """Return the next question to ask, or None if there is none."""
        situation = self.situation(case)

        def changes(question: Question) -> bool:
            return changes_the_services(question, situation, self.library, self.rules)

        return next_question(case, self.triage, self.library, changes)


def _after(previous: Case, reading: Reading, text: str, command: Optional[Command], library: Library) -> Case:
    """Return the case after a message.

    Turning easier words on or off changes only that one fact. An alarm emoji counts as a hint of suicide, unless the
    case already says something about suicide or somebody is in danger.
    """
    if command is None or command not in TELLS_EASIER:
        case = update(previous, reading, library.topic_of)
        is_hint = library.words.is_alarm(text) and case.value("suicide") is None and not in_danger(case)
        return case.with_facts({**case.facts, "suicide": Fact("hinted", False, case.turn)}) if is_hint else case
    told = Fact(TELLS_EASIER[command], True, previous.turn)
    return previous.with_facts({**previous.facts, EASIER: told})


def _writes_little(recent: Sequence[str]) -> bool:
    return len(recent) >= MIN_MESSAGES and sum(len(text.split()) for text in recent) <= FEW_WORDS * len(recent)
