"""A reply as it is put together: its messages, and the case that remembers what was shown, said and asked."""

from dataclasses import replace
from typing import Collection, Iterable, List, Optional, Sequence

from actions import messages
from actions.messages import Message
from actions.turn import Turn
from bot.case.case import Case
from bot.case.derived import in_danger
from bot.case.questions import Question
from bot.case.replies import unused
from bot.content.cards import Card
from bot.content.models import ChoiceWords, Guidance
from bot.referral.refer import EMERGENCY, Referral, Situation, refer

#: Named instead of a rule where a service is shown whatever the subject: in danger, and after the safe word.
HELP = "help"
#: How a case remembers that it was asked what it is about.
MENU = "menu"
#: Askers who are children or may be.
FOR_CHILDREN = ("young_person", "unknown")


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

    def in_language(self, words: str, card: Card) -> None:
        """Say something in another language than English."""
        self.messages.append(messages.text_of_card(self.turn.library.fill(words), card))

    def once(self, key: str, words: str) -> bool:
        """Say something unless it was said in this conversation; whether it is said now."""
        if key in self.case.said:
            return False
        self.text(words)
        self.remember(key)
        return True

    def unused(self, wordings: Sequence[str], key: str) -> bool:
        """Say the first of several wordings that was not used in this conversation; whether there was one."""
        found = unused(wordings, key, self.case.said)
        return found is not None and self.once(found[1], found[0])

    def helplines(self) -> None:
        """Where to turn, in one line."""
        words = self.turn.library.words
        if not self.unused(words.helplines, "helplines"):
            self.text(words.in_danger)

    def menu(self) -> None:
        """What it can help with; the question above it once."""
        words, is_own = self.turn.library.words, self.turn.asker == "young_person" or self.case.has("about", "self")
        question, options = words.ask_topic, words.capabilities
        if is_own:
            question, options = words.ask_own_topic, words.own_capabilities
        self.choices(words.you_could_say if MENU in self.case.said else question, options)
        self.remember(MENU)

    def choices(self, prompt: str, options: Iterable[ChoiceWords]) -> None:
        """Offer buttons."""
        self.messages.append(messages.choices(prompt, options))

    def show(self, message: Message) -> None:
        """Show a message that is built already."""
        self.messages.append(message)

    def remember(self, *keys: str) -> None:
        """Note what was said."""
        self.case = self.case.with_entries(said=keys)

    def guidance(self, intent: str, folded: bool = True) -> bool:
        """The guidance for an intent in the words for whoever asks, once; whether it is given now."""
        entry = self.turn.library.guidance_for(intent)
        if entry is None:
            return False
        key = _version_key(entry, self.turn.reader)
        if key in self.case.said:
            return False
        version = entry.version_for(self.turn.reader)
        self.messages.append(messages.guidance(entry, version, self.turn.library, folded))
        self.remember(key)
        return True

    def services(self, situation: Optional[Situation] = None, opened: int = 1, again_too: Collection[str] = ()) -> None:
        """The services that fit and were not shown: the first `opened` as open cards, the others folded.

        Where all were shown, one of them is named in a line, once.

        Args:
            situation: that of the case where there is none.
            opened: how many cards are open.
            again_too: services that are cards again.
        """
        offered = refer(situation or self.turn.situation(self.case), self.turn.library, self.turn.rules)
        offered = [one for one in offered if one.service_id not in self._shown_now]
        again = [one for one in offered if one.service_id in self.case.shown and one.service_id not in again_too]
        fresh = self._person_first([one for one in offered if one not in again])
        for place, referral in enumerate(fresh):
            self._card(referral, folded=place >= opened)
        if again and not fresh and not in_danger(self.case):
            name = self._person_first(again)[0]
            line = self.turn.library.words.still_there.format(names=self._name(name))
            self.once(f"line/{name.service_id}", line)

    def cards(self, service_ids: Sequence[str]) -> None:
        """Open cards of services by name, whether or not they were shown."""
        for name in service_ids:
            if name not in self._shown_now:
                is_open = self.turn.library.services[name].hours.is_open(self.turn.moment)
                self._card(Referral(name, HELP, is_open), folded=False)

    def _person_first(self, referrals: List[Referral]) -> List[Referral]:
        """To a child, or somebody who may be one, a person who answers now comes before a form; 999 before all."""
        if self.turn.asker not in FOR_CHILDREN:
            return referrals

        helplines = self.turn.rules.last_resort[self.turn.asker]

        def rank(referral: Referral) -> int:
            answers = referral.service_id in helplines and referral.open_now is not False
            return 0 if referral.service_id == EMERGENCY else 1 if answers else 2

        return sorted(referrals, key=rank)

    def _card(self, referral: Referral, folded: bool) -> None:
        self.messages.append(messages.service(referral, self.turn.moment, self.turn.library, folded))
        self.case = self.case.with_entries(shown=(referral.service_id,))
        self._shown_now.append(referral.service_id)

    def _name(self, referral: Referral) -> str:
        service = self.turn.library.services[referral.service_id]
        return f"{service.name} ({service.phone})" if service.phone else service.name

    def ask(self, question: Optional[Question]) -> bool:
        """Ask a question with a way past it; whether there was one."""
        if question is None:
            return False
        prompt = question.again if question.id in self.case.asked else question.prompt
        self.choices(prompt, [*question.choices, self.turn.triage.skip])
        self.case = replace(self.case.with_entries(asked=(question.id,)), open_question=question.id)
        return True


def _version_key(entry: Guidance, asker: str) -> str:
    """Names the words that an asker reads; askers who read the same share them."""
    return f"{entry.id}/{asker if asker in entry.versions else entry.default}"
