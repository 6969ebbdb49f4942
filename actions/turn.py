"""One turn of a conversation: what was known, how the message was read, and the case that follows."""

from datetime import datetime, timezone
from typing import List, NamedTuple

from rasa_sdk import Tracker

from bot.case.case import Case, load
from bot.case.derived import asker
from bot.case.questions import Question, Triage, load_triage, next_question
from bot.case.reading import Reading, read
from bot.case.replies import Reader, Replies, load_replies
from bot.case.update import update
from bot.content.library import Library, load_library
from bot.referral.refer import Situation, changes_the_services, situation_of
from bot.referral.rules import Rules, load_rules
from bot.settings import load_settings

#: Slots: the case, and the last messages as they were redacted.
CASE, RECENT = "case", "recent"
#: Messages kept to be read together with the next one: the first and the last three (bot/nlu/context.py joins them).
FIRST, LAST = 1, 3


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

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        """The turn of a tracker's latest message."""
        library, message = load_library(), tracker.latest_message
        before = load(tracker.get_slot(CASE))
        reading = read(message, library.topic_of)
        text = str(message.get("text") or "")
        recent = [*(tracker.get_slot(RECENT) or []), *([text] if text else [])]
        return cls(
            before=before,
            case=update(before, reading, library.topic_of),
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

    def situation(self, case: Case) -> Situation:
        """What a case comes to for the referral rules, at this moment."""
        return situation_of(case, self.library, self.rules, self.moment, self.area)

    def question(self, case: Case) -> "Question | None":
        """What to ask next, or None."""
        situation = self.situation(case)

        def changes(question: Question) -> bool:
            return changes_the_services(question, situation, self.library, self.rules)

        return next_question(case, self.triage, self.library, changes)
