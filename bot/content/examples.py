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
_LABEL = re.compile(r"\b(asker|urgency): (\w+)")
#: An entity in an example, "[southend](place)"; only its text is kept.
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_MARK = re.compile(r"[^\w\s]|_")


@dataclass
class Block:
    """A block of examples of one intent in a file."""

    intent: str
    #: From the metadata; empty if the block does not say.
    asker: str = ""
    urgency: str = ""
    #: The index of its first line in the file.
    first: int = 0
    #: The index of the line of each example.
    at: List[int] = field(default_factory=list)
    #: Each example as it is written, with annotated entities.
    written: List[str] = field(default_factory=list)

    @property
    def examples(self) -> List[str]:
        """The text of each example."""
        return [without_entities(example) for example in self.written]


def read_blocks(lines: Sequence[str]) -> List[Block]:
    """The intent blocks of a file in the layout of data/nlu; other blocks are left out."""
    found: List[Block] = []
    block = None
    for index, line in enumerate(lines):
        if line.startswith("- "):
            named = _INTENT.match(line)
            block = Block(named.group(1), first=index) if named else None
            found += [block] if block else []
        elif block is not None and line.startswith(_METADATA):
            labels = dict(_LABEL.findall(line))
            block.asker, block.urgency = labels.get("asker", ""), labels.get("urgency", "")
        elif block is not None and line.startswith(BULLET):
            block.at.append(index)
            block.written.append(line[len(BULLET) :])
    return found


def without_entities(example: str) -> str:
    """The text of an example: "[southend](place)" becomes "southend"."""
    return _ENTITY.sub(r"\1", example).strip()


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
