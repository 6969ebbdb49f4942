"""Draws texts for a reviewer to label without seeing the existing labels."""

from random import Random
from typing import Iterable, Iterator, List, NamedTuple

from bot.case.annotations import Conversation
from tools.data.nlu_files import UNKNOWN, Example

#: Separates the messages of a conversation.
_THEN = " › "


class Item(NamedTuple):
    """A text to label, and its existing labels in words."""

    text: str
    labels: str


def of_examples(examples: Iterable[Example]) -> Iterator[Item]:
    """Yield examples with their intent, asker and urgency."""
    for example in examples:
        intent, asker, urgency = example.labels
        yield Item(example.text, f"{intent}, {asker or UNKNOWN}, {urgency or UNKNOWN}")


def of_conversations(conversations: Iterable[Conversation]) -> Iterator[Item]:
    """Yield each turn, preceded by the earlier messages, with the turn's topics, role and urgency."""
    for conversation in conversations:
        said: List[str] = []
        for turn in conversation.turns:
            said.append(turn.text)
            yield Item(_THEN.join(said), f"{' or '.join(turn.topics)}, {turn.role}, {turn.urgency}")


def draw(items: Iterable[Item], count: int, seed: int) -> List[Item]:
    """Draw `count` items at random, or all of them if there are fewer. The order of `items` does not matter."""
    ordered = sorted(items)
    return Random(seed).sample(ordered, min(count, len(ordered)))
