"""Turns approved corrections into a diff of data/nlu, without changing any files."""

from difflib import unified_diff
from io import StringIO
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Tuple

from bot.content.examples import NLU_DIR, folded, read_examples
from bot.content.models import Library
from bot.store.corrections import Correction
from tools.data.nlu_files import Labels, rank_of, read_file, with_examples

#: The files' directory, as shown in the diff.
_FOLDER = "data/nlu"
_UNENDED = "\n\\ No newline at end of file\n"


class Change(NamedTuple):
    """A diff of the files, and what happened to each correction."""

    #: For `git apply`; empty if no example is new.
    diff: str
    #: Number of examples that the diff adds.
    added: int
    #: Ids of the corrections whose examples are listed under their intents once the diff is applied.
    settled: List[int]
    #: Maps each omitted correction's id to the other intent that already has its example, or to an empty string if the
    #: correction's own intent no longer exists or has no file.
    left_out: Dict[int, str]


def change_of(corrections: Iterable[Correction], library: Library, directory: Path = NLU_DIR) -> Change:
    """Return a diff that adds corrections to the files in `directory`.

    Args:
        corrections: the approved corrections, in order.
        library: maps intents to topics; each topic has one file.
        directory: the files' directory.
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
    diffs = [_diff(path, examples, library) for path, examples in sorted(additions.items())]
    return Change("".join(diffs), sum(map(len, additions.values())), settled, left_out)


def _diff(path: Path, examples: Iterable[Tuple[str, str]], library: Library) -> str:
    # Corrections do not include an asker or an urgency.
    added: Dict[Labels, List[str]] = {}
    for intent, example in examples:
        added.setdefault(Labels(intent), []).append(example)
    before = read_file(path)
    after = with_examples(before, path.name, added, rank_of(library))
    name = f"{_FOLDER}/{path.name}"
    lines = unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else line + _UNENDED for line in lines)


def _lines(text: str) -> List[str]:
    """Return a text's lines with their line endings, split where git splits them."""
    return StringIO(text, newline="\n").readlines()
