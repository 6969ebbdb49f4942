"""Reads the training examples in data/nlu: messages that people might send, grouped by intent."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Dict, FrozenSet, List, Mapping, Sequence

from bot.settings import ROOT

NLU_DIR = ROOT / "data" / "nlu"
#: The start of each line that contains an example.
BULLET = "    - "

_INTENT = re.compile(r"- intent: (\S+)\s*$")
_METADATA = "  metadata:"
_LABEL = re.compile(r"\b(asker|urgency): (\w+)")
#: An annotated entity in an example, such as "[southend](place)". Only the text in square brackets is kept.
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_MARK = re.compile(r"[^\w\s]|_")


@dataclass
class Block:
    """A block of examples for one intent in a file."""

    intent: str
    #: The asker and urgency in the block's metadata, or empty strings if it does not give them.
    asker: str = ""
    urgency: str = ""
    #: The index of the block's first line in the file.
    first: int = 0
    #: The index of each example's line in the file.
    at: List[int] = field(default_factory=list)
    #: Each example as written in the file, with its entities annotated.
    written: List[str] = field(default_factory=list)

    @property
    def examples(self) -> List[str]:
        """The text of each example, without annotations."""
        return [without_entities(example) for example in self.written]


def read_blocks(lines: Sequence[str]) -> List[Block]:
    """Return the intent blocks in a file's lines, skipping other blocks. The file must be laid out as in data/nlu."""
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
    """Return an example's text without annotations, so that "[southend](place)" becomes "southend"."""
    return _ENTITY.sub(r"\1", example).strip()


def read_examples(directory: Path = NLU_DIR) -> Dict[str, str]:
    """Map the `folded` text of every example to its intent."""
    return {
        folded(example): block.intent
        for path in sorted(directory.glob("*.yml"))
        for block in read_blocks(path.read_text(encoding="utf-8").splitlines())
        for example in block.examples
    }


@lru_cache(maxsize=1)
def known_examples() -> Mapping[str, str]:
    """Return the result of `read_examples`, cached because it reads every file in `NLU_DIR`."""
    return read_examples()


@lru_cache(maxsize=1)
def typed_intents() -> FrozenSet[str]:
    """Return the intents that have examples. The rest come only from buttons or other components."""
    return frozenset(known_examples().values())


def folded(text: str) -> str:
    """Return `text` in lower case and without punctuation. Examples with the same folded text are duplicates."""
    without = text.lower().replace("'", "").replace("’", "")
    return " ".join(_MARK.sub(_space_for_punctuation, without).split())


def _space_for_punctuation(mark: "re.Match[str]") -> str:
    # Keep other symbols, because an example may consist only of an emoji.
    return " " if unicodedata.category(mark.group()).startswith("P") else mark.group()
