"""Writes the maintenance page and problem document that the proxy serves while the program is not responding."""

import json
from pathlib import Path

from markupsafe import Markup

from bot.commands import write_out
from bot.content.library import load_library
from bot.content.page import load_page_words
from bot.settings import ROOT
from bot.templates import page_templates

TEMPLATE = ROOT / "deploy" / "off.html.jinja"
STYLE = ROOT / "bot" / "chat" / "static" / "chat.css"
#: The services on the page, in order. All are in `NAMED_SERVICES`, so content/ always has them.
HELPLINES = ("police_999", "childline", "police_101")


def write_maintenance_page(out: Path) -> Path:
    """Write the page to `out` and, next to it, the problem document for clients that want JSON.

    Returns:
        The problem document's path.

    Raises:
        CommandError: a file cannot be written.
    """
    write_out(out, _page())
    document = out.with_suffix(".json")
    write_out(document, _problem())
    return document


def _page() -> str:
    services = load_library().services
    template = page_templates(TEMPLATE.parent).get_template(TEMPLATE.name)
    return template.render(
        words=load_page_words(),
        services=[services[name] for name in HELPLINES],
        # Inline, since the site cannot serve a style sheet while it is down.
        style=Markup(STYLE.read_text(encoding="utf-8")),
    )


def _problem() -> str:
    broken = load_page_words().problems["broken"]
    # No `status` member, because the proxy sends the document with more than one status code.
    return json.dumps({"type": "about:blank", "title": broken.title, "detail": broken.detail}) + "\n"
