"""The words around an identifier that tell what it is, from `context.yml`."""

from functools import cache
from pathlib import Path
from typing import Dict, FrozenSet

import yaml

CONTEXT = Path(__file__).parent / "context.yml"


@cache
def _sections() -> Dict[str, Dict[str, FrozenSet[str]]]:
    read = yaml.safe_load(CONTEXT.read_text(encoding="utf-8"))
    return {
        kind: {name: frozenset(str(words).split()) for name, words in lists.items()} for kind, lists in read.items()
    }


def around(kind: str, name: str) -> FrozenSet[str]:
    """One list of words, such as those before names: `around("names", "before")`."""
    return _sections()[kind][name]
