"""Static files: the style sheet, our scripts, htmx from its package, and security.txt."""

from importlib.resources import files
from pathlib import Path
from typing import Dict, NamedTuple

from sanic.response import HTTPResponse, text

from bot.console.access import ANYBODY, Route
from bot.console.request import RefusalError, RequestContext
from bot.content.security import PATH as SECURITY
from bot.content.security import load_security

STATIC = Path(__file__).parents[1] / "static"


class File(NamedTuple):
    """A file's body and content type."""

    body: bytes
    content_type: str


def _load() -> Dict[str, File]:
    htmx = files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"
    return {
        "console.css": File((STATIC / "console.css").read_bytes(), "text/css; charset=utf-8"),
        "session.js": File((STATIC / "session.js").read_bytes(), "text/javascript; charset=utf-8"),
        "console.js": File((STATIC / "console.js").read_bytes(), "text/javascript; charset=utf-8"),
        "htmx.js": File(htmx.read_bytes(), "text/javascript; charset=utf-8"),
    }


FILES = _load()


async def send(context: RequestContext) -> HTTPResponse:
    """Send the file with the name in the path."""
    file = FILES.get(context.values["name"])
    if file is None:
        raise RefusalError("not_found")
    # The file is the same for everybody, so browsers may cache it.
    headers = {"Cache-Control": "private, max-age=3600"}
    return HTTPResponse(file.body, content_type=file.content_type, headers=headers)


async def send_security(context: RequestContext) -> HTTPResponse:
    """Send the security.txt, if the deployment has one."""
    written = load_security().text()
    if not written:
        raise RefusalError("not_found")
    return text(written)


ROUTES = [
    Route("GET", "/static/<name:str>", ANYBODY, "", send),
    Route("GET", SECURITY, ANYBODY, "", send_security),
]
