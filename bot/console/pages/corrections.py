"""Corrections: one member of staff proposes an intent and an example in their own words, and another decides."""

from typing import Dict, Mapping, NamedTuple, Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import READERS, Route
from bot.console.pages.transcript import refuse_folded
from bot.console.request import MAX_FIELD, RefusalError, RequestContext, read_number
from bot.content.examples import folded, known_examples, typed_intents
from bot.content.models import Intent, Library
from bot.redaction.deadline import redact_with_deadline
from bot.redaction.redactor import is_too_long, tidy
from bot.store import corrections as store
from bot.store import proposals
from bot.store.schema import corrections as table

PATH = "/corrections"
#: Minimum and maximum number of characters in an example.
MIN_EXAMPLE, MAX_EXAMPLE = 3, 300
#: Maps each decision to the proposal's resulting state.
DECISIONS = {"approve": proposals.APPROVED, "decline": proposals.DECLINED}
#: The HTTP status of problems that can be corrected in the form.
_CORRECTABLE = 422


class Draft(NamedTuple):
    """A proposal. `number` and `turn` identify the conversation and the turn that it came from."""

    number: int
    turn: int
    intent: str
    example: str


async def show(context: RequestContext) -> HTTPResponse:
    """List the proposals that await a decision, and the latest decisions."""
    listed = await context.read(
        lambda connection: {state: store.listed(connection, state) for state in proposals.STATES}
    )
    intents = _intents(context.dependencies.library)
    return context.render("corrections.html", listed=listed, intents=intents, most=proposals.LISTED)


async def begin(context: RequestContext) -> HTTPResponse:
    """Show how a turn was classified, and the form for proposing a correction."""
    return await _form(context, context.query)


async def propose(context: RequestContext) -> HTTPResponse:
    """Store a proposal, or show the form again with the problem."""
    try:
        draft = await _draft(context)
        await context.read(lambda connection: _check(connection, context, draft))
        detail = {"turn": draft.turn, "intent": draft.intent}
        await context.write_audited(
            lambda connection: _propose(context, connection, draft), str(draft.number), **detail
        )
    except RefusalError as refusal:
        if context.dependencies.problems[refusal.name].status != _CORRECTABLE:
            raise
        if refusal.name == "correction_echo":
            # The response reveals something about the writer's words, so log that this person has seen them.
            await context.write_audited(lambda connection: None, str(draft.number), turn=draft.turn, refused="echo")
        return await _form(context, context.form, refusal)
    return context.redirect(PATH, done="proposed")


async def decide(context: RequestContext) -> HTTPResponse:
    """Approve or decline somebody else's proposal."""
    correction_id = _number(str(context.values["correction_id"]))
    state = DECISIONS.get(context.form.get("decision", ""))
    if state is None:
        raise RefusalError("unreadable")

    def work(connection: Connection) -> None:
        if not proposals.decide(connection, table, context.now, context.staff.id, correction_id, state):
            found = store.by_id(connection, correction_id)
            raise why_not_decided(found.state if found is not None else "")

    await context.write_audited(work, f"correction {correction_id}", decision=state)
    return context.redirect(PATH, done=state)


async def _form(
    context: RequestContext, fields: Mapping[str, str], refusal: Optional[RefusalError] = None
) -> HTTPResponse:
    """Show the form for the turn that `fields` identifies, filled in with the other fields."""
    number, place = _number(fields.get("number", "")), _number(fields.get("turn", ""))
    # The intents are loaded on the database thread: the first load reads files, which would block the event loop.
    turn, typed = await context.read(
        lambda connection: (store.turn(connection, number, place, context.now), typed_intents())
    )
    if turn is None:
        raise RefusalError("not_found")
    library = context.dependencies.library
    problem = context.explain(refusal) if refusal else None
    return context.render(
        "correction.html",
        status=problem.status if problem else 200,
        number=number,
        turn=turn,
        intents=_intents(library),
        offered=[(topic.about, [name for name in topic.intents if name in typed]) for topic in library.topics.values()],
        chosen=fields["intent"] if fields.get("intent") in typed else "",
        example=await _example_to_show(context, refusal),
        problem=problem,
        least=MIN_EXAMPLE,
        most=MAX_EXAMPLE,
    )


async def _example_to_show(context: RequestContext, refusal: Optional[RefusalError]) -> str:
    """Return the redacted example from the form, or an empty string if it repeats the writer's own words."""
    example = context.form.get("example", "")
    if refusal is None or refusal.name == "correction_echo" or is_too_long(example, MAX_FIELD):
        return ""
    return (await redact_with_deadline(context.dependencies.redactor, example)).text


async def _draft(context: RequestContext) -> Draft:
    """Read and check the proposal in the form, without using the database.

    Raises:
        RefusalError: the example is too short or too long, contains brackets, or identifies somebody.
    """
    number, turn = _number(context.form.get("number", "")), _number(context.form.get("turn", ""))
    # Normalise the text as for storage before checking it, because this turns other kinds of bracket into plain ones
    # and may make the text longer.
    typed = tidy(context.form.get("example", ""))
    if not MIN_EXAMPLE <= len(typed) <= MAX_EXAMPLE:
        raise RefusalError("correction_length", least=MIN_EXAMPLE, most=MAX_EXAMPLE)
    if "[" in typed or "]" in typed:
        raise RefusalError("correction_brackets")
    redacted = await redact_with_deadline(context.dependencies.redactor, typed)
    if redacted.removed:
        raise RefusalError("correction_identifies", kinds=", ".join(sorted(set(redacted.removed))))
    return Draft(number, turn, context.form.get("intent", ""), redacted.text)


def _check(connection: Connection, context: RequestContext, draft: Draft) -> None:
    """Check that a proposal is new and does not repeat a message from the conversation.

    Raises:
        RefusalError: the intent is unknown, the conversation is folded for this person, the example repeats a message,
            or it is already in the training data.
    """
    if draft.intent not in typed_intents():
        raise RefusalError("correction_intent")
    refuse_folded(connection, context, draft.number)
    if store.echoes(connection, _turn(connection, draft, context.now).conversation_id, draft.example):
        raise RefusalError("correction_echo")
    known_intent = known_examples().get(folded(draft.example))
    if known_intent == draft.intent:
        raise RefusalError("correction_known", intent=known_intent)
    if known_intent is not None:
        raise RefusalError("correction_elsewhere", intent=known_intent)


def _propose(context: RequestContext, connection: Connection, draft: Draft) -> None:
    if store.is_proposed(connection, draft.example):
        raise RefusalError("correction_proposed")
    read_as = _turn(connection, draft, context.now).intent
    proposal = store.Proposal(
        number=draft.number, turn=draft.turn, read_as=read_as, intent=draft.intent, example=draft.example
    )
    store.propose(connection, context.now, context.staff.id, proposal)


def _turn(connection: Connection, draft: Draft, now: int) -> store.Classified:
    turn = store.turn(connection, draft.number, draft.turn, now)
    if turn is None:
        raise RefusalError("not_found")
    return turn


def why_not_decided(state: str) -> RefusalError:
    """Return why a proposal could not be decided on. `state` is its state, or an empty string if it does not exist."""
    if not state:
        return RefusalError("not_found")
    if state == proposals.PROPOSED:
        return RefusalError("correction_own")
    return RefusalError("correction_decided", state=state)


def _number(text: str) -> int:
    number = read_number(text)
    if number is None:
        raise RefusalError("not_found")
    return number


def _intents(library: Library) -> Dict[str, Intent]:
    return {name: intent for topic in library.topics.values() for name, intent in topic.intents.items()}


ROUTES = [
    Route("GET", PATH, READERS, "", show),
    Route("GET", f"{PATH}/new", READERS, "", begin),
    Route("POST", PATH, READERS, "propose", propose),
    Route("POST", f"{PATH}/<correction_id:int>/decide", READERS, "decide", decide),
]
