"""Words for people by what they are to somebody: the one list that the phrases, the ages and redaction share."""

import re
from functools import cache
from typing import Dict, Tuple

import yaml

from bot.text.words import HERE

_GROUP = re.compile(r"\{([a-z_]{1,40})\}")


@cache
def kinship() -> Dict[str, Tuple[str, ...]]:
    """The words of each group of `kinship.yml`, in the order of the file, and those of all groups as "kin"."""
    read: Dict[str, str] = yaml.safe_load((HERE / "kinship.yml").read_text(encoding="utf-8"))
    groups = {group: tuple(words.split()) for group, words in read.items()}
    return {**groups, "kin": tuple(word for words in groups.values() for word in words)}


def words_with_kin(words: str) -> Tuple[str, ...]:
    """Words between white space, with the words of a group for its name in braces: "boy girl {sibling}".

    Raises:
        KeyError: there is no such group.
    """
    return tuple(_GROUP.sub(lambda match: " ".join(kinship()[match.group(1)]), words).split())
