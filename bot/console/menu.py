"""The console's menu, as far as somebody's role goes."""

from pathlib import Path
from typing import List, Tuple

import yaml

from bot.console.access import may
from bot.console.pages import ROUTES

_ENTRIES = yaml.safe_load((Path(__file__).parent / "templates" / "menu.yml").read_text(encoding="utf-8"))


def menu(role: str) -> List[Tuple[str, str]]:
    """Address and label of each page that `role` may open, in order."""
    open_to = {route.path for route in ROUTES if route.method == "GET" and may(role, route)}
    return [(address, label) for address, label in _ENTRIES.items() if address in open_to]


def is_here(address: str, path: str) -> bool:
    """Whether the page at `path` belongs to the menu's entry for `address`."""
    return path == address or path.startswith(address + "/")
