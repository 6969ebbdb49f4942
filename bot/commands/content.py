"""Check content and show it: for editors."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Optional, Sequence

import typer

from bot.commands import CommandError
from bot.commands.database import see_database, with_database
from bot.settings import load_settings


def check(
    stale: Annotated[bool, typer.Option(help="List the facts that are due to be checked again.")] = False,
    reviewed: Annotated[
        bool, typer.Option(help="List the texts that nobody signed off in the console; exits with 1 if there are any.")
    ] = False,
) -> None:
    """Check content/, the referral rules, reading ages and annotated conversations: names file, line and mend."""
    if reviewed:
        see_database()
    check_content()
    from bot.content.freshness import stale_facts
    from bot.content.library import load_library
    from bot.content.readability import too_hard, too_hard_at_sight
    from bot.content.reader import ContentError

    hard = [*too_hard(), *too_hard_at_sight()]
    if hard:
        raise ContentError(hard)
    library = load_library()
    due = stale_facts(library, date.today())
    if stale:
        for fact in due:
            typer.echo(f"{fact.file}: '{fact.name}' was checked on {fact.checked_on}, {fact.days} days ago")
    typer.echo(
        f"{len(library.services)} services, {len(library.guidance)} pieces of guidance and "
        f"{len(library.comparisons)} comparisons are in order."
    )
    typer.echo(f"{_check_conversations()} annotated conversations are in order.")
    _tell_what_languages_lack()
    unconfirmed = sum(not service.confirmed_live for service in library.services.values())
    if unconfirmed:
        typer.echo(
            f"{unconfirmed} services are not yet confirmed on their live sites; the console lists what to check."
        )
    if due:
        typer.echo(f"{len(due)} facts are due to be checked again; 'streetwise check --stale' lists them.")
    if reviewed:
        list_unsigned()


def list_unsigned() -> None:
    """Name each text that nobody signed off as it stands, with file and line.

    Raises:
        typer.Exit: there is one.
    """
    from bot.content.sign_off import CHANGED, SIGNED, UNSIGNED, counts, is_earned, reviewed
    from bot.content.texts import load_texts
    from bot.store import sign_offs
    from bot.store.days import in_london

    found = reviewed(load_texts(), with_database(sign_offs.latest, writes=False))
    for text, signed in (one for one in found if one.is_due):
        since = f"changed since {signed.name} signed it on {in_london(signed.at).date()}" if signed else "is not signed"
        typer.echo(f"{text.path}:{text.line}: '{text.key}' {since}")
    number = counts(found)
    typer.echo(
        f"{number[SIGNED]} of {len(found)} texts are signed off; {number[UNSIGNED]} are not signed, "
        f"{number[CHANGED]} changed since. Leads sign in the console, under Sign-off."
    )
    if not is_earned(found):
        raise typer.Exit(1)


def _check_conversations() -> int:
    """See that the annotation of every conversation is consistent; returns how many there are.

    Raises:
        ContentError: names what is wrong and the mend.
    """
    from evaluation.talks import DEVELOPMENT, SEALED, TRAINING, read_talks

    return sum(len(read_talks(folder)) for folder in (TRAINING, DEVELOPMENT, SEALED))


def _tell_what_languages_lack() -> None:
    from bot.content.languages import lacks, languages

    for language in languages():
        for lack in lacks(language):
            typer.echo(lack)


def why(
    topic: Annotated[str, typer.Option(help="A topic or an intent of content/topics.yml.")],
    asker: Annotated[str, typer.Option(help="parent, young_person, professional, self_concern, other, unknown")],
    at: Annotated[Optional[datetime], typer.Option(help="When, in London; else now.")] = None,
    age: Annotated[Optional[int], typer.Option(help="The asker's own age in years.")] = None,
    image: Annotated[Optional[str], typer.Option(help="The age in the image: under_18 or 18_or_over.")] = None,
    place: Annotated[Optional[str], typer.Option(help="A place in the UK; else the area of the settings.")] = None,
    anonymous: Annotated[bool, typer.Option(help="They must stay anonymous.")] = False,
    danger: Annotated[bool, typer.Option(help="Somebody is in danger.")] = False,
    reported: Annotated[bool, typer.Option(help="It has been reported already.")] = False,
) -> None:
    """Say which rule chooses which services in a situation, and why others fall out."""
    from bot.content.hours import LONDON
    from bot.content.library import load_library
    from bot.content.models import ASKERS
    from bot.referral.refer import Situation
    from bot.referral.rules import load_rules
    from bot.why import reasons

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
        area=rules.area_of(place) if place else load_settings().area,
        moment=at.replace(tzinfo=LONDON) if at else datetime.now(LONDON),
        age=age,
        age_in_image=image,
        anonymous=anonymous,
        danger=danger,
        reported=reported,
    )
    for line in reasons(situation, library, rules):
        typer.echo(line)


def _check_choice(given: str, what: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise CommandError(f"'{given}' is no {what}; it may be {', '.join(allowed)}.")


def preview(
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("preview.html"),
) -> None:
    """Write every answer for every audience to one HTML file that an editor can read through."""
    from bot.preview import write_preview

    check_content()
    pieces = write_preview(out)
    typer.echo(f"{out}: {pieces} pieces. Open it in a browser.")


def off_page(
    out: Annotated[Path, typer.Option(help="The HTML file to write; a JSON file is written beside it.")] = Path(
        "off.html"
    ),
) -> None:
    """Write the page that the proxy shows while the program does not answer, with the helplines."""
    from bot.off_page import write_off_page

    check_content()
    document = write_off_page(out)
    typer.echo(f"{out}, and {document.name} for callers that want JSON. The proxy shows them (deploy/nginx.conf).")


def check_content() -> None:
    """See that everything in content/ can be read.

    Raises:
        ContentError: names what is wrong and the mend.
    """
    from bot.case.questions import load_triage
    from bot.case.replies import load_replies
    from bot.content.cards import load_cards
    from bot.content.page import load_page_words
    from bot.referral.rules import load_rules

    load_rules()
    load_triage()
    load_replies()
    load_cards()
    load_page_words()
