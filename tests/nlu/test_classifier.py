"""The linear classifier: n-grams weighed one text at a time, and what is kept of them."""

from typing import Any, Dict

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.classifier import LinearClassifier, NGrams

CONFIG: Dict[str, Any] = LinearClassifier.get_default_config()
TEXTS = ["he wants a pic of me", "he wants a photo", "she wants my photo now", "can i report him", "i report her now"]


@pytest.fixture
def ngrams() -> NGrams:
    learned = NGrams(CONFIG)
    learned.learn(TEXTS)
    return learned


@pytest.mark.parametrize("text", [*TEXTS, "something else entirely", "", "😀"])
def test_a_text_weighs_what_scikit_learn_says(ngrams: NGrams, text: str) -> None:
    shared: Dict[str, Any] = {"min_df": 2, "sublinear_tf": True, "dtype": np.float32}
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **shared).fit(TEXTS)
    words = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 3), **shared).fit(TEXTS)
    expected = np.hstack([chars.transform([text]).toarray() * 1.0, words.transform([text]).toarray() * 0.7])[0]
    columns, weights = ngrams.weigh(text)
    found = np.zeros(ngrams.width, dtype=np.float32)
    found[columns] = weights
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_what_was_saved_weighs_the_same(ngrams: NGrams) -> None:
    again = NGrams(CONFIG)
    again.restore(ngrams.saved())
    for before, after in zip(ngrams.weigh(TEXTS[0]), again.weigh(TEXTS[0]), strict=True):
        np.testing.assert_array_equal(before, after)
