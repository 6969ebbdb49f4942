"""The page shown while a conversation is still in progress. It shows no messages, whatever was requested."""

from typing import Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.labels import topic_labels
from bot.console.request import RefusalError, RequestContext
from bot.store import audit, quiet, transcripts
from bot.store.rows import HeldReview
from bot.store.triage import is_danger


async def goes_on(context: RequestContext, number: int) -> bool:
    """Whether a conversation is still in progress, in which case nobody may read it yet."""
    return await context.read(lambda connection: quiet.is_going_on(connection, number, context.now))


async def show_going_on(
    context: RequestContext, number: int, action: str, back: str, refusal: Optional[RefusalError] = None
) -> HTTPResponse:
    """Explain that a conversation cannot be read yet, and show any unsaved text from a form about it.

    If somebody may be in danger, the page also shows the topic and when the conversation began.

    Args:
        context: the request.
        number: the conversation's number.
        action: the action to record in the audit log.
        back: the queue's query string.
        refusal: why a form was refused, or None.
    """

    def record(connection: Connection) -> Optional[HeldReview]:
        context.check_access(connection)
        audit.append(connection, context.now, context.staff.name, action, str(number), {"going_on": True})
        return transcripts.head(connection, number)

    review = await context.dependencies.database.write(record)
    in_danger = review if review is not None and is_danger(review) else None
    told = context.explain(refusal) if refusal else None
    topics = topic_labels(context.dependencies.library)
    return context.render(
        "transcript-going-on.html",
        told.status if told else 200,
        number=number,
        back=back,
        problem=context.explain(RefusalError("going_on")),
        refusal=told,
        in_danger=in_danger,
        topic=topics.get(in_danger["topic"], in_danger["topic"]) if in_danger else "",
        typed=context.typed_texts,
    )
