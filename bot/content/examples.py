"""Reads the training examples in data/nlu: what people say, by intent."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Dict, FrozenSet, List, Mapping, Sequence

from bot.settings import ROOT

NLU_DIR = ROOT / "data" / "nlu"
#: The start of a line with an example.
BULLET = "    - "

_INTENT = re.compile(r"- intent: (\S+)\s*$")
_METADATA = "  metadata:"
#: An entity in an example, "[southend](place)"; only its text is kept.
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_MARK = re.compile(r"[^\w\s]|_")


@dataclass
class Block:
    """A block of examples of one intent in a file."""

    intent: str
    #: Whether the block has metadata: the asker or the urgency.
    says_more: bool = False
    #: The index of the line with the last example.
    last: int = -1
    examples: List[str] = field(default_factory=list)


def read_blocks(lines: Sequence[str]) -> List[Block]:
    """The intent blocks of a file in the layout of data/nlu; other blocks are left out."""
    found: List[Block] = []
    block = None
    for index, line in enumerate(lines):
        if line.startswith("- "):
            named = _INTENT.match(line)
            block = Block(named.group(1)) if named else None
            found += [block] if block else []
        elif block is not None and line.startswith(_METADATA):
            block.says_more = True
        elif block is not None and line.startswith(BULLET):
            block.last = index
            block.examples.append(_ENTITY.sub(r"\1", line[len(BULLET) :]).strip())
    return found


def read_examples(directory: Path = NLU_DIR) -> Dict[str, str]:
    """The intent of every example, by the folded example."""
    return {
        folded(example): block.intent
        for path in sorted(directory.glob("*.yml"))
        for block in read_blocks(path.read_text(encoding="utf-8").splitlines())
        for example in block.examples
    }


@lru_cache(maxsize=1)
def known_examples() -> Mapping[str, str]:
    """The result of `read_examples`, cached, because it reads every line of `NLU_DIR`."""
    return read_examples()


@lru_cache(maxsize=1)
def typed_intents() -> FrozenSet[str]:
    """The intents that have examples. The others come from buttons or from other components."""
    return frozenset(known_examples().values())


def folded(text: str) -> str:
    """`text` without case, punctuation and apostrophes; examples that are equal when folded are duplicates."""
    without = text.lower().replace("'", "").replace("’", "")
    return " ".join(_MARK.sub(_space_for_punctuation, without).split())


def _space_for_punctuation(mark: "re.Match[str]") -> str:
    # Other symbols stay: an example may be only an emoji.
    return " " if unicodedata.category(mark.group()).startswith("P") else mark.group()
