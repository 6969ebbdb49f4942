"""Detects languages other than English by script, by frequent words and with a language detector (lingua).

lingua is reliable for whole sentences, but not for short texts, chat spelling, or text typed in Latin letters in a
language that is normally written in another script. English words in a text therefore count for more than lingua's
result. Of 20,000 English examples in data/nlu, only 7 are mistaken for another language.
"""

import re
import unicodedata
from typing import Collection, Dict, FrozenSet, List, Mapping, Optional, Sequence

from lingua import Language, LanguageDetectorBuilder

from bot.text.normalise import without_accents
from bot.text.words import COMMON_WORDS, ENGLISH_WORDS, listed

#: The code for a language that is neither English nor one of the known languages ("undetermined" in BCP 47).
UNDETERMINED = "und"
#: The detector's result counts only if its confidence is at least `SURE`. The next two are the maximum fractions of
#: English words in a sentence, and in a text that also has frequent words of the detected language. A text with fewer
#: words than `SENTENCE` needs at least one frequent word of the language.
SURE, ENGLISH_IN_SENTENCE, ENGLISH_WITH_WORDS, SENTENCE = 0.9, 0.5, 0.75, 4
#: Minimum number of shared initial letters for two words to count as the same word with different endings.
STEM = 4
#: Languages spoken in the UK that the detector distinguishes, in addition to those that have a card.
_OTHERS = "ENGLISH GERMAN ITALIAN RUSSIAN HUNGARIAN HINDI GREEK JAPANESE ALBANIAN DUTCH CZECH".split()
#: Vowel signs in Indian scripts belong to words, although they are not letters.
_WORD = re.compile(r"(?:[^\W\d_]|[\u0900-\u0DFF]){1,4000}")
#: Maps letters that Unicode does not decompose into a letter and an accent to the letters that people type instead.
#: Also replaces hyphens and removes apostrophes.
_PLAIN = str.maketrans({"ł": "l", "ı": "i", "đ": "d", "-": " ", "'": None, "’": None, "ʼ": None})


class Languages:
    """Identifies the languages that have cards, and detects that a text is in some other language."""

    def __init__(self, words: Mapping[str, Collection[str]]) -> None:
        """Store each language's frequent words, by BCP 47 code. Words that are also English are left out."""
        english = listed(COMMON_WORDS) | listed(ENGLISH_WORDS)
        self._english = frozenset(word.replace("'", "") for word in english)
        self._words: Dict[str, FrozenSet[str]] = {
            # Single letters are left out, because "i" is a word in half the languages.
            code: frozenset(part for word in known for part in words_of(word) if len(part) > 1) - self._english
            for code, known in words.items()
        }
        self._codes = {code.split("-")[0]: code for code in words}
        by_code = {language.iso_code_639_1.name.lower(): language for language in Language.all()}
        others = [getattr(Language, name) for name in _OTHERS]
        known = [by_code[code] for code in self._codes]
        self._detector = (
            LanguageDetectorBuilder.from_languages(*known, *others)
            # The full models need another 430 MB, but recognise no more of the test messages.
            .with_low_accuracy_mode()
            .with_preloaded_language_models()
            .build()
        )

    def of(self, text: str) -> Optional[str]:
        """Return the language code of `text`, `UNDETERMINED` for an unknown language, or None for English."""
        words = words_of(text)
        if not words:
            return None
        code, sure = self._detected(text)
        letters = "".join(words)
        if sum("LATIN" not in unicodedata.name(letter, "") for letter in letters) > len(letters) / 2:
            return code or UNDETERMINED
        # Single letters count as English words: "i", "u", "r", "n".
        english = sum(word in self._english or len(word) == 1 for word in words) / len(words)
        shares = {name: sum(word in known for word in words) / len(words) for name, known in self._words.items()}
        best = max(shares, key=lambda name: (shares[name], name == code), default=UNDETERMINED)
        if shares.get(best) and shares[best] >= english and (len(words) > 1 or best == code):
            return best
        if code is None or sure < SURE:
            return None
        is_sentence = len(words) >= SENTENCE and english <= ENGLISH_IN_SENTENCE
        is_mixed = len(words) > 1 and english <= ENGLISH_WITH_WORDS and shares.get(code, 0.0) > 0
        return code if is_sentence or is_mixed else None

    def _detected(self, text: str) -> "tuple[Optional[str], float]":
        """Return the likeliest language, or None for English, and the detector's confidence."""
        # JSON may contain lone surrogates, which the detector cannot read.
        whole = text.encode("utf-8", "ignore").decode("utf-8")
        likely = self._detector.compute_language_confidence_values(whole)[0]
        short = likely.language.iso_code_639_1.name.lower()
        return (None if short == "en" else self._codes.get(short, UNDETERMINED)), likely.value


def plain(text: str) -> str:
    """Normalise a text for comparison: lower case, no accents or apostrophes, spaces instead of hyphens."""
    return without_accents(text.casefold().translate(_PLAIN)).translate(_PLAIN)


def words_of(text: str) -> List[str]:
    """Return the words of a text, normalised for comparison."""
    return _WORD.findall(plain(text))


class Phrase:
    """A phrase in any language. It also matches if its words have different endings or other words between them."""

    def __init__(self, written: str) -> None:
        """Normalise the phrase."""
        self._plain, self._words = plain(written), words_of(written)
        self._is_chinese = any(unicodedata.name(letter, "").startswith("CJK") for letter in written)

    def is_in(self, text: str, words: Sequence[str]) -> bool:
        """Whether the phrase is in a normalised text or its `words`. For Chinese, only `text` is used."""
        if self._is_chinese:
            return self._plain in text
        if len(self._words) == 1:
            return self._words[0] in words
        rest = iter(words)
        return all(any(_alike(one, word) for word in rest) for one in self._words)


def _alike(one: str, other: str) -> bool:
    return one == other or (len(one) >= STEM <= len(other) and one[:STEM] == other[:STEM])
