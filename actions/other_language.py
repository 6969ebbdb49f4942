"""Replies to messages that are not in English: the card in that language, or helplines in plain English."""

from actions import asides
from actions.reply import Reply
from bot.case.danger import DANGER_KEY
from bot.case.derived import in_danger


def answer_in_language(reply: Reply) -> None:
    """Say the card's words for this disclosure, show services, and explain once how to get an interpreter."""
    turn, card = reply.turn, reply.turn.card
    if card is None:
        return
    reply.say_in_language(card.say(turn.reading.disclosure), card)
    if in_danger(reply.case):
        reply.remember(DANGER_KEY + turn.replies.danger_for(reply.case).id)
        reply.show_cards(turn.rules.danger[turn.asker][:2])
    elif turn.reading.disclosure:
        reply.show_services()
    else:
        asides.offer_listeners(reply)
    if f"card/{card.code}" in reply.case.said:
        return
    reply.remember(f"card/{card.code}")
    if not in_danger(reply.case):
        reply.say_in_language(card.words.danger, card)
    reply.say_in_language(f"{card.words.calls} {card.words.interpreter}", card)
    reply.say_in_language(card.words.write_english, card)


def name_people_in_english(reply: Reply) -> None:
    """Say that the assistant understands only English, name helplines, and ask whether anybody is in danger."""
    words = reply.turn.library.words
    if not reply.say_once("other_language", words.other_language):
        reply.say_helplines()
    asides.offer_listeners(reply)
    reply.ask(reply.turn.triage.question("danger"))
