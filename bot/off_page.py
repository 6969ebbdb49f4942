"""What the proxy shows while the program does not answer: a page and a problem document, both made from content/."""

import json
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from bot.content.library import load_library
from bot.content.page import load_page_words
from bot.settings import ROOT

TEMPLATE = ROOT / "deploy" / "off.html.jinja"
STYLE = ROOT / "bot" / "chat" / "static" / "chat.css"
#: Whom to call when there is nobody to ask who needs what, in order.
HELPLINES = ("police_999", "childline", "police_101")


def write_off_page(out: Path) -> Path:
    """Write the page to `out`, and beside it, for callers that want JSON, the same as a problem document.

    Returns:
        The problem document's path.
    """
    out.write_text(_page(), encoding="utf-8")
    document = out.with_suffix(".json")
    document.write_text(_problem(), encoding="utf-8")
    return document


def _page() -> str:
    services = load_library().services
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        words=load_page_words(),
        services=[services[name] for name in HELPLINES],
        # The style of the chat stands in the page: nothing else of the site may be there to ask.
        style=Markup(STYLE.read_text(encoding="utf-8")),
    )


def _problem() -> str:
    broken = load_page_words().problems["broken"]
    # Without a status: the proxy sends it with several.
    return json.dumps({"type": "about:blank", "title": broken.title, "detail": broken.detail}) + "\n"
