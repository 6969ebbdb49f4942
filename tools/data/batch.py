"""Reads a batch of new examples, reports any problems with it, and starts its record."""

import json
import re
import unicodedata
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Mapping, Sequence

from bot.content.models import ASKERS, URGENCIES, Library
from bot.content.reader import ContentError, Problem
from tools.commit_guard.identifiers import Allowed, check_identifiers
from tools.data.nlu_files import EMPTY_FILE, Example, Labels, comparable, rank_of, with_examples

FIELDS = ("intent", "asker", "urgency", "text")
#: The placeholder in a new record for text that has yet to be written.
TO_WRITE = "to be written"
#: Categories of characters that end a line of YAML or are invalid in YAML: controls, separators and surrogates.
_NOT_IN_A_LINE = ("Cc", "Zl", "Zp", "Cs")
#: The path under which examples are checked, because the commit guard is more lenient in data/nlu/ than elsewhere.
_GUARDED_AS = "data/nlu/batch.jsonl"
_DATED = re.compile(r"\d{4}-\d\d-\d\d-")


def read_batch(text: str, name: str, library: Library, known: Iterable[Example], allowed: Allowed) -> List[Example]:
    """Parse and check the examples in a batch of JSON lines with `FIELDS`.

    Args:
        text: the JSON lines.
        name: the name to use for the batch in error messages.
        library: the content library, which defines the intents.
        known: the existing examples.
        allowed: the identifiers that the commit guard allows.

    Raises:
        ContentError: there are problems. The error lists every faulty line and how to correct it.
    """
    places = {comparable(one.text): f"{one.file}:{one.line}, under {one.labels.intent}" for one in known}
    examples: List[Example] = []
    problems: List[Problem] = []
    for number, fields, fault in _read(text):
        faults = [fault] if fault else [*_faults(fields, library, places, allowed)]
        problems += [Problem(name, number, fault) for fault in faults]
        if not faults:
            example = _example(fields, name, number)
            examples.append(example)
            places[comparable(example.text)] = f"line {number} of this batch"
    if not examples and not problems:
        problems = [Problem(name, 1, f"has no examples; write one JSON object a line, with {', '.join(FIELDS)}")]
    if problems:
        raise ContentError(problems)
    return examples


def parse_batch(text: str, name: str) -> List[Example]:
    """Parse a batch whose examples may already be in data/nlu, checking only the fields of each line.

    Raises:
        ContentError: a line cannot be read. The error lists every such line.
    """
    lines = list(_read(text))
    problems = [Problem(name, number, fault) for number, _, fault in lines if fault]
    if problems:
        raise ContentError(problems)
    return [_example(fields, name, number) for number, fields, _ in lines]


def added(files: Mapping[str, str], examples: Iterable[Example], library: Library) -> Dict[str, str]:
    """Return the changed files of data/nlu, by name, with each example added to its topic's file.

    Args:
        files: the text of every file, by name.
        examples: the examples to add.
        library: the content library, which maps each intent to its topic.
    """
    by_file: Dict[str, Dict[Labels, List[str]]] = defaultdict(lambda: defaultdict(list))
    for example in examples:
        by_file[f"{library.topic_of(example.labels.intent)}.yml"][example.labels].append(example.text)
    rank = rank_of(library)
    return {name: with_examples(files.get(name, EMPTY_FILE), name, new, rank) for name, new in sorted(by_file.items())}


def record_name(batch: str, day: date) -> str:
    """Return the file name for a batch's record: the batch's name, with `day` in front if it has no date."""
    return f"{batch}.yml" if _DATED.match(batch) else f"{day.isoformat()}-{batch}.yml"


def existing_record(folder: Path, batch: str) -> "Path | None":
    """Return the path of a batch's record, whatever its date, or None if there is none."""
    subject = _DATED.sub("", batch)
    return next((path for path in sorted(folder.glob("*.yml")) if _DATED.sub("", path.stem) == subject), None)


def new_record(batch: str, files: Sequence[str], messages: int) -> str:
    """Return the text of a batch's record with the known fields filled in and the rest marked `TO_WRITE`."""
    return "\n".join(
        [
            f"batch: {_DATED.sub('', batch)}",
            f"files: {', '.join(f'data/nlu/{name}' for name in files)}",
            # These are block scalars because a sentence may contain a colon.
            *(f"{field}: >-\n  {TO_WRITE}" for field in ("purpose", "writers")),
            f"messages: {messages}",
            "second_reader:",
            *(f"  {field}: {TO_WRITE}" for field in ("saw", "same_intent", "same_asker", "same_urgency")),
            *(f"{field}: >-\n  {TO_WRITE}" for field in ("changed_after_reading", "dropped", "known_gaps")),
            "",
        ]
    )


def _read(text: str) -> Iterator["tuple[int, Dict[str, str], str]"]:
    """Yield the number and fields of each non-blank line, with a description of its fault or an empty string."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            yield number, {}, f"is not JSON ({error.msg} at character {error.pos + 1}); mend it"
            continue
        if not isinstance(fields, dict) or set(fields) != set(FIELDS):
            yield number, {}, f"must be an object with the fields {', '.join(FIELDS)} and no others; correct it"
        elif not all(isinstance(value, str) for value in fields.values()):
            yield number, {}, "has a value that is no text; put every value in quotes"
        else:
            yield number, fields, ""


def _example(fields: Mapping[str, str], name: str, number: int) -> Example:
    labels = Labels.of(fields["intent"], fields["asker"], fields["urgency"])
    return Example(labels, fields["text"].strip(), name, number)


def _faults(fields: Mapping[str, str], library: Library, places: Mapping[str, str], allowed: Allowed) -> Iterator[str]:
    """Yield a description of each fault in a line whose fields are all strings."""
    if library.intent(fields["intent"]) is None:
        yield f"'{fields['intent']}' is no intent; content/topics.yml lists them"
    for field, values in (("asker", ASKERS), ("urgency", URGENCIES)):
        if fields[field] not in values:
            yield f"'{fields[field]}' is no {field}; it may be {', '.join(values)}"
    text = fields["text"].strip()
    if not text:
        yield "the text is empty; write one, or delete the line"
        return
    if any(unicodedata.category(character) in _NOT_IN_A_LINE for character in text):
        yield "the text has a line break or a control character; write it in one line"
        return
    if comparable(text) in places:
        found = places[comparable(text)]
        yield f"'{text[:60]}' is there already ({found}), apart from case and punctuation; delete the line"
    for refusal in check_identifiers(_GUARDED_AS, text, allowed):
        yield f"the text {refusal.wrong}. {refusal.fix}"
