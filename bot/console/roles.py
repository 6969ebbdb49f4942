"""Writes docs/console-roles.md, which lists the console's routes and who may use them.

Run it with `python -m bot.console.roles`.
"""

from pathlib import Path
from typing import Dict

import yaml

from bot.console.access import ROLES, WITHOUT_CODE
from bot.console.app import load_templates
from bot.console.pages import ROUTES
from bot.settings import ROOT

PAGE = ROOT / "docs" / "console-roles.md"
_WORDS = Path(__file__).parent / "templates" / "routes.yml"


def load_words() -> Dict[str, str]:
    """Load the plain descriptions of the routes, keyed by method and path."""
    words: Dict[str, str] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return words


def render() -> str:
    """Render the page."""
    template = load_templates().get_template("roles.md.jinja")
    return template.render(routes=ROUTES, roles=ROLES, without_code=WITHOUT_CODE, words=load_words())


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
