"""A reply as it is put together: its messages, and the case that remembers what was shown, said and asked."""

from dataclasses import replace
from typing import Iterable, List, Optional

from actions import messages
from actions.messages import Message
from actions.turn import Turn
from bot.case.case import Case
from bot.case.questions import Question
from bot.content.models import ChoiceWords, Guidance
from bot.referral.refer import EMERGENCY, Referral, Situation, refer


class Reply:
    """The reply to one turn. Nothing that was shown or said before is shown or said the same way again."""

    def __init__(self, turn: Turn) -> None:
        """Begin with nothing said."""
        self.turn = turn
        # A question that is not asked again is not open any more: what comes next does not answer it.
        self.case: Case = replace(turn.case, open_question=None)
        self.messages: List[Message] = []
        self._shown_now: List[str] = []

    def text(self, words: Optional[str]) -> None:
        """Say a sentence or two; numbers of services are filled in."""
        if words:
            self.messages.append(messages.text(self.turn.library.fill(words)))

    def once(self, key: str, words: str) -> bool:
        """Say something unless it was said in this conversation; whether it is said now."""
        if key in self.case.said:
            return False
        self.text(words)
        self.remember(key)
        return True

    def choices(self, prompt: str, options: Iterable[ChoiceWords]) -> None:
        """Offer buttons."""
        self.messages.append(messages.choices(prompt, options))

    def show(self, message: Message) -> None:
        """Show a message that is built already."""
        self.messages.append(message)

    def remember(self, *keys: str) -> None:
        """Note what was said."""
        self.case = self.case.with_entries(said=keys)

    def guidance(self, intent: str) -> bool:
        """The guidance for an intent in the words for whoever asks, once; whether it is given now."""
        entry, library = self.turn.library.guidance_for(intent), self.turn.library
        if entry is None:
            return False
        reader = self.turn.reader
        key = _version_key(entry, reader)
        if key in self.case.said:
            return False
        version = entry.version_for(reader)
        self.messages.append(messages.guidance(entry, version, library))
        if version.say:
            self.text(library.words.say_with_child.format(say=version.say))
        self.remember(key)
        return True

    def services(self, situation: Optional[Situation] = None) -> None:
        """The services that fit: as cards those not shown yet, in one line those that were.

        In danger 999 is a card again, as the first thing to be seen.
        """
        offered = refer(situation or self.turn.situation(self.case), self.turn.library, self.turn.rules)
        offered = [one for one in offered if one.service_id not in self._shown_now]
        again = [one for one in offered if one.service_id in self.case.shown and one.service_id != EMERGENCY]
        for referral in offered:
            if referral not in again:
                self._card(referral)
        names = [self._name(one) for one in again]
        if names:
            self.text(self.turn.library.words.still_there.format(names=", ".join(names)))

    def _card(self, referral: Referral) -> None:
        self.messages.append(messages.service(referral, self.turn.moment, self.turn.library))
        self.case = self.case.with_entries(shown=(referral.service_id,))
        self._shown_now.append(referral.service_id)

    def _name(self, referral: Referral) -> str:
        service = self.turn.library.services[referral.service_id]
        return f"{service.name} ({service.phone})" if service.phone else service.name

    def ask(self, question: Optional[Question]) -> bool:
        """Ask a question with a way past it; whether there was one."""
        if question is None:
            return False
        self.choices(question.prompt, [*question.choices, self.turn.triage.skip])
        self.case = replace(self.case.with_entries(asked=(question.id,)), open_question=question.id)
        return True


def _version_key(entry: Guidance, asker: str) -> str:
    """Names the words that an asker reads; askers who read the same share them."""
    return f"{entry.id}/{asker if asker in entry.versions else entry.default}"
