"""Turns and form requests for tests of the conversation page."""

from typing import Any, Dict, Optional

from console_client import Member, turn

CALM = "ask_grooming"
DANGER = turn("words of a person", "disclose_suicidal", urgency="immediate_danger")


def calm(text: str = "what is grooming", **values: Any) -> Dict[str, Any]:
    """A turn that is not distressing."""
    return turn(text, CALM, **{"urgency": "none", **values})


async def act(
    member: Member, number: int, what: str, version: Optional[int] = None, query: str = "", **form: str
) -> Any:
    """Send one of the page's forms, with the current version by default."""
    present = member.console.review(number).version
    sent = {"version": str(present if version is None else version), **form}
    return await member.post(f"/conversations/{number}/{what}{query}", sent)


async def read(member: Member, number: int) -> Any:
    """Open a conversation and return its page."""
    await member.post(f"/conversations/{number}/open")
    return await member.get(f"/conversations/{number}")


async def decide(member: Member, number: int, what: str, query: str = "", **form: str) -> Any:
    """Open a conversation and send one of its forms."""
    await read(member, number)
    return await act(member, number, what, query=query, **form)
