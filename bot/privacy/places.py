"""Where a person lives: postcodes and street addresses."""

import re
from typing import Iterator

from bot.privacy.context import around
from bot.privacy.kept import is_kept
from bot.privacy.spans import PatternRecogniser, Span

#: The letters that UK postcodes begin with.
_AREAS = (
    "ab al b ba bb bd bf bh bl bn br bs bt bx ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn dt dy e ec eh en "
    "ex fk fy g gl gu gy ha hd hg hp hr hs hu hx ig im ip iv ja je ka kt kw ky l la ld le ll ln ls lu m me mk ml "
    "n ne ng nn np nr nw ol ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn "
    "tq tr ts tw ub w wa wc wd wf wn wr ws wv yo ze zz"
).split()

#: Areas whose districts are counted from 0, as in "CR0".
_FROM_NOUGHT = frozenset("bl bs cm cr fy gir ha pr sl ss".split())


_AREA, _SPLIT = re.compile(r"(?i)([a-z]{1,3})(\d?)"), re.compile(r"\d\s[A-Za-z]{2}$")


class PostcodeRecogniser(PatternRecogniser):
    """UK postcodes, with or without the space (the shape is that of BS 7666)."""

    def __init__(self) -> None:
        """Compile the pattern."""
        # "e3 2nd", "m1 4pm" in lower case are none.
        no_inward = (
            r"(?-i:(?!(?:1st|2nd|3rd|[04-9]th)\b)(?!\d(?:am|pm|yr|hr|is|if|in|of|to|my|me|he|so|or|we|on|at)\b))"
        )
        areas = "|".join(sorted(_AREAS, key=len, reverse=True))
        super().__init__(
            "postcode", [rf"\b(?:(?:{areas})\d[a-z\d]?|gir)[\s\-.]{{0,2}}{no_inward}(?:\d|(?-i:O))\s?[a-z]{{2}}\b"]
        )

    def accepts(self, found: str) -> bool:
        """With a space within its last part only in capitals: "b1 2 up" is none, and neither is "n00ds"."""
        area, number = _AREA.match(found).groups()  # type: ignore[union-attr]
        if number == "0" and area.lower() not in _FROM_NOUGHT:
            return False
        return _SPLIT.search(found) is None or found[0].isupper()


_KINDS = (
    r"(?:street|road|rd|avenue|ave|lane|ln|close|drive|crescent|cres|terrace|gardens|gdns|grove|court|way|place|square|hill|mews|walk|"
    r"rise|parade|row|wharf|quay|yard|park|view|fields|fold|wynd|brae|vennel|croft|villas|bank|st)"
)
#: What a road may be called besides, where it is said to be one.
_ROADS = rf"(?:{_KINDS}|green|croft|bank|villas|path|gate|yard)"
_BUILDINGS = (
    r"(?:house|court|heights|point|tower|towers|lodge|building|mansions|place|view|wharf|mill|works|yard|centre|estate|"
    r"street|road|lane|close|way|park|gardens|terrace|lofts?|apartments|maltings|quay|chambers|hall)"
)
_HOUSE = (
    r"(?-i:(?:The\s(?:Old\s)?[A-Z][a-z]{1,30}|(?:[A-Z][\w'’]{1,30}\s){1,2}"
    r"(?:Cottage|House|Farm|Lodge|Barn|Mill|Forge|Hall|Villa|Croft)))"
)
_CAPITAL_STREET = (
    r"(?-i:(?:[A-Z][\w'’\-]{1,30}\s){1,3}"
    r"(?:Street|Road|Rd|Avenue|Ave|Lane|Close|Drive|Crescent|Terrace|Gardens|Grove|Mews|Walk|Row|Rise|Parade))"
)


class StreetRecogniser(PatternRecogniser):
    """Street addresses: with a house number, with a house's name, and streets by themselves that somebody lives in."""

    _street = re.compile(
        r"\b(?:on|in|at|off|down|along|up|road|rd|street|address)\s(?P<it>(?:[a-z'’\-]{1,30}\s){1,2}"
        r"(?:street|road|rd|avenue|ave|lane|close|crescent|terrace|grove|mews))\b(?!\s(?:to|home))",
        re.IGNORECASE,
    )
    _my_road = re.compile(
        r"\b(?:my|our|her|his|their)\s(?:road|rd|street)(?:\sis|\sname|['’]?s|,|:)?\s(?P<it>[a-z'’\-]{3,30}\s"
        + _ROADS
        + r")\b",
        re.I,
    )

    def __init__(self) -> None:
        """Compile the pattern."""
        words = r"(?:[a-z'’.\-]{1,30}\s{1,3}){1,3}"
        super().__init__(
            "address",
            [
                rf"\b(?:(?:number|no\.?)\s{{1,3}})?(?:(?:flat|apartment|apt|unit|room)\s{{1,3}}\d{{1,5}}\w?(?:/\d{{1,5}})?,?\s{{1,3}})?\d{{1,4}}(?:\s?[a-h])?,?\s{{1,3}}{words}{_KINDS}\b",
                rf"\b(?:flat|apartment|apt|unit)\s{{1,3}}\d{{1,4}}\w?(?:/\d{{1,2}})?,?\s{{1,3}}{words}{_BUILDINGS}\b",
                r"\b\d{1,3}\s{1,3}the\s{1,3}(?:paddocks?|sidings|green|crescent|close|drive|avenue|grove|meadows?|willows|oaks|orchard|mews)\b",
                rf"\b{_HOUSE},\s{{1,3}}(?:\d{{1,4}}\w?\s)?{_CAPITAL_STREET}\b",
                rf"\b{_HOUSE}(?=,\s{{1,3}}\d{{1,4}}\w?\s)",
                r"\b\d{1,4}[a-h]?\s{1,3}heol\s{1,3}(?:y\s{1,3}|yr\s{1,3})?[a-z]{1,30}\b",
                r"\b(?-i:(?:[A-Z][\w'’]{1,30}\s){1,2}(?:Cottage|Farmhouse|Barn|Croft))\b",
                rf"\b{_CAPITAL_STREET}\b(?!\s(?i:school|academy|primary|high|college|juniors?|infants?|community|surgery|youth))",
            ],
        )

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        yield from super().find(text)
        for pattern in (self._street, self._my_road):
            for match in pattern.finditer(text):
                if self.accepts(match.group("it")) and match.group("it").lower().split()[0] not in _NOT_FIRST:
                    yield Span(self.kind, *match.span("it"))

    def accepts(self, found: str) -> bool:
        """Not a number in a sentence, nor a street that everybody knows."""
        words = found.lower().replace("'", "").replace("’", "").split()
        if not found[0].isdigit() and words[0] not in ("flat", "unit", "apartment", "apt", "room"):
            return not (is_kept(found) or _NO_STREETS.intersection(words))
        return not around("addresses", "no_streets").intersection(words)


_NOT_FIRST = frozenset(("the",))
_NO_STREETS = around("addresses", "no_streets") | around("addresses", "no_street_names")
