"""A trained tagger that finds names, user names and schools from their letters and the words around them.

Each word has a vector of `WIDTH` numbers, computed from the sum of its features' vectors. The tagger classifies a word
from its own vector, the vectors of the three words on either side, the mean of the vectors within eight words, and the
separators around it. One hidden layer combines these, so a word that means nothing by itself can be recognised as a
user name after "my snap is". `python -m training.tagger` trains the tagger.
"""

from pathlib import Path
from typing import Dict, Iterator, Mapping, NamedTuple, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray

from bot.redaction.lexicon import (
    cached_per_text,
    context_words,
    is_allowed,
    is_first_name,
    is_unspaced_sentence,
    is_word,
    plain,
)
from bot.redaction.recognizers.base import Span
from bot.redaction.recognizers.handles import is_disguised, is_introduced
from bot.redaction.recognizers.tagger_features import SCHOOLS, SEPARATORS, Lists, Token, features, lists, tokens
from bot.text.normalise import with_straight_apostrophes

Floats = NDArray[np.float32]

#: Length of a word vector.
WIDTH = 32
#: Number of words on either side of a word that are separate inputs, and the number that are averaged.
NEAR, AROUND = 3, 8
#: The kinds of identifier that the tagger finds. It labels all other words as none.
KINDS = ("name", "handle", "school")
#: Minimum probability at which a dictionary word counts as a match. Other words use `THRESHOLDS`.
WORD_THRESHOLD = 0.7
#: Minimum probability at which a dictionary word counts as a user name if no other word introduces it.
LONE_WORD_THRESHOLD = 0.98
#: Minimum probability at which a word outside the dictionary counts as a match, by the word's likeliest kind.
THRESHOLDS: Mapping[str, float] = {"name": 0.35, "handle": 0.4, "school": 0.4}
#: A word next to a match joins it if its probability is at least this fraction of the threshold.
NEIGHBOUR_SHARE = 0.5
#: Neighbouring words of different kinds are separate matches if both have at least this probability.
SPLIT_THRESHOLD = 0.6
#: Factor for the probabilities of a bare number, which can be part of a user name ("Toxic Badger 4412") but is often a
#: helpline's number.
NO_LETTERS = 0.6

#: The numbers of the separators that can join words (a space and a dash), and the number of the full stop.
_JOINING, _STOP = (0, 6), 1
#: Entries in `SCHOOLS` that suggest the name of a particular school. The others only say what kind of school it is.
_HOLY = frozenset("st saint our lady ysgol".split())
_ANY_SCHOOL = (SCHOOLS - _HOLY) | frozenset("a the of and for at form trust church group loft team squad youth".split())
_EXTRAS = 2 * SEPARATORS + 5
INPUTS = (2 * NEAR + 2) * WIDTH + _EXTRAS


class Weights(NamedTuple):
    """The trained weights, where h is the size of the hidden layer and k is the number of kinds plus one for none."""

    table: Floats
    """(BUCKETS, WIDTH), a vector for each feature."""
    table_bias: Floats
    """(WIDTH,)"""
    hidden: Floats
    """(INPUTS, h)"""
    hidden_bias: Floats
    """(h,)"""
    output: Floats
    """(h, k)"""
    output_bias: Floats
    """(k,)"""


def load_weights(path: Path) -> Tuple[Weights, Lists]:
    """Load the weights that `python -m training.tagger` wrote, and the word lists used in training."""
    with np.load(path) as held:
        table = held["table"].astype(np.float32) * held["scales"]
        small = [held[name].astype(np.float32) for name in Weights._fields[1:]]
        general = held["general"].tobytes().decode("ascii").split("\n")
    return Weights(table, *small), lists(frozenset(general))


def extras(found: Sequence[Token], known: Lists) -> Floats:
    """Return each word's inputs other than word vectors, as an (n, 21) array.

    They describe the separators around the word, whether it is the first or last word, and the text's typing style.
    """
    count = len(found)
    table = np.zeros((count, _EXTRAS), np.float32)
    if not count:
        return table
    places, before = np.arange(count), np.array([token.before for token in found])
    table[places, before] = 1.0
    table[places[:-1], SEPARATORS + before[1:]] = 1.0
    table[0, -5] = table[-1, -4] = 1.0
    table[:, -3] = sum(token.written.lower() in known.common for token in found) / count
    table[:, -2] = sum(token.written[:1].isupper() for token in found) / count
    table[:, -1] = sum(token.written.isupper() for token in found) / count
    return table


def inputs(padded: Floats) -> Floats:
    """Return the hidden layer's inputs for each word, without `extras`.

    Args:
        padded: word vectors, (AROUND + n + AROUND, WIDTH), with zeros before the first word and after the last.

    Returns:
        (n, (2 * NEAR + 2) * WIDTH).
    """
    count = len(padded) - 2 * AROUND
    near = [padded[AROUND + shift : AROUND + shift + count] for shift in range(-NEAR, NEAR + 1)]
    sums = np.concatenate([np.zeros((1, padded.shape[1]), np.float32), np.cumsum(padded, axis=0, dtype=np.float32)])
    span = 2 * AROUND + 1
    return np.concatenate([*near, (sums[span:] - sums[:-span]) / np.float32(span)], axis=1)


class TaggerRecognizer:
    """Finds names, user names and schools with the trained tagger. Spans can be of any of these three kinds."""

    kind = "name"

    def __init__(self, path: Path, sure: Mapping[str, float] = THRESHOLDS) -> None:
        """Load the weights that `python -m training.tagger` wrote."""
        self._weights, self._known = load_weights(path)
        self._sure = np.array([sure[kind] for kind in KINDS], np.float32)
        self._vectors: Dict[str, Floats] = {}
        # Compute each word's vector only once per text.
        self._vector = cached_per_text(self._read)

    def find(self, text: str) -> Iterator[Span]:
        """See `Recognizer`."""
        found = tokens(text)
        if not found:
            return
        shares = self.shares(found)
        if self._is_foreign(found):
            # In a foreign language every word is unknown, so accept only words that contain digits or symbols.
            shares[[token.written.replace("'", "").isalpha() for token in found], 1:] = 0
            shares[:, 0] = 1 - shares[:, 1:].sum(axis=1)
        for first, last in self._runs(found, shares):
            kind = self._kind(found, shares, first, last)
            while kind == "name" and first < last and _is_title(found[first]):
                first += 1
            span = Span(kind, found[first].start, _end(found[last]))
            if _is_never_redacted(text[span.start : span.end], kind):
                continue
            if kind != "handle" or not self._is_said(found, shares, first, last):
                yield span

    @staticmethod
    def _kind(found: Sequence[Token], shares: Floats, first: int, last: int) -> str:
        """Return the kind of a match, which is "name" after a title and otherwise the most likely kind."""
        if first and _is_title(found[first - 1]):
            return "name"
        return KINDS[int(shares[first : last + 1, 1:].sum(axis=0).argmax())]

    @staticmethod
    def _is_said(found: Sequence[Token], shares: Floats, first: int, last: int) -> bool:
        """Whether an apparent user name is really ordinary words or an unspaced sentence.

        A match that another word introduces as a user name always counts as one.
        """
        before, after = found[max(0, first - 4) : first], found[last + 1 : last + 4]
        if is_introduced(found[first].written, *([plain(token.written) for token in side] for side in (before, after))):
            return False
        return all(
            is_unspaced_sentence(found[place].written)
            or is_disguised(found[place].written)
            or (_is_ordinary(found[place].written) and 1 - shares[place, 0] < LONE_WORD_THRESHOLD)
            for place in range(first, last + 1)
        )

    def _is_foreign(self, found: Sequence[Token]) -> bool:
        """Whether a text has at least four words, and fewer than a third of them are on any list."""
        known = self._known
        words = [plain(token.written).split("'")[0] for token in found if not token.written.isdigit()]
        count = sum(any(word in held for held in (known.common, known.general, known.first)) for word in words)
        return len(words) > 3 and 3 * count < len(words)

    def _runs(self, found: Sequence[Token], shares: Floats) -> Iterator[Tuple[int, int]]:
        """Yield the indices of the first and last words of each match."""
        kinds = shares[:, 1:].argmax(axis=1)
        # Scores are relative to the threshold: a score of 1 or more reaches it.
        words = [_is_ordinary(token.written) for token in found]
        scores = ((1 - shares[:, 0]) / np.where(words, WORD_THRESHOLD, self._sure[kinds])).tolist()
        place = 0
        while place < len(found):
            last = place
            if scores[place] >= NEIGHBOUR_SHARE:
                while (
                    last + 1 < len(found)
                    and scores[last + 1] >= NEIGHBOUR_SHARE
                    and _joins(found[last], found[last + 1])
                ):
                    both_sure = shares[last : last + 2, 1:].max(axis=1).min() >= SPLIT_THRESHOLD
                    if kinds[last] != kinds[last + 1] and both_sure:
                        break
                    last += 1
                if max(scores[place : last + 1]) >= 1:
                    yield place, last
            place = last + 1

    def shares(self, found: Sequence[Token]) -> Floats:
        """Return each word's probabilities of being none, a name, a user name or a school, as an (n, 4) array."""
        weights = self._weights
        padded = np.zeros((len(found) + 2 * AROUND, WIDTH), np.float32)
        for place, token in enumerate(found, start=AROUND):
            padded[place] = self._vector(token.written)
        read = np.concatenate([inputs(padded), extras(found, self._known)], axis=1)
        scores = np.maximum(read @ weights.hidden + weights.hidden_bias, 0) @ weights.output + weights.output_bias
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Floats = scores / scores.sum(axis=1, keepdims=True)
        shares[[token.is_placeholder for token in found], 1:] = 0
        shares[[token.written.isdigit() for token in found], 1:] *= NO_LETTERS
        shares[:, 0] = 1 - shares[:, 1:].sum(axis=1)
        return shares

    def _read(self, written: str) -> Floats:
        vector = self._vectors.get(written)
        if vector is None:
            numbers = features(written, self._known)
            total = self._weights.table[numbers].sum(axis=0) / np.sqrt(np.float32(len(numbers)))
            vector = np.maximum(total + self._weights.table_bias, 0)
            # Between texts, keep only the vectors of common words, because any other word may identify somebody.
            if written.lower() in self._known.common:
                self._vectors[written] = vector
        return vector


def _is_ordinary(written: str) -> bool:
    """Whether a word is a lower-case dictionary word that is not a first name."""
    return written.islower() and is_word(written) and not is_first_name(written)


def _is_title(token: Token) -> bool:
    return plain(token.written) in context_words("names", "titles")


def _joins(one: Token, other: Token) -> bool:
    """Whether two words can be in the same match, because a space, a dash or an initial's full stop separates them."""
    return other.before in _JOINING or (len(one.written) == 1 and other.before == _STOP)


def _end(token: Token) -> int:
    """Return the end of a match, excluding a possessive "'s"."""
    written = with_straight_apostrophes(token.written)
    return token.end - 2 if written.endswith("'s") else token.end


def _is_never_redacted(written: str, kind: str) -> bool:
    """Whether to leave a match alone: a place, brand, app, kinship word, unnamed school or single letter."""
    parts = written.lower().split()
    if kind == "school":
        return is_allowed(written) or all(part in _ANY_SCHOOL for part in parts)
    return len(written) < 2 or all(is_allowed(part) for part in parts)
