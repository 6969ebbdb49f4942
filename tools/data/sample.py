"""Draws texts for a reviewer to label who does not see their labels."""

from random import Random
from typing import Iterable, Iterator, List, NamedTuple

from bot.case.annotations import Conversation
from tools.data.nlu_files import UNKNOWN, Example

#: Between the messages of a conversation.
_THEN = " › "


class Item(NamedTuple):
    """A text to label, and its labels in words."""

    text: str
    labels: str


def of_examples(examples: Iterable[Example]) -> Iterator[Item]:
    """Examples with their intent, asker and urgency."""
    for example in examples:
        intent, asker, urgency = example.labels
        yield Item(example.text, f"{intent}, {asker or UNKNOWN}, {urgency or UNKNOWN}")


def of_conversations(conversations: Iterable[Conversation]) -> Iterator[Item]:
    """Turns, each after the messages before it, with topics, role and urgency of the last one."""
    for conversation in conversations:
        said: List[str] = []
        for turn in conversation.turns:
            said.append(turn.text)
            yield Item(_THEN.join(said), f"{' or '.join(turn.topics)}, {turn.role}, {turn.urgency}")


def draw(items: Iterable[Item], count: int, seed: int) -> List[Item]:
    """`count` items at random, or all if there are fewer. The order in which they are given makes no difference."""
    ordered = sorted(items)
    return Random(seed).sample(ordered, min(count, len(ordered)))
