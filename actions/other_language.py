"""A message that is not in English: the card in its language, or who is there in plain English."""

from actions import asides
from actions.reply import Reply
from bot.case.derived import in_danger
from bot.case.update import DANGER_SAID


def answer_in_language(reply: Reply) -> None:
    """What the card says to what was told, who answers as buttons, and once how to be understood there."""
    turn, card = reply.turn, reply.turn.card
    if card is None:
        return
    reply.in_language(card.say(turn.reading.told), card)
    if in_danger(reply.case):
        reply.remember(DANGER_SAID + turn.replies.danger_for(reply.case).id)
        reply.cards(turn.rules.danger[turn.asker][:2])
    elif turn.reading.told:
        reply.services()
    else:
        asides.offer_listeners(reply)
    if f"card/{card.code}" in reply.case.said:
        return
    reply.remember(f"card/{card.code}")
    if not in_danger(reply.case):
        reply.in_language(card.words.danger, card)
    reply.in_language(f"{card.words.calls} {card.words.interpreter}", card)
    reply.in_language(card.words.write_english, card)


def name_people_in_english(reply: Reply) -> None:
    """Say that it understands English only, and who is there; ask whether anybody is in danger."""
    words = reply.turn.library.words
    if not reply.once("other_language", words.other_language):
        reply.helplines()
    asides.offer_listeners(reply)
    reply.ask(reply.turn.triage.question("danger"))
