"""What people say, in the files of data/nlu: the examples that the assistant learns from."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Dict, FrozenSet, List, Mapping, Sequence

from bot.settings import ROOT

NLU_DIR = ROOT / "data" / "nlu"
#: How a line begins that holds an example.
BULLET = "    - "

_INTENT = re.compile(r"- intent: (\S+)\s*$")
_METADATA = "  metadata:"
#: An entity in an example, "[southend](place)", which is read as its first part.
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_MARK = re.compile(r"[^\w\s]|_")


@dataclass
class Block:
    """Examples of one intent that stand together in a file."""

    intent: str
    #: Whether the file says who asks in them, or how urgent they are.
    says_more: bool = False
    #: The index of the line with the last example.
    last: int = -1
    examples: List[str] = field(default_factory=list)


def read_blocks(lines: Sequence[str]) -> List[Block]:
    """The blocks of a file, laid out as all files of data/nlu are; what is no intent is left out."""
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
    """The intent of every example, by the example as `folded`."""
    return {
        folded(example): block.intent
        for path in sorted(directory.glob("*.yml"))
        for block in read_blocks(path.read_text(encoding="utf-8").splitlines())
        for example in block.examples
    }


@lru_cache(maxsize=1)
def known_examples() -> Mapping[str, str]:
    """As `read_examples` when the program began; it reads every line of `NLU_DIR`."""
    return read_examples()


@lru_cache(maxsize=1)
def typed_intents() -> FrozenSet[str]:
    """The intents that have examples: what people type. The others are buttons, or found in another way."""
    return frozenset(known_examples().values())


def folded(text: str) -> str:
    """`text` without case, punctuation and apostrophes: two examples that differ in these only are one."""
    without = text.lower().replace("'", "").replace("’", "")
    return " ".join(_MARK.sub(_space_for_punctuation, without).split())


def _space_for_punctuation(mark: "re.Match[str]") -> str:
    # What is no punctuation stays: an emoji can be all that an example says.
    return " " if unicodedata.category(mark.group()).startswith("P") else mark.group()
