"""Commands for editors: check the content, and write it to a page."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.database import require_database, with_database
from bot.content.files import CONTENT, Content
from bot.settings import load_settings


def check(
    stale: Annotated[bool, typer.Option(help="List the facts that are due for another check.")] = False,
    reviewed: Annotated[
        bool, typer.Option(help="List the texts not signed off in the console, and exit with 1 if there are any.")
    ] = False,
) -> None:
    """Check content/, the referral rules, reading ages and annotated conversations.

    Each problem is reported with its file and line, and how to fix it.
    """
    if reviewed:
        require_database()
    check_content()
    check_wording()
    from bot.case.annotations import TRAINING, read_conversations
    from bot.content.faq_data import check_faq_data
    from bot.content.library import load_library, stale_facts

    check_faq_data()
    library = load_library()
    due = stale_facts(library, date.today())
    if stale:
        for fact in due:
            typer.echo(f"{fact.file}: '{fact.name}' was checked on {fact.checked_on}, {fact.days} days ago")
    typer.echo(
        f"{len(library.services)} services, {len(library.guidance)} pieces of guidance, "
        f"{len(library.comparisons)} comparisons and {len(library.faq)} frequently asked questions are in order."
    )
    typer.echo(f"{len(read_conversations(TRAINING))} annotated conversations are in order.")
    _print_language_gaps()
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
    """Print each text whose current version is not signed off, with its file and line.

    Raises:
        typer.Exit: there is at least one such text.
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


def _print_language_gaps() -> None:
    from bot.content.languages import lacks, languages

    for language in languages():
        for lack in lacks(language):
            typer.echo(lack)


def preview(
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("preview.html"),
) -> None:
    """Write every answer, for every kind of asker, to one HTML file for editors to read through."""
    from bot.commands.preview import write_preview

    check_content()
    pieces = write_preview(out)
    typer.echo(f"{out}: {pieces} pieces. Open it in a browser.")


def off_page(
    out: Annotated[
        Path, typer.Option(help="The HTML file to write; a JSON file is written to the same folder.")
    ] = Path("off.html"),
) -> None:
    """Write the page that the proxy shows while the program is down. It lists the helplines."""
    from bot.commands.maintenance_page import write_maintenance_page

    check_content()
    document = write_maintenance_page(out)
    typer.echo(f"{out}, and {document.name} for callers that want JSON. The proxy shows them (deploy/nginx.conf).")


def check_content(content: Content = CONTENT) -> None:
    """Check that every content file can be read.

    Raises:
        ContentError: something is wrong; the message lists each problem and how to correct it.
    """
    from bot.case.named import load_named_answers
    from bot.case.questions import load_triage
    from bot.case.replies import load_replies
    from bot.case.story_questions import load_story_questions
    from bot.content.cards import load_cards
    from bot.content.page import load_page_words
    from bot.content.security import load_security
    from bot.referral.rules import load_rules

    load_rules(content).areas.assumed_for(load_settings().area)
    load_triage(content)
    load_replies(content)
    load_story_questions(content)
    load_named_answers(content)
    load_cards(content)
    load_page_words(content)
    load_security(content)


def check_wording(content: Content = CONTENT) -> None:
    """Check every text's reading age, and that no acknowledgement is so vague that it would fit any topic.

    Raises:
        ContentError: a text fails; the message lists each such text and how to correct it.
    """
    from bot.content.acknowledgements import fit_any_topic
    from bot.content.readability import too_hard, too_hard_at_sight
    from bot.content.reader import ContentError

    unfit = [*too_hard(content), *too_hard_at_sight(content), *fit_any_topic(content)]
    if unfit:
        raise ContentError(unfit)
