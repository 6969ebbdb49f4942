"""Sparse features: TF-IDF weights of character and word n-grams, which also cover words the encoder has never seen."""

from collections import Counter
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

Array = NDArray[np.float32]
Columns = NDArray[np.intp]
#: The columns of a text's n-grams, and their weights.
Weighed = Tuple[Columns, Array]

#: N-grams that occur in fewer examples than this are ignored.
LEAST_EXAMPLES = 3


class NGrams:
    """The vocabularies of scikit-learn's `TfidfVectorizer`, for 2 to 4 characters within words and for 1 to 3 words.

    `TfidfVectorizer.transform` is designed for many texts. Because it builds matrices, it takes 3 ms for a single text;
    `weigh` takes 0.5 ms.
    """

    def __init__(self, kinds: "Sequence[_Kind]") -> None:
        """Store the kinds. Callers use `learn` or `restore` instead."""
        self._kinds = list(kinds)

    @classmethod
    def learn(cls, texts: Sequence[str]) -> "Tuple[NGrams, csr_matrix]":
        """Learn the n-grams and their rarity (IDF). Return them and the n texts' weights, shape (n, width)."""
        vectorizers = _vectorizers()
        weighed = [vectorizer.fit_transform(texts) for vectorizer in vectorizers]
        return cls.restore([_learned(one) for one in vectorizers]), hstack(weighed, format="csr")

    @classmethod
    def restore(cls, saved: Sequence[Dict[str, Any]]) -> "NGrams":
        """Rebuild the n-grams from the data that `saved` returned."""
        kinds: List[_Kind] = []
        for vectorizer, learned in zip(_vectorizers(), saved, strict=True):
            first = sum(len(kind.columns) for kind in kinds)
            columns = {gram: first + number for number, gram in enumerate(learned["grams"])}
            rarity = np.asarray(learned["rarity"], dtype=np.float32)
            kinds.append(_Kind(vectorizer.build_analyzer(), columns, rarity, first))
        return cls(kinds)

    def saved(self) -> List[Dict[str, Any]]:
        """Return the data that `restore` needs, as plain lists."""
        return [{"grams": list(kind.columns), "rarity": kind.rarity.tolist()} for kind in self._kinds]

    def weigh(self, text: str) -> Weighed:
        """Return the weights of a text's known n-grams. Each kind's weights are normalised to length 1."""
        columns, weights = zip(*(kind.weigh(text) for kind in self._kinds), strict=True)
        return np.concatenate(columns), np.concatenate(weights)


class _Kind(NamedTuple):
    """One kind of n-gram: its analyzer, each n-gram's column and rarity (IDF), and the first column."""

    split: Callable[[str], List[str]]
    columns: Dict[str, int]
    rarity: Array
    first: int

    def weigh(self, text: str) -> Weighed:
        found = Counter(self.columns[gram] for gram in self.split(text) if gram in self.columns)
        columns = np.fromiter(found.keys(), dtype=np.intp, count=len(found))
        counts = np.fromiter(found.values(), dtype=np.float32, count=len(found))
        weights = (1 + np.log(counts)) * self.rarity[columns - self.first]
        return columns, np.asarray(weights / max(float(np.linalg.norm(weights)), 1e-9), dtype=np.float32)


def _vectorizers() -> List[TfidfVectorizer]:
    shared = {"min_df": LEAST_EXAMPLES, "sublinear_tf": True, "dtype": np.float32}
    return [
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), **shared),
        TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 3), **shared),
    ]


def _learned(vectorizer: TfidfVectorizer) -> Dict[str, Any]:
    return {
        "grams": sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.__getitem__),
        "rarity": vectorizer.idf_.tolist(),
    }
