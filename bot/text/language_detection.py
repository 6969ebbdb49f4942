"""Which language a text is in that is not English: by its script, by words of the language, and by a detector.

The detector (lingua) is right about whole sentences and guesses at short ones, at chat spelling and at languages that
are typed in Latin letters though they have their own. So nothing is taken for another language against its English
words: of 20,000 English examples in data/nlu, 7 are.
"""

import re
import unicodedata
from typing import Collection, Dict, FrozenSet, List, Mapping, Optional, Sequence

from lingua import Language, LanguageDetectorBuilder

from bot.text.folding import without_accents
from bot.text.words import COMMON_WORDS, ENGLISH_WORDS, listed

#: A language that is not English, and none of those that are known ("undetermined" in BCP 47).
UNDETERMINED = "und"
#: How sure the detector must be, and how many of the words may then be English: in a sentence, and beside words of the
#: language. Fewer words than `SENTENCE` need one of those in any case.
SURE, ENGLISH_IN_SENTENCE, ENGLISH_BESIDE, SENTENCE = 0.9, 0.5, 0.75, 4
#: Letters by which words are the same, whatever their ending.
STEM = 4
#: Languages heard in the UK that the detector tells from each other and from those of the cards.
_OTHERS = "ENGLISH GERMAN ITALIAN RUSSIAN HUNGARIAN HINDI GREEK JAPANESE ALBANIAN DUTCH CZECH".split()
#: Vowel signs of the scripts of India are no letters, but parts of words.
_WORD = re.compile(r"(?:[^\W\d_]|[\u0900-\u0DFF]){1,4000}")
#: Letters that are no other letter with an accent, as people type them; signs that stand between words or within one.
_PLAIN = str.maketrans({"ł": "l", "ı": "i", "đ": "d", "-": " ", "'": None, "’": None, "ʼ": None})


class Languages:
    """The languages that have words of their own, and the others."""

    def __init__(self, words: Mapping[str, Collection[str]]) -> None:
        """Keep frequent words by the code (BCP 47) of their language; words that are English too tell nothing."""
        english = listed(COMMON_WORDS) | listed(ENGLISH_WORDS)
        self._english = frozenset(word.replace("'", "") for word in english)
        self._words: Dict[str, FrozenSet[str]] = {
            # One letter tells nothing: "i" is a word in half of them.
            code: frozenset(part for word in known for part in words_of(word) if len(part) > 1) - self._english
            for code, known in words.items()
        }
        self._codes = {code.split("-")[0]: code for code in words}
        by_code = {language.iso_code_639_1.name.lower(): language for language in Language.all()}
        others = [getattr(Language, name) for name in _OTHERS]
        known = [by_code[code] for code in self._codes]
        self._detector = (
            LanguageDetectorBuilder.from_languages(*known, *others)
            # With whole models it takes 430 MB more and finds no more of the test messages.
            .with_low_accuracy_mode()
            .with_preloaded_language_models()
            .build()
        )

    def of(self, text: str) -> Optional[str]:
        """The code of the language of `text`, `UNDETERMINED` for one without words here, None for English."""
        words = words_of(text)
        if not words:
            return None
        code, sure = self._detected(text)
        letters = "".join(words)
        if sum("LATIN" not in unicodedata.name(letter, "") for letter in letters) > len(letters) / 2:
            return code or UNDETERMINED
        # "i", "u", "r" and "n": letters that stand for English words.
        english = sum(word in self._english or len(word) == 1 for word in words) / len(words)
        shares = {name: sum(word in known for word in words) / len(words) for name, known in self._words.items()}
        best = max(shares, key=lambda name: (shares[name], name == code), default=UNDETERMINED)
        if shares.get(best) and shares[best] >= english and (len(words) > 1 or best == code):
            return best
        if code is None or sure < SURE:
            return None
        is_sentence = len(words) >= SENTENCE and english <= ENGLISH_IN_SENTENCE
        is_beside = len(words) > 1 and english <= ENGLISH_BESIDE and shares.get(code, 0.0) > 0
        return code if is_sentence or is_beside else None

    def _detected(self, text: str) -> "tuple[Optional[str], float]":
        """The likeliest language and how sure that is; None for English."""
        # Half a letter of UTF-16, which JSON may hold, is no text for the detector.
        whole = text.encode("utf-8", "ignore").decode("utf-8")
        likely = self._detector.compute_language_confidence_values(whole)[0]
        short = likely.language.iso_code_639_1.name.lower()
        return (None if short == "en" else self._codes.get(short, UNDETERMINED)), likely.value


def plain(text: str) -> str:
    """A text as it is compared: in lower case, without accents, apostrophes and hyphens."""
    return without_accents(text.casefold().translate(_PLAIN)).translate(_PLAIN)


def words_of(text: str) -> List[str]:
    """The words of a text as they are compared."""
    return _WORD.findall(plain(text))


class Phrase:
    """A phrase of a language as people say it: with other words between its own, and with other endings."""

    def __init__(self, written: str) -> None:
        """Keep it as it is compared."""
        self._plain, self._words = plain(written), words_of(written)
        self._is_chinese = any(unicodedata.name(letter, "").startswith("CJK") for letter in written)

    def is_in(self, text: str, words: Sequence[str]) -> bool:
        """Whether a text, plain and as its words, holds it; Chinese, which has no spaces, as it is written."""
        if self._is_chinese:
            return self._plain in text
        if len(self._words) == 1:
            return self._words[0] in words
        rest = iter(words)
        return all(any(_alike(one, word) for word in rest) for one in self._words)


def _alike(one: str, other: str) -> bool:
    return one == other or (len(one) >= STEM <= len(other) and one[:STEM] == other[:STEM])
