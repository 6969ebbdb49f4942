"""Links and e-mail addresses, also written out: "sam at mail dot com"."""

import re

from bot.privacy.kept import is_kept, is_word
from bot.privacy.spans import PatternRecogniser

_TOP = (
    r"(?:com|co\.uk|org\.uk|ac\.uk|sch\.uk|gov\.uk|nhs\.uk|org|net|uk|io|gg|me|tv|app|link|ly|ru|xyz|info|example|site|online|shop|store|club|"
    r"chat|live|biz|pro|page|space|vip|cc|de|fr|pl|ro|eu|us|ie|edu|gov|dev|ai|to|st|cam|fun|top|click|icu|su|in|test|invalid)"
)
#: Ends of addresses that are words by themselves are none where they stand apart ("look at me . in town").
_APART = r"(?:com|co\s?\.\s?uk|org|net|uk|example|ac\s?\.\s?uk|sch\s?\.\s?uk|ie|edu)"
_DOT = r"\s{0,2}(?:\(dot\)|\[dot\]|\bdot\b|\(\.\)|\[\.\])\s{0,2}"
_AT = r"\s{0,2}(?:\(at\)|\[at\]|\{at\}|<at>|\(@\)|\[@\]|\bat\b)\s{0,2}"
#: A part of what stands before the "at". No "dot" or "at" begins within it: a row of them could otherwise be divided in
#: thousands of ways.
_PART = r"[\w+\-](?:(?!\b(?:dot|at)\b)[\w+\-]){0,63}"
_SAID_TOP = (
    rf"(?:com|co{_DOT}uk|org(?:{_DOT}uk)?|net|uk|io|gg|me|tv|xyz|app|ly|ru|info|example|online|site|"
    rf"sch{_DOT}uk|ac{_DOT}uk)\b"
)
_PROVIDER = r"(?:g\s?mail|googlemail|hot\s?mail|outlook|yahoo|icloud|live|proton(?:mail)?|aol|btinternet|sky|ymail)"


class EmailRecogniser(PatternRecogniser):
    """E-mail addresses, also written "sam at mail dot com"."""

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__(
            "email",
            [
                r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,253}(?:\.[\w\-]{1,253}){0,4}\.[a-z]{2,253}",
                rf"(?<![\w.+\-])[\w.+\-]{{1,64}}\s?@\s?[\w\-]{{1,253}}(?:\s?\.\s?[\w\-]{{1,253}})?\s?\.\s?{_APART}\b",
                rf"(?<![\w.+\-]){_PART}(?:(?:\.|{_DOT}){_PART}){{0,3}}(?:{_AT}|\s?@\s?)[\w\-]{{2,40}}{_DOT}{_SAID_TOP}",
                r"(?<![\w.+\-])[\w.+\-]{1,64}\s{0,2}(?:\(at\)|\[at\]|\{at\}|<at>|\(@\)|\[@\])\s{0,2}[\w\-]{1,253}(?:\.[\w\-]{1,253}){1,3}",
                rf"(?<![\w.+\-])[\w.+\-]{{1,64}}(?:{_AT}|\s?@\s?){_PROVIDER}(?:\s?(?:\.|{_DOT})?\s?(?:com|co\.?\s?uk)\b)?(?![\w@])",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Not "look at gmail", where no address stands."""
        said_so = "@" in found or "." in found or "dot" in found.lower()
        return said_so or not is_word(found.split()[0])


_SCHEME = re.compile(r"^https?://")


def _is_a_services(found: str) -> bool:
    """Whether an address is a service's, or of a site that everybody knows ("character.ai"), and names no page."""
    return is_kept(_SCHEME.sub("", found.lower()).rstrip("/.,;:!?)"))


class LinkRecogniser(PatternRecogniser):
    """Web addresses that say so: with a scheme or www. They come before e-mail, as one may hold an e-mail address."""

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__(
            "link",
            [
                r"\b(?:h(?:tt|xx)ps?|ftp)\s?:\s?//\s?\S{1,4000}",
                r"\bwww\d?\s?\.\s?\S{1,4000}",
                rf"\bwww{_DOT}[\w\-]{{2,40}}(?:{_DOT}[\w\-]{{2,20}}){{1,3}}",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Not a service's."""
        return not _is_a_services(found)


class DomainRecogniser(PatternRecogniser):
    """Web addresses without a scheme. They come after e-mail, as an e-mail address holds one."""

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__(
            "link",
            [
                rf"(?<!@)\b[a-z0-9][\w\-]{{0,63}}(?:\.[\w\-]{{1,63}}){{0,4}}(?:\.|\s?\[\.\]\s?|\(\.\)){_TOP}(?:/\S{{0,4000}})?(?![\w@]|\.\w)",
                r"(?<!@)\b[a-z0-9][\w\-]{0,63}(?:\.[\w\-]{1,63}){0,4}\.[a-z]{2,63}/\w\S{0,4000}",
                r"\b[a-z0-9][\w\-]{1,63}\s\.\s(?:com|gg|net|org|ly|co\s?\.\s?uk)\b(?:\s?/\s?[\w\-]{1,253}){0,20}",
                rf"\b[a-z0-9][\w\-]{{1,63}}{_DOT}{_SAID_TOP}(?:\s?(?:/|\bslash\b)\s?[\w\-]{{1,253}}){{0,20}}",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Not a service's, nor a site that everybody knows by its address."""
        return not _is_a_services(found)
