"""Reads and edits the files in data/nlu as text, checking that no edit loses an example."""

import json
import os
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import (
    AbstractSet,
    Callable,
    Collection,
    Dict,
    FrozenSet,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Sequence,
    Tuple,
)

import yaml

from bot.content.examples import BULLET, Block, folded, read_blocks, without_entities
from bot.content.models import ASKERS, URGENCIES, Library
from bot.content.reader import ContentError, Problem

UNKNOWN = "unknown"
EMPTY_FILE = 'version: "3.1"\nnlu:\n'

_BLOCK = "- "
#: Matches a line of an intent block in the layout that `_written` produces.
_LAYOUT = re.compile(
    r"- intent: \w+"
    r"|  metadata: \{(?:asker|urgency): \w+(?:, (?:asker|urgency): \w+)?\}"
    r"|  examples: \|"
    rf"|{BULLET}.*\S.*"
    r"|\s*"
)


class Labels(NamedTuple):
    """The labels that a block gives its examples. The asker and urgency are empty if the block does not give them."""

    intent: str
    asker: str = ""
    urgency: str = ""

    @classmethod
    def of(cls, intent: str, asker: str, urgency: str) -> "Labels":
        """Build labels, treating the asker "unknown" as not given, as the classifier does."""
        return cls(intent, "" if asker == UNKNOWN else asker, urgency)


class Example(NamedTuple):
    """An example as written in a file, with its line number, counted from 1."""

    labels: Labels
    text: str
    file: str
    line: int


#: Sort key for labels, which determines the order of blocks in a file.
Rank = Callable[[Labels], Tuple[int, int, int]]
#: Each example in a file with its labels, and everything else that the file contains.
Contents = FrozenSet[Tuple[Labels, str]]


class ExamplesChangedError(RuntimeError):
    """A bug in the program would make a change lose or alter an example. Nothing has been written."""


def rank_of(library: Library) -> Rank:
    """Return a sort key that orders blocks by the intent's place in content/topics.yml, then asker, then urgency.

    A block that does not give its asker or urgency comes before blocks that do.
    """
    intents = [intent for topic in library.topics.values() for intent in topic.intents]
    intent_places, asker_places, urgency_places = _places(intents), _places(("", *ASKERS)), _places(("", *URGENCIES))

    def rank(labels: Labels) -> Tuple[int, int, int]:
        return intent_places[labels.intent], asker_places[labels.asker], urgency_places[labels.urgency]

    return rank


def _places(names: Sequence[str]) -> Mapping[str, int]:
    """Map each name to its index. Any other name comes last."""
    return defaultdict(lambda: len(names), zip(names, range(len(names)), strict=True))


def read_file(path: Path) -> str:
    """Return the text of a file.

    Raises:
        ContentError: the file cannot be read, or is not UTF-8.
    """
    try:
        # Reading bytes keeps the line endings as they are.
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ContentError([Problem(str(path), 1, f"cannot be read ({error.strerror})")]) from error
    except UnicodeDecodeError as error:
        raise ContentError([Problem(str(path), 1, "is not UTF-8; save it as UTF-8")]) from error


def nlu_files(folder: Path) -> Dict[str, str]:
    """Return the text of every .yml file in a folder, by name.

    Raises:
        ContentError: the folder has no files, or one cannot be read.
    """
    found = {path.name: read_file(path) for path in sorted(folder.glob("*.yml"))}
    if not found:
        raise ContentError([Problem(str(folder), 1, "has no .yml file; name a folder like data/")])
    return found


def examples_of(text: str, name: str) -> Iterator[Example]:
    """Yield the examples in a file, in order."""
    for block in read_blocks(_lines(text)):
        for at, written in zip(block.at, block.written, strict=True):
            yield Example(_labels(block), written, name, at + 1)


def formatted(text: str, name: str, rank: Rank) -> str:
    """Return the text of a file with one block for each combination of labels, sorted by `rank`.

    The lines before the first block and any blocks that have no intent come first, unchanged. The examples in a block
    keep their order, and duplicates are dropped.

    Raises:
        ContentError: a line does not fit the layout, a label does not exist, or an intent has the same example twice
            with different labels.
        ExamplesChangedError: the result would lose or alter an example.
    """
    lines = _lines(text)
    problems = [*_problems_of_layout(lines, name), *_problems_of_labels(text, name)]
    if problems:
        raise ContentError(problems)
    merged: Dict[Labels, Dict[str, None]] = defaultdict(dict)
    for example in examples_of(text, name):
        merged[example.labels][example.text] = None
    result = [
        *_other_lines(lines),
        *(line for labels in sorted(merged, key=rank) for line in _written(labels, merged[labels])),
    ]
    changed = "\n".join(result) + "\n"
    require(contents(changed, name), contents(text, name))
    return changed


def with_examples(text: str, name: str, added: Mapping[Labels, Sequence[str]], rank: Rank) -> str:
    """Return the text of a file with each example added to the end of the first block that has its labels.

    If there is no such block, a new one is inserted before the first block that `rank` sorts after it, or at the end of
    the file.

    Raises:
        ExamplesChangedError: the result would lose or alter an example.
    """
    # If the file ends with a newline, drop the empty string that `split` leaves at the end.
    lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
    for labels, texts in added.items():
        blocks = read_blocks(lines)
        block = next((one for one in blocks if _labels(one) == labels and one.at), None)
        if block is not None:
            lines[block.at[-1] + 1 : block.at[-1] + 1] = [f"{BULLET}{one}" for one in texts]
        else:
            later = (one.first for one in blocks if rank(_labels(one)) > rank(labels))
            place = next(later, len(lines))
            lines[place:place] = _written(labels, texts)
    changed = "\n".join(lines) + "\n"
    new = {(labels, one) for labels, texts in added.items() for one in texts}
    require(contents(changed, name), contents(text, name) | new)
    return changed


def without_lines(text: str, name: str, numbers: Collection[int]) -> str:
    """Return the text of a file without the examples on the lines in `numbers`, counted from 1.

    Raises:
        ExamplesChangedError: the result would lose or alter an example.
    """
    gone = {(one.labels, one.text) for one in examples_of(text, name) if one.line in numbers}
    changed = "\n".join(line for number, line in enumerate(text.split("\n"), 1) if number not in numbers)
    require(contents(changed, name), contents(text, name) - gone)
    return changed


def contents(text: str, name: str) -> Contents:
    """Return everything in a file as a YAML parser reads it, regardless of its layout.

    Raises:
        ContentError: the file is not YAML with a list under `nlu`.
    """
    try:
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError([Problem(name, line, f"is not YAML here: {error.problem}; mend the line")]) from None
    if not isinstance(document, dict) or not isinstance(document.get("nlu") or [], list):
        raise ContentError([Problem(name, 1, "has no list under 'nlu'; see another file of data/nlu/")])
    said = {(Labels(""), json.dumps([key, value])) for key, value in document.items() if key != "nlu"}
    for block in document.get("nlu") or []:
        if "intent" not in block:
            said.add((Labels(""), json.dumps(block, sort_keys=True)))
            continue
        metadata = block.get("metadata") or {}
        labels = Labels.of(block["intent"], metadata.get("asker", ""), metadata.get("urgency", ""))
        said |= {(labels, line[2:]) for line in block["examples"].split("\n") if line.strip()}
    return frozenset(said)


def require(found: Contents, wanted: AbstractSet[Tuple[Labels, str]]) -> None:
    """Check that a changed file has exactly the contents that it should have.

    Raises:
        ExamplesChangedError: it does not. The error lists some of the missing and unexpected items.
    """
    if found != wanted:
        missing, strange = sorted(wanted - found)[:3], sorted(found - wanted)[:3]
        raise ExamplesChangedError(f"Nothing was written. Lost: {missing}. Not there before: {strange}.")


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files, replacing each one atomically.

    Raises:
        ContentError: a file cannot be written.
    """
    for name, text in files.items():
        unfinished = folder / f"{name}.new"
        try:
            unfinished.write_bytes(text.encode("utf-8"))
            os.replace(unfinished, folder / name)
        except OSError as error:
            message = f"cannot be written ({error.strerror}); make the folder writable and try again"
            raise ContentError([Problem(str(folder / name), 1, message)]) from error


def _lines(text: str) -> List[str]:
    return text.replace("\r\n", "\n").split("\n")


def comparable(text: str) -> str:
    """Return an example without case, punctuation or entity markup. Examples with equal results are duplicates."""
    return folded(without_entities(text))


def _labels(block: Block) -> Labels:
    return Labels.of(block.intent, block.asker, block.urgency)


def _written(labels: Labels, texts: Collection[str]) -> List[str]:
    """Return the lines of a block."""
    said = ", ".join(f"{kind}: {value}" for kind, value in labels._asdict().items() if value and kind != "intent")
    metadata = [f"  metadata: {{{said}}}"] if said else []
    return [f"- intent: {labels.intent}", *metadata, "  examples: |", *(f"{BULLET}{text}" for text in texts)]


def _parts(lines: Sequence[str]) -> Iterator[Tuple[int, List[str]]]:
    """Yield the head of a file and then its blocks, each as the index of its first line and its lines."""
    starts = [0, *(index for index, line in enumerate(lines) if line.startswith(_BLOCK)), len(lines)]
    return ((start, list(lines[start:end])) for start, end in pairwise(starts))


def _is_of_intent(part: Sequence[str]) -> bool:
    return bool(part) and part[0].startswith("- intent:")


def _other_lines(lines: Sequence[str]) -> List[str]:
    """Return the head of a file and its blocks without an intent, with trailing blank lines removed from each."""
    kept: List[str] = []
    for _, part in _parts(lines):
        if not _is_of_intent(part):
            kept += "\n".join(part).rstrip().split("\n")
    return kept


def _problems_of_layout(lines: Sequence[str], name: str) -> Iterator[Problem]:
    """Yield a problem for each line of an intent block that would be lost if the file were rewritten."""
    for start, part in _parts(lines):
        if not _is_of_intent(part):
            continue
        for number, line in enumerate(part, start + 1):
            if line.lstrip().startswith("#"):
                yield Problem(name, number, "is a comment inside the examples; move it to the top of the file")
            elif not _LAYOUT.fullmatch(line):
                yield Problem(
                    name, number, f"'{line.strip()[:60]}' does not fit the layout of the other blocks; mend it"
                )


def _problems_of_labels(text: str, name: str) -> Iterator[Problem]:
    """Yield a problem for each label that does not exist, and each example that an intent repeats with other labels."""
    seen: Dict[Tuple[str, str], Example] = {}
    for block in read_blocks(_lines(text)):
        if _labels(block).asker not in ("", *ASKERS):
            yield Problem(name, block.first + 2, f"'{block.asker}' is no asker; it may be {', '.join(ASKERS)}")
        if _labels(block).urgency not in ("", *URGENCIES):
            yield Problem(name, block.first + 2, f"'{block.urgency}' is no urgency; it may be {', '.join(URGENCIES)}")
    for example in examples_of(text, name):
        other = seen.setdefault((example.labels.intent, example.text), example)
        if other.labels != example.labels:
            message = f"'{example.text[:60]}' has another asker or urgency in line {other.line}; delete one of the two"
            yield Problem(name, example.line, message)
