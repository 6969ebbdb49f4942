"""Makes a diff of data/nlu from approved corrections. It only reads files."""

from difflib import unified_diff
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Sequence, Tuple

from bot.content.examples import BULLET, NLU_DIR, folded, read_blocks, read_examples
from bot.content.models import Library
from bot.store.corrections import Correction

#: The directory of the files in the diff.
_FOLDER = "data/nlu"
_UNENDED = "\n\\ No newline at end of file\n"


class Change(NamedTuple):
    """A diff of the files, and what became of each correction."""

    #: For `git apply`; empty if no example is new.
    diff: str
    #: Number of examples that the diff adds.
    added: int
    #: Ids of the corrections whose example is under its intent once the diff is applied.
    settled: List[int]
    #: Ids of the corrections left out, with the other intent that already has the example; empty if the correction's
    #: own intent no longer exists or has no file.
    left_out: Dict[int, str]


def change_of(corrections: Iterable[Correction], library: Library, directory: Path = NLU_DIR) -> Change:
    """Add corrections to the files of `directory`, as a diff.

    Args:
        corrections: approved ones, in order.
        library: gives the topic of each intent; each topic has one file.
        directory: the directory of the files.
    """
    known = read_examples(directory)
    additions: Dict[Path, List[Tuple[str, str]]] = {}
    settled: List[int] = []
    left_out: Dict[int, str] = {}
    for one in corrections:
        path = directory / f"{library.topic_of(one.intent)}.yml"
        if library.intent(one.intent) is None or not path.exists():
            left_out[one.id] = ""
            continue
        present = known.get(folded(one.example))
        if present not in (None, one.intent):
            left_out[one.id] = str(present)
            continue
        if present is None:
            known[folded(one.example)] = one.intent
            additions.setdefault(path, []).append((one.intent, one.example))
        settled.append(one.id)
    diffs = [_diff(path, examples) for path, examples in sorted(additions.items())]
    return Change("".join(diffs), sum(map(len, additions.values())), settled, left_out)


def add_examples(lines: Sequence[str], examples: Iterable[Tuple[str, str]]) -> List[str]:
    """The lines of a file with examples added, given as (intent, example).

    A correction has no asker and no urgency. So its example goes to the end of the first block of its intent that has
    no metadata, or into a new block at the end of the file.
    """
    changed = list(lines)
    if changed and not changed[-1].endswith("\n"):
        changed[-1] += "\n"
    for intent, example in examples:
        blocks = (block for block in read_blocks(changed) if block.intent == intent and not block.says_more)
        block = next((block for block in blocks if block.examples), None)
        if block is None:
            changed += [f"- intent: {intent}\n", "  examples: |\n"]
        changed.insert(block.last + 1 if block else len(changed), f"{BULLET}{example}\n")
    return changed


def _diff(path: Path, examples: Iterable[Tuple[str, str]]) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        before = file.readlines()
    name = f"{_FOLDER}/{path.name}"
    lines = unified_diff(before, add_examples(before, examples), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else line + _UNENDED for line in lines)
