"""Words for relationships between people, such as relatives and friends. Phrases, ages and redaction all use them."""

import re
from functools import cache
from typing import Dict, Tuple

import yaml

from bot.text.words import HERE

_GROUP = re.compile(r"\{([a-z_]{1,40})\}")


@cache
def kinship() -> Dict[str, Tuple[str, ...]]:
    """Map each group in `kinship.yml` to its words, in the file's order, and "kin" to the words of all groups."""
    read: Dict[str, str] = yaml.safe_load((HERE / "kinship.yml").read_text(encoding="utf-8"))
    groups = {group: tuple(words.split()) for group, words in read.items()}
    return {**groups, "kin": tuple(word for words in groups.values() for word in words)}


def words_with_kin(words: str) -> Tuple[str, ...]:
    """Split `words` at white space, replacing each group name in braces with the group's words: "boy girl {sibling}".

    Raises:
        KeyError: there is no such group.
    """
    return tuple(_GROUP.sub(lambda match: " ".join(kinship()[match.group(1)]), words).split())
