"""Finds examples that say nothing new next to an earlier one with the same labels."""

from collections import defaultdict
from typing import Dict, Iterable, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from tools.data.nlu_files import Example, Labels, comparable

#: Rows compared with all others at a time; bounds the memory.
_ROWS = 256


class NearDuplicate(NamedTuple):
    """An example, the earlier one that it resembles most, and their similarity from 0 to 1."""

    example: Example
    kept: Example
    similarity: float


def near_duplicates(examples: Iterable[Example], threshold: float) -> Iterator[NearDuplicate]:
    """The examples that resemble an earlier one of the same file and labels, which is itself kept.

    Examples are compared as `comparable` leaves them. Their similarity is the cosine of the counts of their runs of
    three characters, so it depends on nothing but the two texts; equal texts have 1.
    """
    groups: Dict[Tuple[str, Labels], List[Example]] = defaultdict(list)
    for example in examples:
        groups[example.file, example.labels].append(example)
    for group in groups.values():
        for place, kept, similarity in _alike([comparable(one.text) for one in group], threshold):
            yield NearDuplicate(group[place], group[kept], similarity)


def _alike(texts: Sequence[str], threshold: float) -> Iterator[Tuple[int, int, float]]:
    """The places of a text and of the earlier one that it resembles most, and their similarity."""
    vectors = normalize(CountVectorizer(analyzer=_trigrams).fit_transform(texts).astype(float))
    is_kept = np.ones(len(texts), bool)
    for start in range(0, len(texts), _ROWS):
        for place, row in enumerate((vectors[start : start + _ROWS] @ vectors[: start + _ROWS].T).toarray(), start):
            # Rounded, since equal texts come to 0.9999999.
            earlier = np.where(is_kept[:place], row[:place].round(6), 0)
            if earlier.size and earlier.max() >= threshold:
                is_kept[place] = False
                yield place, int(earlier.argmax()), float(earlier.max())


def _trigrams(text: str) -> List[str]:
    # The spaces give even an empty text one run.
    spaced = f"  {text} "
    return [spaced[start : start + 3] for start in range(len(spaced) - 2)]
