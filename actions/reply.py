"""Builds the reply to one turn: its messages, and the case that records what was shown, said and asked."""

from dataclasses import replace
from typing import Collection, Iterable, List, Optional, Sequence

from actions import messages
from actions.trimming import FOR_ADULTS, fitting
from actions.turn import Turn
from bot.case.case import Case
from bot.case.derived import in_danger
from bot.case.questions import Question
from bot.case.replies import unused
from bot.case.story_questions import StoryQuestion
from bot.content.cards import Card
from bot.content.message_types import Message, ServiceMessage
from bot.content.models import Button, Guidance
from bot.referral.refer import EMERGENCY, Referral, Situation, objection, refer

#: The rule recorded for services that are shown because of danger or a "help" command, whatever the subject.
HELP = "help"
#: Added to `Case.said` once the menu has been shown.
MENU = "menu"
#: Key in `Case.said` of the text on how to reach other police forces, and the id of the nationwide police service.
OTHER_FORCE, POLICE = "other_force", "police_101"
#: Prefix of the keys in `Case.said` for the lines that list the helplines.
HELPLINES = "helplines"
#: Askers who are or may be children.
FOR_CHILDREN = ("young_person", "unknown")


class Reply:
    """The reply to one turn. It avoids repeating anything that the conversation has already shown or said."""

    def __init__(self, turn: Turn) -> None:
        """Start with an empty reply."""
        self.turn = turn
        # A question stays open only if this reply asks it again. Otherwise, the next message does not answer it.
        self.case: Case = replace(turn.case, open_question=None)
        self.messages: List[Message] = []
        self._shown_now: List[str] = []

    def say(self, words: Optional[str]) -> None:
        """Add a text of a sentence or two, with services' numbers filled in. If it is None, add nothing."""
        if words:
            self.messages.append(messages.text(self.turn.library.fill(fitting(words, self.turn))))

    def say_in_language(self, words: str, card: Card) -> None:
        """Add a text in a card's language."""
        self.messages.append(messages.text_in_language(self.turn.library.fill(words), card))

    def say_once(self, key: str, words: str) -> bool:
        """Add a text unless `key` has already been used in this conversation. Return whether it was added."""
        if key in self.case.said:
            return False
        self.say(words)
        self.remember(key)
        return True

    def say_unused(self, wordings: Sequence[str], key: str) -> bool:
        """Add the first wording that has not been used yet in this conversation. Return whether any was left."""
        found = unused(wordings, key, self.case.said)
        return found is not None and self.say_once(found[1], found[0])

    def names(self, service_id: str) -> bool:
        """Whether a text or an open card in this reply already gives a service's number."""
        phone = str(self.turn.library.services[service_id].phone)
        return any(
            phone in one["text"]
            if one["kind"] == "text"
            else one["kind"] == "service" and _is_open_card(one, service_id)
            for one in self.messages
        )

    def must_list_helplines(self) -> bool:
        """Whether this reply has to list the helplines: danger is possible, and they have not been listed yet."""
        is_listed = any(key.startswith(HELPLINES) for key in self.case.said)
        return self.case.has("danger", "possible") and not is_listed

    def say_helplines(self) -> None:
        """List the helplines in one line, in an unused wording. If none is left, make sure that the reply names 999."""
        words = self.turn.library.words
        is_adult = self.turn.audience in FOR_ADULTS and not self.case.has("writer", "child")
        wordings = words.helplines_adult if is_adult else words.helplines
        if not self.say_unused(wordings, HELPLINES) and not self.names(EMERGENCY):
            self.say(words.in_danger)

    def show_menu(self) -> None:
        """Offer buttons for the things that the assistant can help with. Ask the question above them only once."""
        words, is_own = self.turn.library.words, self.turn.asker == "young_person" or self.case.has("about", "self")
        question, options = words.ask_topic, words.capabilities
        if is_own:
            question, options = words.ask_own_topic, words.own_capabilities
        self.offer_choices(words.you_could_say if MENU in self.case.said else question, options)
        self.remember(MENU)

    def offer_choices(self, prompt: str, options: Iterable[Button]) -> None:
        """Add a prompt with buttons."""
        self.messages.append(messages.choices(prompt, options))

    def show(self, message: Message) -> None:
        """Add a message that is already built."""
        self.messages.append(message)

    def has_just_said(self, *prefixes: str) -> bool:
        """Whether this reply recorded a key in `Case.said` that begins with one of these prefixes."""
        return any(key.startswith(prefixes) for key in self.case.said if key not in self.turn.case.said)

    def remember(self, *keys: str) -> None:
        """Record keys in `Case.said`."""
        self.case = self.case.with_entries(said=keys)

    def show_guidance(self, intent: str, folded: bool = True) -> bool:
        """Add this asker's version of an intent's guidance, unless already shown. Return whether it was added."""
        entry = self.turn.library.guidance_for(intent)
        if entry is None:
            return False
        key = _version_key(entry, self.turn.guidance_asker)
        if key in self.case.said:
            return False
        version = entry.version_for(self.turn.guidance_asker)
        self.messages.append(messages.guidance(entry, version, self.turn.library, folded))
        self.remember(key)
        return True

    def show_services(
        self, situation: Optional[Situation] = None, opened: int = 1, repeat: Collection[str] = (), remind: bool = True
    ) -> None:
        """Add cards for the services that fit and have not been shown yet, the first `opened` open and the rest folded.

        If the best service other than 999 was shown before, a line names it instead, once per topic. After a straight
        answer or an apology, or above the list of the helplines, that line would only repeat what people already know.

        Args:
            situation: the situation to choose services for. The default is the case's own situation.
            opened: the number of cards to show open.
            repeat: services to show again as cards even if they were shown before.
            remind: whether to name a service that was shown before.
        """
        offered = refer(situation or self.turn.situation(self.case), self.turn.library, self.turn.rules)
        ranked = self._people_before_forms([one for one in offered if one.service_id not in self._shown_now])
        known = [one for one in ranked if one.service_id in self.case.shown and one.service_id not in repeat]
        best = next((one for one in ranked if one.service_id != EMERGENCY), None)
        is_due, is_listed = remind and not in_danger(self.case), self.must_list_helplines()
        named = is_due and best is not None and best in known and (is_listed or self._say_still_there(best.service_id))
        for place, referral in enumerate(one for one in ranked if one not in known):
            # These lines and a form's description together would push the question below the first screen.
            self._card(referral, folded=place >= opened, brief=named and place < opened)
        if self._assumes_force():
            self.say_once(OTHER_FORCE, self.turn.library.words.other_force)

    def _assumes_force(self) -> bool:
        """Whether this reply shows a police force's form although the writer has not said where they are."""
        forces = self.turn.rules.areas.services - {POLICE}
        return self.case.value("place") is None and any(self._opens(name) for name in forces)

    def _opens(self, service_id: str) -> bool:
        return any(one["kind"] == "service" and _is_open_card(one, service_id) for one in self.messages)

    def _say_still_there(self, service_id: str) -> bool:
        """Name a service that was shown before, once in each topic. Return whether it was named now."""
        key = self._line_key(service_id)
        if key in self.case.said or not self.say_unused(self._lines(service_id), "line"):
            return False
        self.remember(key)
        return True

    def _line_key(self, service_id: str) -> str:
        return f"line/{self.case.topic}/{service_id}"

    def _lines(self, service_id: str) -> List[str]:
        """Return the wordings of the line that names a service again."""
        service, words = self.turn.library.services[service_id], self.turn.library.words
        name = f"{service.name} ({service.phone})" if service.phone else service.name
        return [line.format(names=name) for line in words.still_there]

    def show_cards(self, service_ids: Sequence[str]) -> None:
        """Add open cards for services by id, even if they were shown before."""
        for name in service_ids:
            if name not in self._shown_now:
                is_open = self.turn.library.services[name].hours.is_open(self.turn.moment)
                self._card(Referral(name, HELP, is_open), folded=False)

    def show_asked(self, service_id: str) -> None:
        """Show a service that the writer asks about: its card, or a line if the card was shown before and has a number.

        Nothing is added if the service does not suit the writer, or if the reply already gives its number.
        """
        service, turn = self.turn.library.services[service_id], self.turn
        is_suitable = objection(service, service_id, turn.situation(self.case), turn.rules.areas) is None
        if not is_suitable or self.names(service_id):
            return
        if service_id not in self.case.shown or service.phone is None:
            self.show_cards([service_id])
            return
        lines = self._lines(service_id)
        if not self.say_unused(lines, "line"):
            self.say(lines[0])
        self.remember(self._line_key(service_id))

    def _people_before_forms(self, referrals: List[Referral]) -> List[Referral]:
        """For an asker who is or may be a child, put helplines that answer now first. In danger, 999 comes before them.

        A child who was asked to meet somebody is more likely to call a helpline than 999.
        """
        if self.turn.asker not in FOR_CHILDREN:
            return referrals

        helplines = self.turn.rules.last_resort[self.turn.asker]

        def rank(referral: Referral) -> int:
            answers = referral.service_id in helplines and referral.open_now is not False
            return 0 if referral.service_id == EMERGENCY and in_danger(self.case) else 1 if answers else 2

        return sorted(referrals, key=rank)

    def _card(self, referral: Referral, folded: bool, brief: bool = False) -> None:
        self.messages.append(messages.service(referral, self.turn.moment, self.turn.library, folded, brief))
        self.case = self.case.with_entries(shown=(referral.service_id,))
        self._shown_now.append(referral.service_id)

    def ask(self, question: Optional[Question]) -> bool:
        """Ask a question with a button to skip it. Return whether there was a question."""
        if question is None:
            return False
        prompt = question.again if question.id in self.case.asked else question.prompt
        self.offer_choices(prompt, [*question.choices, self.turn.triage.skip])
        self._remember_question(question.id)
        return True

    def ask_story(self, question: StoryQuestion, buttons: Sequence[Button]) -> None:
        """Ask a question about what happened above these buttons, or as a text if there are none."""
        prompt = question.prompt[self.turn.audience]
        if buttons:
            self.offer_choices(prompt, buttons)
        else:
            self.say(prompt)
        self._remember_question(question.id)

    def _remember_question(self, question_id: str) -> None:
        self.case = replace(self.case.with_entries(asked=(question_id,)), open_question=question_id)


def _is_open_card(card: ServiceMessage, service_id: str) -> bool:
    return card["id"] == service_id and not card.get("folded")


def _version_key(entry: Guidance, asker: str) -> str:
    """Return the key of an asker's version of the guidance. Askers who share a version share its key."""
    return f"{entry.id}/{asker if asker in entry.versions else entry.default}"
