"""Counts examples and conversations, and formats the counts as tables."""

from collections import Counter, defaultdict
from statistics import median
from typing import Dict, Iterable, Iterator, List, Mapping, Sequence

from bot.case.annotations import Conversation
from bot.case.facts import ROLES
from bot.content.models import ASKERS, URGENCIES, Library
from tools.data.nlu_files import UNKNOWN, Example

#: Heading of the column for examples that give no urgency.
_NOT_SAID = "no urgency"
#: Separates two columns.
_GAP = "  "


def example_rows(examples: Iterable[Example], library: Library) -> Iterator[List[str]]:
    """Yield the rows of a table, with a header, each topic that has examples followed by its intents, and a total.

    The columns are the name, the number of examples, their median number of words, and then the number of examples for
    each asker and each urgency.
    """
    by_intent: Dict[str, List[Example]] = defaultdict(list)
    for example in examples:
        by_intent[example.labels.intent].append(example)
    yield ["topic and intent", "examples", "words", *ASKERS, *URGENCIES, _NOT_SAID]
    for topic, about in library.topics.items():
        intents = [intent for intent in about.intents if intent in by_intent]
        if intents:
            yield [topic, *_counts([example for intent in intents for example in by_intent[intent]])]
            yield from ([f"  {intent}", *_counts(by_intent[intent])] for intent in intents)
    yield ["all", *_counts([example for group in by_intent.values() for example in group])]


def _counts(examples: Sequence[Example]) -> List[str]:
    askers = Counter(example.labels.asker or UNKNOWN for example in examples)
    urgencies = Counter(example.labels.urgency or _NOT_SAID for example in examples)
    words = median(len(example.text.split()) for example in examples) if examples else 0
    numbers = [*(askers[name] for name in ASKERS), *(urgencies[name] for name in (*URGENCIES, _NOT_SAID))]
    return [str(len(examples)), f"{words:g}", *map(str, numbers)]


def conversation_rows(conversations: Sequence[Conversation]) -> Iterator[List[str]]:
    """Yield the rows of a table of turn counts, with a row for each role and a column for each urgency."""
    counts: Mapping["tuple[str, str]", int] = Counter(
        (turn.role, turn.urgency) for conversation in conversations for turn in conversation.turns
    )
    yield ["role", "turns", *URGENCIES]
    for role in ROLES:
        row = [counts.get((role, urgency), 0) for urgency in URGENCIES]
        yield [role, *map(str, [sum(row), *row])]
    columns = [sum(counts.get((role, urgency), 0) for role in ROLES) for urgency in URGENCIES]
    yield ["all", *map(str, [sum(columns), *columns])]


def aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, with names aligned left and numbers aligned right."""
    table = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    numeric = [cell.replace(".", "").isdigit() for cell in table[-1]]
    for row in table:
        cells = (
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, numeric, strict=True)
        )
        yield _GAP.join(cells).rstrip()
