"""Release samples: leads draw them, two readers judge each conversation blind, and a third settles disagreements."""

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEADS, READERS, Route
from bot.console.estimates import kappa
from bot.console.pages.transcript import path_of
from bot.console.request import RefusalError, RequestContext, read_number
from bot.store import release
from bot.store.release import LEAST_SIZE, MOST_SIZE, QUESTIONS, SIZE, Judgement, Release
from bot.store.transcripts import StaleError

PATH = "/release"
_ANSWERS = {"yes": True, "no": False}


async def show(context: RequestContext) -> HTTPResponse:
    """Show each sample's progress, its readers' agreement once it has been read twice, and the next item to judge."""
    # First, replace conversations that have been erased since they were drawn.
    await context.dependencies.database.write(release.refill)
    samples = await context.read(release.every)
    following = await context.read(lambda connection: release.due(connection, context.staff.id))
    return context.render(
        "release.html",
        samples=samples,
        item=following,
        path_of=path_of,
        questions=QUESTIONS,
        agreement={sample.id: agreement(sample) for sample in samples},
        size=SIZE,
        least=LEAST_SIZE,
        most=MOST_SIZE,
    )


async def draw(context: RequestContext) -> HTTPResponse:
    """Draw a sample.

    Raises:
        RefusalError: the size is out of range, or there is nothing to draw from.
    """
    size = read_number(context.form.get("size", "").strip())
    if size is None or not LEAST_SIZE <= size <= MOST_SIZE:
        raise RefusalError("release_size", least=LEAST_SIZE, most=MOST_SIZE)

    def work(connection: Connection) -> None:
        if not release.draw(connection, context.now, context.staff.id, size):
            raise RefusalError("release_empty")

    await context.write_audited(work, "release_sample", size=size)
    return context.redirect(PATH, done="drawn")


async def judge(context: RequestContext) -> HTTPResponse:
    """Save a reader's judgement. The audit log leaves it out, because colleagues may still have to judge the item.

    Raises:
        RefusalError: a question has no answer, or this person can no longer judge the conversation.
    """
    item_id = context.values["item_id"]

    def work(connection: Connection) -> None:
        item = release.item_of(connection, context.staff.id, item_id)
        if item is None:
            raise RefusalError("release_taken")
        given = {name: _ANSWERS.get(context.form.get(name, "")) for name in item.questions}
        answers: Judgement = {name: answer for name, answer in given.items() if answer is not None}
        if len(answers) < len(item.questions):
            raise RefusalError("release_answers")
        try:
            release.judge(connection, context.staff.id, item, answers)
        except StaleError:
            raise RefusalError("release_taken") from None

    await context.write_audited(work, str(item_id))
    return context.redirect(PATH, done="judged")


def agreement(sample: Release) -> "dict[str, float | None]":
    """Return Cohen's kappa for each question, or nothing until two readers have judged every conversation."""
    if sample.read_twice < len(sample.judged):
        return {}
    return {question: kappa(sample.pairs(question)) for question in QUESTIONS}


ROUTES = [
    Route("GET", PATH, READERS, "", show),
    Route("POST", PATH, LEADS, "draw_release", draw),
    Route("POST", f"{PATH}/<item_id:int>/judge", READERS, "judge", judge),
]
