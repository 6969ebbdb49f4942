"""One turn of a conversation: what was known, how the message was read, and the case that follows."""

from datetime import datetime, timezone
from typing import List, NamedTuple, Optional, Sequence

from rasa_sdk import Tracker

from bot.case.case import Case, load
from bot.case.derived import asker, in_danger, is_young
from bot.case.facts import Fact
from bot.case.questions import Question, Triage, load_triage, next_question
from bot.case.reading import Reading, read
from bot.case.replies import Reader, Replies, load_replies
from bot.case.update import update
from bot.content.cards import Card, load_cards
from bot.content.library import Library, load_library
from bot.content.models import Command
from bot.referral.refer import Situation, changes_the_services, situation_of
from bot.referral.rules import Rules, load_rules
from bot.settings import load_settings

#: Slots: the case, and the last messages as they were redacted.
CASE, RECENT = "case", "recent"
#: The fact that says whether easier words were asked for, and the commands that tell it.
EASIER, TELLS_EASIER = "easier_words", {"easier": True, "usual": False}
#: Messages kept to be read together with the next one: the first and the last three (bot/nlu/context.py joins them).
FIRST, LAST = 1, 3
#: Somebody writes very little if their messages have so many words on average, over two of them at least.
LITTLE, AT_LEAST = 4, 2


def now() -> datetime:
    """The moment, in UTC; a function so that tests can travel."""
    return datetime.now(timezone.utc)


class Turn(NamedTuple):
    """Everything that an answer may depend on."""

    before: Case
    case: Case
    reading: Reading
    recent: List[str]
    """What is kept of the messages, this one too."""
    pressed: "dict[str, object]"
    """What a pressed button says, by the name of its entity."""
    moment: datetime
    area: str
    """The police area assumed until a place is named."""
    library: Library
    rules: Rules
    triage: Triage
    replies: Replies
    text: str = ""
    """What was typed, redacted; nothing where a button was pressed."""
    command: Optional[Command] = None
    """Which message that always does the same it is, if any."""

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        """The turn of a tracker's latest message."""
        library, message = load_library(), tracker.latest_message
        before = load(tracker.get_slot(CASE))
        reading = read(message, library.topic_of)
        text = str(message.get("text") or "")
        command = library.words.command(text)
        recent = [*(tracker.get_slot(RECENT) or []), *([text] if text and command not in TELLS_EASIER else [])]
        return cls(
            before=before,
            case=_after(before, reading, text, command, library),
            reading=reading,
            recent=[*recent[:FIRST], *recent[FIRST:][-LAST:]],
            pressed={e["entity"]: e["value"] for e in message.get("entities") or []} if reading.pressed else {},
            moment=now(),
            area=load_settings().area,
            library=library,
            rules=load_rules(),
            triage=load_triage(),
            replies=load_replies(),
            text=text,
            command=command,
        )

    @property
    def asker(self) -> str:
        """Who asks."""
        return asker(self.case)

    @property
    def reader(self) -> str:
        """Whose words fit: a witness of unknown age reads those for people who worry about another."""
        tells_of_another = self.asker == "unknown" and self.case.role.value == "witness"
        return "other" if tells_of_another else self.asker

    @property
    def voice(self) -> Reader:
        """Whose words the short reply is in."""
        return self.replies.voice_for(self.case)

    @property
    def is_easier(self) -> bool:
        """Whether easier words are used: as was asked, else for young children and those who write very little."""
        chosen = self.case.value(EASIER)
        return is_young(self.case) or _writes_little(self.recent) if chosen is None else chosen is True

    def easier(self, text_id: str, reader: str) -> Sequence[str]:
        """A text in easier words, sentence by sentence; nothing where the usual words are used."""
        return self.replies.easier[text_id][reader] if self.is_easier else ()

    @property
    def card(self) -> Optional[Card]:
        """The card in the language of the message, where that is not English and there is one."""
        return load_cards().get(self.reading.language or "")

    def situation(self, case: Case) -> Situation:
        """What a case comes to for the referral rules, at this moment."""
        return situation_of(case, self.library, self.rules, self.moment, self.area)

    def question(self, case: Case) -> "Question | None":
        """What to ask next, or None."""
        situation = self.situation(case)

        def changes(question: Question) -> bool:
            return changes_the_services(question, situation, self.library, self.rules)

        return next_question(case, self.triage, self.library, changes)


def _after(before: Case, reading: Reading, text: str, command: Optional[Command], library: Library) -> Case:
    """The case after a message; the choice of words tells nothing of the story, a sign of harm is a hint."""
    if command is None or command not in TELLS_EASIER:
        case = update(before, reading, library.topic_of)
        is_hint = library.words.is_alarm(text) and case.value("suicide") is None and not in_danger(case)
        return case.with_facts({**case.facts, "suicide": Fact("hinted", False, case.turn)}) if is_hint else case
    told = Fact(TELLS_EASIER[command], True, before.turn)
    return before.with_facts({**before.facts, EASIER: told})


def _writes_little(recent: Sequence[str]) -> bool:
    return len(recent) >= AT_LEAST and sum(len(text.split()) for text in recent) <= LITTLE * len(recent)
