"""Correcting the assistant: one proposes an intent and an example of their own, another decides."""

from typing import Dict, Mapping, NamedTuple, Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Row

from bot.console.access import READERS, Route
from bot.console.forms import read_number
from bot.console.visit import MAX_FIELD, RefusalError, Visit
from bot.content.examples import folded, known_examples, typed_intents
from bot.content.library import Library
from bot.content.models import Intent
from bot.privacy.in_time import redact_in_time
from bot.privacy.redact import is_too_long, tidy
from bot.store import corrections as store

PATH = "/corrections"
#: Characters of an example.
LEAST, MOST = 3, 300
#: What a decision makes of a proposal.
DECISIONS = {"approve": store.APPROVED, "decline": store.DECLINED}
#: The status of what can be mended in the form.
_MENDABLE = 422


class Draft(NamedTuple):
    """What somebody wants to propose; `number` and `turn` say where it came from."""

    number: int
    turn: int
    intent: str
    example: str


async def show(visit: Visit) -> HTTPResponse:
    """What is to be decided, and the newest of what was."""
    listed = await visit.read(lambda connection: {state: store.listed(connection, state) for state in store.STATES})
    intents = _intents(visit.parts.library)
    return visit.page("corrections.html", listed=listed, intents=intents, most=store.LISTED)


async def begin(visit: Visit) -> HTTPResponse:
    """How something was read, and the form to propose how it should be."""
    return await _form(visit, visit.query)


async def propose(visit: Visit) -> HTTPResponse:
    """Keep a proposal, or show the form again with what is wrong."""
    try:
        draft = await _draft(visit)
        await visit.read(lambda connection: _check(connection, draft))
        detail = {"turn": draft.turn, "intent": draft.intent}
        await visit.change(lambda connection: _keep(visit, connection, draft), str(draft.number), **detail)
    except RefusalError as refusal:
        if visit.parts.problems[refusal.name].status != _MENDABLE:
            raise
        return await _form(visit, visit.form, refusal)
    return visit.go(PATH, done="proposed")


async def decide(visit: Visit) -> HTTPResponse:
    """Approve or decline what somebody else proposed."""
    correction_id = _number(str(visit.values["correction_id"]))
    state = DECISIONS.get(visit.form.get("decision", ""))
    if state is None:
        raise RefusalError("unreadable")

    def work(connection: Connection) -> None:
        if not store.decide(connection, visit.now, visit.staff.id, correction_id, state):
            raise _undecidable(store.by_id(connection, correction_id))

    await visit.change(work, f"correction {correction_id}", decision=state)
    return visit.go(PATH, done=state)


async def _form(visit: Visit, fields: Mapping[str, str], refusal: Optional[RefusalError] = None) -> HTTPResponse:
    """The form for the turn that `fields` name, filled in with the rest of them."""
    number, place = _number(fields.get("number", "")), _number(fields.get("turn", ""))
    # Intents come along since their files are read when they are first asked for, which takes a while: not here.
    turn, typed = await visit.read(lambda connection: (store.turn(connection, number, place), typed_intents()))
    if turn is None:
        raise RefusalError("not_found")
    library = visit.parts.library
    problem = visit.problem(refusal) if refusal else None
    return visit.page(
        "correction.html",
        status=problem.status if problem else 200,
        number=number,
        turn=turn,
        intents=_intents(library),
        offered=[(topic.about, [name for name in topic.intents if name in typed]) for topic in library.topics.values()],
        chosen=fields["intent"] if fields.get("intent") in typed else "",
        example=await _shown_again(visit, refusal),
        problem=problem,
        least=LEAST,
        most=MOST,
    )


async def _shown_again(visit: Visit, refusal: Optional[RefusalError]) -> str:
    """What stood in the form, without what identifies; nothing of it if it was somebody else's words."""
    example = visit.form.get("example", "")
    if refusal is None or refusal.name == "correction_echo" or is_too_long(example, MAX_FIELD):
        return ""
    return (await redact_in_time(visit.parts.redactor, example)).text


async def _draft(visit: Visit) -> Draft:
    """The proposal that was sent, as far as the form alone can tell.

    Raises:
        RefusalError: it cannot be proposed.
    """
    number, turn = _number(visit.form.get("number", "")), _number(visit.form.get("turn", ""))
    # As it will be kept: other forms of brackets turn into plain ones there, and one character into several.
    typed = tidy(visit.form.get("example", ""))
    if not LEAST <= len(typed) <= MOST:
        raise RefusalError("correction_length", least=LEAST, most=MOST)
    if "[" in typed or "]" in typed:
        raise RefusalError("correction_brackets")
    redacted = await redact_in_time(visit.parts.redactor, typed)
    if redacted.removed:
        raise RefusalError("correction_identifies", kinds=", ".join(sorted(set(redacted.removed))))
    return Draft(number, turn, visit.form.get("intent", ""), redacted.text)


def _check(connection: Connection, draft: Draft) -> None:
    """See that a proposal teaches something new, in words that nobody said.

    Raises:
        RefusalError: it does not.
    """
    if draft.intent not in typed_intents():
        raise RefusalError("correction_intent")
    if store.echoes(connection, _turn(connection, draft).conversation_id, draft.example):
        raise RefusalError("correction_echo")
    stands_under = known_examples().get(folded(draft.example))
    if stands_under == draft.intent:
        raise RefusalError("correction_known", intent=stands_under)
    if stands_under is not None:
        raise RefusalError("correction_elsewhere", intent=stands_under)


def _keep(visit: Visit, connection: Connection, draft: Draft) -> None:
    if store.is_proposed(connection, draft.example):
        raise RefusalError("correction_proposed")
    read_as = _turn(connection, draft).intent
    store.propose(connection, visit.now, visit.staff.id, {**draft._asdict(), "read_as": read_as})


def _turn(connection: Connection, draft: Draft) -> Row:
    turn = store.turn(connection, draft.number, draft.turn)
    if turn is None:
        raise RefusalError("not_found")
    return turn


def _undecidable(correction: Optional[Row]) -> RefusalError:
    """Why a correction could not be decided by whoever tried."""
    if correction is None:
        return RefusalError("not_found")
    is_open = correction.state == store.PROPOSED
    return RefusalError("correction_own") if is_open else RefusalError("correction_decided", state=correction.state)


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
