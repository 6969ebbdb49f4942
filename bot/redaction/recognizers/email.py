"""E-mail addresses, including those that are spelt out ("sam at mail dot com")."""

import re

from bot.redaction.lexicon import is_word
from bot.redaction.recognizers.base import PatternRecognizer
from bot.redaction.recognizers.link import DOT, SPOKEN_TOP

#: Top-level domains that may follow a space, except those that are also ordinary words ("look at me . in town").
_APART = r"(?:com|co\s?\.\s?uk|org|net|uk|example|ac\s?\.\s?uk|sch\s?\.\s?uk|ie|edu)"
_AT = r"\s{0,2}(?:\(at\)|\[at\]|\{at\}|<at>|\(@\)|\[@\]|\bat\b)\s{0,2}"
#: One part of an address before the "at". It must not contain "dot" or "at": the regular expression engine could
#: otherwise split a long run of those words in thousands of ways.
_PART = r"[\w+\-](?:(?!\b(?:dot|at)\b)[\w+\-]){0,63}"
_PROVIDER = r"(?:g\s?mail|googlemail|hot\s?mail|outlook|yahoo|icloud|live|proton(?:mail)?|aol|btinternet|sky|ymail)"


class EmailRecognizer(PatternRecognizer):
    """E-mail addresses, including those written like "sam at mail dot com"."""

    needs = re.compile(r"@|\bat\b", re.IGNORECASE)

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__(
            "email",
            [
                r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,253}(?:\.[\w\-]{1,253}){0,4}\.[a-z]{2,253}",
                rf"(?<![\w.+\-])[\w.+\-]{{1,64}}\s?@\s?[\w\-]{{1,253}}(?:\s?\.\s?[\w\-]{{1,253}})?\s?\.\s?{_APART}\b",
                rf"(?<![\w.+\-]){_PART}(?:(?:\.|{DOT}){_PART}){{0,3}}(?:{_AT}|\s?@\s?)[\w\-]{{2,40}}{DOT}{SPOKEN_TOP}",
                r"(?<![\w.+\-])[\w.+\-]{1,64}\s{0,2}(?:\(at\)|\[at\]|\{at\}|<at>|\(@\)|\[@\])\s{0,2}[\w\-]{1,253}(?:\.[\w\-]{1,253}){1,3}",
                rf"(?<![\w.+\-])[\w.+\-]{{1,64}}(?:{_AT}|\s?@\s?){_PROVIDER}(?:\s?(?:\.|{DOT})?\s?(?:com|co\.?\s?uk)\b)?(?![\w@])",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Reject phrases such as "look at gmail", which contain no address."""
        said_so = "@" in found or "." in found or "dot" in found.lower()
        return said_so or not is_word(found.split()[0])
