"""The `why` command, which shows which services are offered in a situation, and why others are not."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Iterator, Optional, Sequence

import typer

from bot.commands import CommandError
from bot.settings import load_settings

if TYPE_CHECKING:
    from bot.content.models import Library
    from bot.referral.refer import Referral, Situation
    from bot.referral.rules import Rules

_OPEN = {True: "open", False: "closed", None: "hours not known"}


def why(
    topic: Annotated[str, typer.Option(help="A topic or an intent from content/topics.yml.")],
    asker: Annotated[
        str, typer.Option(help="Who asks: parent, young_person, professional, self_concern, other or unknown.")
    ],
    at: Annotated[Optional[datetime], typer.Option(help="The date and time in London.", show_default="now")] = None,
    age: Annotated[Optional[int], typer.Option(help="The asker's own age, in years.")] = None,
    image: Annotated[
        Optional[str], typer.Option(help="The age of the person in an image: under_18 or 18_or_over.")
    ] = None,
    place: Annotated[Optional[str], typer.Option(help="A place in the UK.", show_default="the configured area")] = None,
    anonymous: Annotated[bool, typer.Option(help="The asker needs to stay anonymous.")] = False,
    danger: Annotated[bool, typer.Option(help="Somebody is in danger.")] = False,
    reported: Annotated[bool, typer.Option(help="A report has already been made.")] = False,
) -> None:
    """Show which services a situation leads to, which rule chose each, and why others are left out."""
    from bot.content.hours import LONDON
    from bot.content.library import load_library
    from bot.content.models import ASKERS
    from bot.referral.refer import Situation
    from bot.referral.rules import load_rules

    library, rules = load_library(), load_rules()
    intent = next(iter(library.topics[topic].intents)) if topic in library.topics else topic
    if library.intent(intent) is None:
        raise CommandError(f"'{topic}' is no topic or intent; content/topics.yml lists them.")
    _check_choice(asker, "asker", ASKERS)
    if image is not None:
        _check_choice(image, "age in an image", ("under_18", "18_or_over"))
    situation = Situation(
        topic=library.topic_of(intent),
        intent=intent,
        asker=asker,
        area=rules.areas.area_of(place) if place else rules.areas.assumed_for(load_settings().area),
        moment=at.replace(tzinfo=LONDON) if at else datetime.now(LONDON),
        age=age,
        age_in_image=image,
        anonymous=anonymous,
        danger=danger,
        reported=reported,
    )
    for line in _explanation(situation, library, rules):
        typer.echo(line)


def _check_choice(given: str, what: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise CommandError(f"'{given}' is no {what}; it may be {', '.join(allowed)}.")


def _explanation(situation: "Situation", library: "Library", rules: "Rules") -> Iterator[str]:
    """Yield lines that name a situation's rule, the services offered and the services refused."""
    from bot.referral.refer import explain, image_age

    explained = explain(situation, library, rules)
    yield f"{situation.intent} ({situation.topic}), asked by {situation.asker}, in {situation.area}"
    yield f"age in the image: {image_age(situation)}, {situation.moment:%A %d %B %Y %H:%M}"
    yield f"rule: {explained.rule} (content/referral.yml)"
    yield from (_line(number, one, library) for number, one in enumerate(explained.offered, start=1))
    for refusal in explained.refused:
        yield f"   - {refusal.service_id}: {rules.reasons[refusal.reason]}"


def _line(number: int, referral: "Referral", library: "Library") -> str:
    name = library.services[referral.service_id].name
    return f"{number}. {referral.service_id} ({name}), by {referral.rule}, {_OPEN[referral.open_now]}"
