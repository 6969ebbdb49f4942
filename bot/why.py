"""Why a service is offered or not: what `streetwise why` prints. Pure."""

from typing import Iterator

from bot.content.library import Library
from bot.referral.refer import Referral, Situation, explain, image_age
from bot.referral.rules import Rules

_OPEN = {True: "open", False: "closed", None: "hours not known"}


def reasons(situation: Situation, library: Library, rules: Rules) -> Iterator[str]:
    """Lines that say which rule fits a situation, what it offers and what fell out."""
    explained = explain(situation, library, rules)
    yield f"{situation.intent} ({situation.topic}), asked by {situation.asker}, in {situation.area}"
    yield f"age in the image: {image_age(situation)}, {situation.moment:%A %d %B %Y %H:%M}"
    yield f"rule: {explained.rule} (content/referral.yml)"
    yield from (_line(number, one, library) for number, one in enumerate(explained.offered, start=1))
    for refusal in explained.refused:
        yield f"   - {refusal.service_id}: {rules.reasons[refusal.reason]}"


def _line(number: int, referral: Referral, library: Library) -> str:
    name = library.services[referral.service_id].name
    return f"{number}. {referral.service_id} ({name}), by {referral.rule}, {_OPEN[referral.open_now]}"
