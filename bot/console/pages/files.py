"""What pages are made of: the style sheet, and htmx as its package brings it."""

from importlib.resources import files
from pathlib import Path
from typing import Dict, NamedTuple

from sanic.response import HTTPResponse

from bot.console.access import ANYBODY, Route
from bot.console.visit import RefusalError, Visit

STATIC = Path(__file__).parents[1] / "static"


class File(NamedTuple):
    """A file as it is sent."""

    body: bytes
    content_type: str


def _load() -> Dict[str, File]:
    htmx = files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"
    return {
        "console.css": File((STATIC / "console.css").read_bytes(), "text/css; charset=utf-8"),
        "htmx.js": File(htmx.read_bytes(), "text/javascript; charset=utf-8"),
    }


FILES = _load()


async def send(visit: Visit) -> HTTPResponse:
    """A file, by its name."""
    file = FILES.get(visit.values["name"])
    if file is None:
        raise RefusalError("not_found")
    # The same for everybody: a browser may keep it while it is open.
    headers = {"Cache-Control": "private, max-age=3600"}
    return HTTPResponse(file.body, content_type=file.content_type, headers=headers)


ROUTES = [Route("GET", "/static/<name:str>", ANYBODY, "", send)]
