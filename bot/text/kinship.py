"""Words for people by what they are to somebody: the one list that the phrases, the ages and redaction share."""

from functools import cache
from typing import Dict, Tuple

import yaml

from bot.text.words import HERE


@cache
def kinship() -> Dict[str, Tuple[str, ...]]:
    """The words of each group of `kinship.yml`, in the order of the file."""
    read: Dict[str, str] = yaml.safe_load((HERE / "kinship.yml").read_text(encoding="utf-8"))
    return {group: tuple(words.split()) for group, words in read.items()}


def kin(*groups: str) -> Tuple[str, ...]:
    """The words of some groups, in order."""
    return tuple(word for group in groups for word in kinship()[group])
