"""Finds examples that add nothing to an earlier example with the same labels."""

from collections import defaultdict
from typing import Dict, Iterable, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from tools.data.nlu_files import Example, Labels, comparable

#: Number of rows to compare with the others at a time, which limits memory use.
_ROWS = 256


class NearDuplicate(NamedTuple):
    """An example, the earlier example that it most resembles, and their similarity from 0 to 1."""

    example: Example
    kept: Example
    similarity: float


def near_duplicates(examples: Iterable[Example], threshold: float) -> Iterator[NearDuplicate]:
    """Yield the examples that resemble an earlier, kept example with the same file and labels.

    Texts are compared in the form that `comparable` returns. Their similarity is the cosine similarity of their
    character trigram counts, so it depends only on the two texts. Identical texts have a similarity of 1.
    """
    groups: Dict[Tuple[str, Labels], List[Example]] = defaultdict(list)
    for example in examples:
        groups[example.file, example.labels].append(example)
    for group in groups.values():
        for place, kept, similarity in _alike([comparable(one.text) for one in group], threshold):
            yield NearDuplicate(group[place], group[kept], similarity)


def _alike(texts: Sequence[str], threshold: float) -> Iterator[Tuple[int, int, float]]:
    """Yield the index of each near-duplicate, the index of the kept text that it resembles, and their similarity."""
    vectors = normalize(CountVectorizer(analyzer=_trigrams).fit_transform(texts).astype(float))
    is_kept = np.ones(len(texts), bool)
    for start in range(0, len(texts), _ROWS):
        for place, row in enumerate((vectors[start : start + _ROWS] @ vectors[: start + _ROWS].T).toarray(), start):
            # Round the similarities, because identical texts can get 0.9999999.
            earlier = np.where(is_kept[:place], row[:place].round(6), 0)
            if earlier.size and earlier.max() >= threshold:
                is_kept[place] = False
                yield place, int(earlier.argmax()), float(earlier.max())


def _trigrams(text: str) -> List[str]:
    # With the added spaces, even an empty text has one trigram.
    spaced = f"  {text} "
    return [spaced[start : start + 3] for start in range(len(spaced) - 2)]
