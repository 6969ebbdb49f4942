"""Hides every installed package that deploy/production.lock leaves out.

Python imports this module when it starts, if this folder is on its path. Child processes inherit the path.
"""

import re
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Set

LOCK = Path(__file__).resolve().parents[3] / "deploy" / "production.lock"
OURS = "streetwise"


def top_level_modules() -> "tuple[Set[str], Set[str]]":
    """Return the names of the modules in locked packages, and the names of those in other installed packages."""
    locked = {_normal(name) for name in re.findall(r"^([\w.-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)}
    inside: "Set[str]" = set()
    outside: "Set[str]" = set()
    for package in distributions():
        # pip and setuptools are in every environment that Python's venv creates.
        kept = _normal(package.metadata["Name"]) in {*locked, OURS, "pip", "setuptools"}
        for file in package.files or ():
            if file.suffix in (".py", ".so"):
                (inside if kept else outside).add(file.parts[0].partition(".")[0])
    return inside, outside


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


inside, outside = top_level_modules()
HIDDEN = frozenset(outside - inside)


class OnlyProduction(PathFinder):
    """Python's module finder, except that it does not find `HIDDEN`."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> "ModuleSpec | None":
        return None if fullname in HIDDEN else PathFinder.find_spec(fullname, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = OnlyProduction
