"""Web addresses, including those that are spelt out ("badsite dot com")."""

import re

from bot.redaction.lexicon import is_allowed
from bot.redaction.recognizers.base import PatternRecognizer

_TOP = (
    r"(?:com|co\.uk|org\.uk|ac\.uk|sch\.uk|gov\.uk|nhs\.uk|org|net|uk|io|gg|me|tv|app|link|ly|ru|xyz|info|example|site|online|shop|store|club|"
    r"chat|live|biz|pro|page|space|vip|cc|de|fr|pl|ro|eu|us|ie|edu|gov|dev|ai|to|st|cam|fun|top|click|icu|su|in|test|invalid)"
)
#: The dot in an address, spelt out.
DOT = r"\s{0,2}(?:\(dot\)|\[dot\]|\bdot\b|\(\.\)|\[\.\])\s{0,2}"
#: Top-level domains, spelt out.
SPOKEN_TOP = (
    rf"(?:com|co{DOT}uk|org(?:{DOT}uk)?|net|uk|io|gg|me|tv|xyz|app|ly|ru|info|example|online|site|"
    rf"sch{DOT}uk|ac{DOT}uk)\b"
)

_SCHEME = re.compile(r"^https?://")


def _is_public_site(found: str) -> bool:
    """Whether an address is the home page of a support service or well-known site ("character.ai")."""
    return is_allowed(_SCHEME.sub("", found.lower()).rstrip("/.,;:!?)"))


class LinkRecognizer(PatternRecognizer):
    """Web addresses with a scheme or www.

    This runs before the e-mail recognizer, because a link may contain an e-mail address.
    """

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__(
            "link",
            [
                r"\b(?:h(?:tt|xx)ps?|ftp)\s?:\s?//\s?\S{1,4000}",
                r"\bwww\d?\s?\.\s?\S{1,4000}",
                rf"\bwww{DOT}[\w\-]{{2,40}}(?:{DOT}[\w\-]{{2,20}}){{1,3}}",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Reject the sites of support services and other well-known sites."""
        return not _is_public_site(found)


class DomainRecognizer(PatternRecognizer):
    """Web addresses without a scheme.

    This runs after the e-mail recognizer, because e-mail addresses contain domains.
    """

    needs = re.compile(r"\.|dot", re.IGNORECASE)

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__(
            "link",
            [
                rf"(?<!@)\b[a-z0-9][\w\-]{{0,63}}(?:\.[\w\-]{{1,63}}){{0,4}}(?:\.|\s?\[\.\]\s?|\(\.\)){_TOP}(?:/\S{{0,4000}})?(?![\w@]|\.\w)",
                r"(?<!@)\b[a-z0-9][\w\-]{0,63}(?:\.[\w\-]{1,63}){0,4}\.[a-z]{2,63}/\w\S{0,4000}",
                r"\b[a-z0-9][\w\-]{1,63}\s\.\s(?:com|gg|net|org|ly|co\s?\.\s?uk)\b(?:\s?/\s?[\w\-]{1,253}){0,20}",
                rf"\b[a-z0-9][\w\-]{{1,63}}{DOT}{SPOKEN_TOP}(?:\s?(?:/|\bslash\b)\s?[\w\-]{{1,253}}){{0,20}}",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Reject the sites of support services, and sites that people refer to by domain name."""
        return not _is_public_site(found)
