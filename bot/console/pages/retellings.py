"""Retellings, in which staff show where the assistant went wrong without using the writer's words."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.case.annotations import MISTAKES
from bot.case.facts import ROLES, as_value
from bot.console import retelling_form
from bot.console.access import READERS, Route
from bot.console.labels import topic_labels
from bot.console.pages.corrections import DECISIONS, MAX_EXAMPLE, why_not_decided
from bot.console.pages.transcript import refuse_folded
from bot.console.request import RefusalError, RequestContext, read_number
from bot.console.retelling_form import MOST_STEPS, FormError, Understood
from bot.redaction.deadline import redact_with_deadline
from bot.redaction.redactor import tidy
from bot.store import corrections, proposals, retellings, transcripts
from bot.store.corrections import FEW_WORDS
from bot.store.retellings import Mistake, Step
from bot.store.schema import retellings as table
from bot.store.search_index import words_of

PATH = "/corrections/conversations"
#: The HTTP status of problems that can be corrected in the form.
_CORRECTABLE = 422


class Told(NamedTuple):
    """A retold message: its turn, its redacted text, and the kinds of detail that were redacted."""

    turn: int
    text: str
    removed: Sequence[str]


async def show(context: RequestContext) -> HTTPResponse:
    """List the retellings that await a decision, and the latest decisions."""
    listed = await context.read(
        lambda connection: {state: retellings.listed(connection, state) for state in proposals.STATES}
    )
    return context.render("retellings.html", listed=listed, most=proposals.LISTED, **_labels(context))


async def begin(context: RequestContext) -> HTTPResponse:
    """Show the form for retelling a conversation up to the message that went wrong."""
    return await _form(context, await _so_far(context, context.query), [])


async def propose(context: RequestContext) -> HTTPResponse:
    """Store a retelling, or show the form again with the problem and everything that was typed."""
    so_far = await _so_far(context, context.form)
    told = [await _told(context, one.turn) for one in so_far]
    number, turn = int(context.form["number"]), so_far[-1].turn
    try:
        mistake = await _mistake(context, so_far[-1])
        _check(told)
        needs = [f"needs_{one.turn}" in context.form for one in so_far]
        steps = retelling_form.steps_of(so_far, [one.text for one in told], needs, mistake)
        await context.read(lambda connection: _refuse_echoes(connection, context, number, steps))
        await context.write_audited(
            lambda connection: retellings.propose(
                connection, context.now, context.staff.id, number, turn, mistake, steps
            ),
            str(number),
            turn=turn,
            kind=mistake["kind"],
        )
    except RefusalError as refusal:
        if context.dependencies.problems[refusal.name].status != _CORRECTABLE:
            raise
        if refusal.name == "retelling_echo":
            # The response reveals something about the writer's words, so log that this person has seen them.
            await context.write_audited(lambda connection: None, str(number), turn=turn, refused="echo")
        return await _form(context, so_far, told, refusal)
    return context.redirect(PATH, done="proposed")


async def decide(context: RequestContext) -> HTTPResponse:
    """Approve or decline somebody else's retelling."""
    retelling_id: int = context.values["retelling_id"]
    state = DECISIONS.get(context.form.get("decision", ""))
    if state is None:
        raise RefusalError("unreadable")

    def work(connection: Connection) -> None:
        if not proposals.decide(connection, table, context.now, context.staff.id, retelling_id, state):
            found = retellings.by_id(connection, retelling_id)
            raise why_not_decided(found.state if found is not None else "")

    await context.write_audited(work, f"retelling {retelling_id}", decision=state)
    return context.redirect(PATH, done=state)


async def _so_far(context: RequestContext, fields: Dict[str, str]) -> List[Understood]:
    """Return what was understood up to the message that `fields` identifies.

    Raises:
        RefusalError: there is no such message, or it comes after too many others.
    """
    number, turn = read_number(fields.get("number", "")), read_number(fields.get("turn", ""))
    if number is None or turn is None:
        raise RefusalError("not_found")

    def read(connection: Connection) -> List[Understood]:
        review = transcripts.head(connection, number)
        if review is None:
            raise RefusalError("not_found")
        # The opening counts as a turn too.
        turns = transcripts.turns(connection, review, context.now, 0, MOST_STEPS + 2)
        return retelling_form.understood(turns, context.dependencies.library)

    found = [one for one in await context.read(read) if one.turn <= turn]
    if not found or (found[-1].turn != turn and len(found) <= MOST_STEPS):
        raise RefusalError("not_found")
    if len(found) > MOST_STEPS:
        raise RefusalError("retelling_long", most=MOST_STEPS)
    return found


async def _told(context: RequestContext, turn: int) -> Told:
    redacted = await redact_with_deadline(context.dependencies.redactor, tidy(context.form.get(f"text_{turn}", "")))
    return Told(turn, redacted.text, redacted.removed)


async def _mistake(context: RequestContext, last: Understood) -> Mistake:
    try:
        mistake = retelling_form.read_mistake(context.form, last, context.dependencies.library)
    except FormError as error:
        raise RefusalError(error.name) from error
    if mistake["kind"] != "reply":
        return mistake
    redacted = await redact_with_deadline(context.dependencies.redactor, tidy(mistake["right"]))
    return {**mistake, "right": redacted.text[:MAX_EXAMPLE]}


def _check(told: Sequence[Told]) -> None:
    """Check the messages.

    Raises:
        RefusalError: a message is empty or too long, or identifies somebody.
    """
    for place, one in enumerate(told, start=1):
        if not 0 < len(one.text) <= MAX_EXAMPLE:
            raise RefusalError("retelling_length", place=place, most=MAX_EXAMPLE)
        if one.removed:
            raise RefusalError("retelling_identifies", place=place, kinds=", ".join(sorted(set(one.removed))))


def _refuse_echoes(connection: Connection, context: RequestContext, number: int, steps: Sequence[Step]) -> None:
    """Refuse messages that repeat the writer's words. Very short messages, such as an age, may be identical.

    Raises:
        RefusalError: a message is too close to one in the conversation, or the conversation was deleted or is folded
            for this person.
    """
    refuse_folded(connection, context, number)
    review = transcripts.head(connection, number)
    if review is None:
        raise RefusalError("not_found")
    for place, step in enumerate(steps, start=1):
        is_own = len(words_of(step["user"])) >= FEW_WORDS
        if is_own and corrections.echoes(connection, review["conversation_id"], step["user"]):
            raise RefusalError("retelling_echo", place=place)


async def _form(
    context: RequestContext, so_far: Sequence[Understood], told: Sequence[Told], refusal: Optional[RefusalError] = None
) -> HTTPResponse:
    """Show the form, filled in with what was typed except any message that repeats the writer's words."""
    problem = context.explain(refusal) if refusal else None
    fields = context.form if refusal else context.query
    echo = refusal.values.get("place") if refusal is not None and refusal.name == "retelling_echo" else None
    texts = {one.turn: "" if place == echo else one.text for place, one in enumerate(told, start=1)}
    return context.render(
        "retelling.html",
        problem.status if problem else 200,
        number=int(fields["number"]),
        last=so_far[-1],
        so_far=so_far,
        texts=texts,
        fields=fields,
        problem=problem,
        kinds=MISTAKES,
        roles=ROLES,
        fact_options=retelling_form.fact_options(so_far[-1].facts),
        most=MAX_EXAMPLE,
        **_labels(context),
    )


def _labels(context: RequestContext) -> Dict[str, Any]:
    library = context.dependencies.library
    return {
        "topics": topic_labels(library),
        "services": {name: service.name for name, service in library.services.items()},
        "intent": library.intent,
        "as_value": as_value,
    }


ROUTES = [
    Route("GET", PATH, READERS, "", show),
    Route("GET", f"{PATH}/new", READERS, "", begin),
    Route("POST", PATH, READERS, "propose", propose),
    Route("POST", f"{PATH}/<retelling_id:int>/decide", READERS, "decide", decide),
]
