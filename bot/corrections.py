"""Approved corrections as a change of the files in data/nlu. Pure but for reading these."""

from difflib import unified_diff
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Sequence, Tuple

from bot.content.examples import BULLET, NLU_DIR, folded, read_blocks, read_examples
from bot.content.library import Library

#: The directory of the files, as a diff of the repository names it.
_FOLDER = "data/nlu"
_UNENDED = "\n\\ No newline at end of file\n"


class Change(NamedTuple):
    """What corrections do to the files."""

    #: As `git apply` takes it; empty if nothing is new.
    diff: str
    #: How many examples it adds.
    added: int
    #: The corrections whose example stands under its intent once the diff is applied.
    settled: List[int]
    #: Those that were left out, by id: the intent under which the example stands already; empty if its own intent is
    #: gone or has no file.
    left_out: Dict[int, str]


def change_of(corrections: Iterable[Any], library: Library, directory: Path = NLU_DIR) -> Change:
    """How the files take up corrections.

    Args:
        corrections: with `id`, `intent` and `example`, in order.
        library: knows the topic of each intent; each topic has its file.
        directory: where the files are.
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
        stands_under = known.get(folded(one.example))
        if stands_under not in (None, one.intent):
            left_out[one.id] = str(stands_under)
            continue
        if stands_under is None:
            known[folded(one.example)] = one.intent
            additions.setdefault(path, []).append((one.intent, one.example))
        settled.append(one.id)
    diffs = [_diff(path, examples) for path, examples in sorted(additions.items())]
    return Change("".join(diffs), sum(map(len, additions.values())), settled, left_out)


def extended(lines: Sequence[str], examples: Iterable[Tuple[str, str]]) -> List[str]:
    """The lines of a file with more examples, as (intent, example).

    A correction says nothing of who asks and how urgently. So it goes where the file does not either: to the end of the
    first block of its intent without metadata, or into a block of its own at the end of the file.
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
    lines = unified_diff(before, extended(before, examples), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else line + _UNENDED for line in lines)
