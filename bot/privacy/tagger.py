"""Names, user names and schools as a trained model sees them: by their letters and by the words around them.

A word is the sum of what its features weigh, `WIDTH` numbers. The tagger reads a word with the three on either side of
it, with all of those within eight, and with what separates them; one hidden layer weighs them together, so that a word
that would be nothing by itself is a user name after "my snap is". `python -m bot.tuning.tagger` trains it.
"""

from pathlib import Path
from typing import Dict, Iterator, Mapping, NamedTuple, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray

from bot.privacy.context import around
from bot.privacy.features import SCHOOLS, SEPARATORS, Lists, Token, features, lists, tokens
from bot.privacy.handles import is_disguised, is_introduced
from bot.privacy.kept import is_first_name, is_kept, is_spoken, is_word, plain, remembered
from bot.privacy.spans import Span

Floats = NDArray[np.float32]

#: Numbers a word.
WIDTH = 32
#: Words on either side that are read each in its place, and those that are read together.
NEAR, AROUND = 3, 8
#: What a word can be.
KINDS = ("name", "handle", "school")
#: How probable a word has to be none of the others, by the kind it most resembles; a word of the dictionary more so.
SURE_OF_WORDS = 0.7
#: The same for a word of the dictionary which nothing introduces as a user name.
SURE_OF_WORDS_ALONE = 0.98
SURE: Mapping[str, float] = {"name": 0.35, "handle": 0.4, "school": 0.4}
#: A word beside a find goes with it from this share of what a find needs.
BESIDE = 0.5
#: Two words of different kinds are two finds if each is so probably of its own.
APART = 0.6
#: How much less a number by itself is something: "Toxic Badger 4412" is one, a helpline is none.
NO_LETTERS = 0.6

#: Separators, by their numbers: a space or a dash; a full stop.
_JOINING, _STOP = (0, 6), 1
#: Words that name no school or club unless another stands beside them.
_HOLY = frozenset("st saint our lady ysgol".split())
_ANY_SCHOOL = (SCHOOLS - _HOLY) | frozenset("a the of and for at form trust church group loft team squad youth".split())
_EXTRAS = 2 * SEPARATORS + 5
INPUTS = (2 * NEAR + 2) * WIDTH + _EXTRAS


class Weights(NamedTuple):
    """What was learnt; k is the number of kinds and one more, for words that are none."""

    table: Floats
    """(BUCKETS, WIDTH) what each feature adds."""
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
    """The weights of a file as `bot.tuning.tagger` writes it, and the lists that it was trained with."""
    with np.load(path) as held:
        table = held["table"].astype(np.float32) * held["scales"]
        small = [held[name].astype(np.float32) for name in Weights._fields[1:]]
        general = held["general"].tobytes().decode("ascii").split("\n")
    return Weights(table, *small), lists(frozenset(general))


def extras(found: Sequence[Token], known: Lists) -> Floats:
    """What is read beside the words themselves, (n, 21): separators, the ends of the message and how it is typed."""
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
    """What the hidden layer reads of each word, but for `extras`.

    Args:
        padded: (AROUND + n + AROUND, WIDTH), zeros before the first word and after the last.

    Returns:
        (n, (2 * NEAR + 2) * WIDTH).
    """
    count = len(padded) - 2 * AROUND
    near = [padded[AROUND + shift : AROUND + shift + count] for shift in range(-NEAR, NEAR + 1)]
    sums = np.concatenate([np.zeros((1, padded.shape[1]), np.float32), np.cumsum(padded, axis=0, dtype=np.float32)])
    span = 2 * AROUND + 1
    return np.concatenate([*near, (sums[span:] - sums[:-span]) / np.float32(span)], axis=1)


class TaggedRecogniser:
    """Finds names, handles and schools by a trained model; its spans are of all three kinds."""

    kind = "name"

    def __init__(self, path: Path, sure: Mapping[str, float] = SURE) -> None:
        """Load the weights that `bot.tuning.tagger` wrote."""
        self._weights, self._known = load_weights(path)
        self._sure = np.array([sure[kind] for kind in KINDS], np.float32)
        self._vectors: Dict[str, Floats] = {}
        # Each word of one text is read once.
        self._vector = remembered(self._read)

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        found = tokens(text)
        if not found:
            return
        shares = self.shares(found)
        if self._is_foreign(found):
            # In another language every word is unknown, and only a user name's digits and strokes say something.
            shares[[token.written.replace("'", "").isalpha() for token in found], 1:] = 0
            shares[:, 0] = 1 - shares[:, 1:].sum(axis=1)
        for first, last in self._runs(found, shares):
            kind = self._kind(found, shares, first, last)
            while kind == "name" and first < last and _is_title(found[first]):
                first += 1
            span = Span(kind, found[first].start, _end(found[last]))
            if _stays(text[span.start : span.end], kind):
                continue
            if kind != "handle" or not self._is_said(found, shares, first, last):
                yield span

    @staticmethod
    def _kind(found: Sequence[Token], shares: Floats, first: int, last: int) -> str:
        """What a find is: after a title a name, else what is most probable."""
        if first and _is_title(found[first - 1]):
            return "name"
        return KINDS[int(shares[first : last + 1, 1:].sum(axis=0).argmax())]

    @staticmethod
    def _is_said(found: Sequence[Token], shares: Floats, first: int, last: int) -> bool:
        """Whether what looks like a user name is rather words, or a sentence in one word, as nothing introduces it."""
        before, after = found[max(0, first - 4) : first], found[last + 1 : last + 4]
        if is_introduced(found[first].written, *([plain(token.written) for token in side] for side in (before, after))):
            return False
        return all(
            is_spoken(found[place].written)
            or is_disguised(found[place].written)
            or (_is_ordinary(found[place].written) and 1 - shares[place, 0] < SURE_OF_WORDS_ALONE)
            for place in range(first, last + 1)
        )

    def _is_foreign(self, found: Sequence[Token]) -> bool:
        """Whether fewer than a third of four words and more are on any list."""
        known = self._known
        words = [plain(token.written).split("'")[0] for token in found if not token.written.isdigit()]
        count = sum(any(word in held for held in (known.common, known.general, known.first)) for word in words)
        return len(words) > 3 and 3 * count < len(words)

    def _runs(self, found: Sequence[Token], shares: Floats) -> Iterator[Tuple[int, int]]:
        """First and last word of each find."""
        kinds = shares[:, 1:].argmax(axis=1)
        # 1 and more: sure enough by itself.
        words = [_is_ordinary(token.written) for token in found]
        scores = ((1 - shares[:, 0]) / np.where(words, SURE_OF_WORDS, self._sure[kinds])).tolist()
        place = 0
        while place < len(found):
            last = place
            if scores[place] >= BESIDE:
                while last + 1 < len(found) and scores[last + 1] >= BESIDE and _joins(found[last], found[last + 1]):
                    if kinds[last] != kinds[last + 1] and shares[last : last + 2, 1:].max(axis=1).min() >= APART:
                        break
                    last += 1
                if max(scores[place : last + 1]) >= 1:
                    yield place, last
            place = last + 1

    def shares(self, found: Sequence[Token]) -> Floats:
        """How probable each word is to be nothing, a name, a handle and a school, (n, 4)."""
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
            # Only words that many use are remembered: whatever else was typed may identify somebody.
            if written.lower() in self._known.common:
                self._vectors[written] = vector
        return vector


def _is_ordinary(written: str) -> bool:
    """Whether a word of the dictionary is written as such, and is no first name."""
    return written.islower() and is_word(written) and not is_first_name(written)


def _is_title(token: Token) -> bool:
    return plain(token.written) in around("names", "titles")


def _joins(one: Token, other: Token) -> bool:
    """Whether two words can be of one find: a space or a dash stands between, or the full stop of an initial."""
    return other.before in _JOINING or (len(one.written) == 1 and other.before == _STOP)


def _end(token: Token) -> int:
    """Where a find ends: a possessive stays."""
    written = token.written.replace("’", "'")
    return token.end - 2 if written.endswith("'s") else token.end


def _stays(written: str, kind: str) -> bool:
    """Whether a find is kept whatever stands around it: a place, a brand, an app, kin, any school, a letter."""
    parts = written.lower().split()
    if kind == "school":
        return is_kept(written) or all(part in _ANY_SCHOOL for part in parts)
    return len(written) < 2 or all(is_kept(part) for part in parts)
