"""UK postcodes."""

import re

from bot.redaction.recognizers.base import PatternRecognizer

#: Postcode areas.
_AREAS = (
    "ab al b ba bb bd bf bh bl bn br bs bt bx ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn dt dy e ec eh en "
    "ex fk fy g gl gu gy ha hd hg hp hr hs hu hx ig im ip iv ja je ka kt kw ky l la ld le ll ln ls lu m me mk ml "
    "n ne ng nn np nr nw ol ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn "
    "tq tr ts tw ub w wa wc wd wf wn wr ws wv yo ze zz"
).split()

#: Areas that have a district 0, such as "CR0".
_FROM_NOUGHT = frozenset("bl bs cm cr fy gir ha pr sl ss".split())


_AREA, _SPLIT = re.compile(r"(?i)([a-z]{1,3})(\d?)"), re.compile(r"\d\s[A-Za-z]{2}$")


class PostcodeRecognizer(PatternRecognizer):
    """UK postcodes in the BS 7666 format, with or without the space."""

    needs = re.compile(r"\d|gir", re.IGNORECASE)

    def __init__(self) -> None:
        """Compile the pattern."""
        # In lower case, "e3 2nd" and "m1 4pm" are not postcodes.
        no_inward = (
            r"(?-i:(?!(?:1st|2nd|3rd|[04-9]th)\b)(?!\d(?:am|pm|yr|hr|is|if|in|of|to|my|me|he|so|or|we|on|at)\b))"
        )
        areas = "|".join(sorted(_AREAS, key=len, reverse=True))
        super().__init__(
            "postcode", [rf"\b(?:(?:{areas})\d[a-z\d]?|gir)[\s\-.]{{0,2}}{no_inward}(?:\d|(?-i:O))\s?[a-z]{{2}}\b"]
        )

    def accepts(self, found: str) -> bool:
        """Reject "b1 2 up" (lower case, with a space inside the inward code) and "n00ds"."""
        area = _AREA.match(found)
        if area and area[2] == "0" and area[1].lower() not in _FROM_NOUGHT:
            return False
        return _SPLIT.search(found) is None or found[0].isupper()
