"""The facts that a case can hold, and the values that each fact accepts."""

from typing import FrozenSet, Mapping, NamedTuple, Optional, Union

Value = Union[str, int, bool]

#: Accepted ages, in years.
YEARS = range(1, 100)
#: The words that files and forms use for an unknown fact and for yes and no.
UNKNOWN, YES_NO_WORDS = "unknown", {True: "yes", False: "no"}
#: Maximum length of a place name. Every name in content/areas.yml is shorter.
PLACE_LETTERS = 40


class Fact(NamedTuple):
    """A fact's value, whether the person declared it (otherwise it was inferred), and the turn it comes from."""

    value: Value
    declared: bool
    turn: int


class Kind(NamedTuple):
    """The values that a fact accepts: a fixed set of words and, where allowed, an age, a yes or no, or a short text."""

    words: FrozenSet[str] = frozenset()
    years: bool = False
    yes_no: bool = False
    text: bool = False

    def allows(self, value: object) -> bool:
        """Whether `value` is allowed."""
        if isinstance(value, bool):
            return self.yes_no
        if isinstance(value, int):
            return self.years and value in YEARS
        return isinstance(value, str) and (value in self.words or (self.text and 0 < len(value) <= PLACE_LETTERS))


def _one_of(words: str, years: bool = False, yes_no: bool = False) -> Kind:
    return Kind(frozenset(words.split()), years=years, yes_no=yes_no)


YES_NO = Kind(yes_no=True)

ROLES = ("harmed", "witness", "carer", "relative", "own_behaviour", "professional", "asks")
URGENCIES = ("none", "concern", "active_harm", "immediate_danger")
MOVES = ("tells", "answers", "asks", "corrects", "objects", "changes", "thanks", "stuck", "small_talk")

_EVENTS = (
    "contact image_asked image_sent image_shared image_fake image_received image_seen threat demand_money "
    "demand_images demand_meeting demand_secrecy paid meeting_planned met hurt self_harm suicidal missing long_ago"
).split()

#: All facts by name, in the same order as in DESIGN part 4.
FACTS: Mapping[str, Kind] = {
    # writer
    "writer_age": Kind(years=True),
    "writer": _one_of("child adult"),
    "place": Kind(text=True),
    "lead": _one_of("self none"),
    # affected
    "about": _one_of("self child friend sibling pupil partner other"),
    "about_age": Kind(years=True),
    # other person
    "other": _one_of("stranger_online known_adult family partner ex_partner peer group"),
    "other_age": _one_of("adult", years=True),
    "knows_home": YES_NO,
    "knows_school": YES_NO,
    "other_near": _one_of("outside coming inside with_them gone"),
    # events
    **dict.fromkeys(_EVENTS, YES_NO),
    # image
    "image_age": _one_of("under_18 18_or_over", years=True),
    # done
    "told": _one_of("nobody parent school friend other"),
    "reported": _one_of("police ceop platform other no", yes_no=True),
    "blocked": YES_NO,
    "police": YES_NO,
    "arrest": YES_NO,
    "helped": YES_NO,
    # limits
    "anonymous": YES_NO,
    "not_parents": YES_NO,
    "cannot_speak": YES_NO,
    "no_money": YES_NO,
    "easier_words": YES_NO,
    # safety
    "danger": _one_of("none possible now over"),
    "suicide": _one_of("hinted denied said"),
}

#: Facts whose value can be an age in years.
AGES = tuple(name for name, kind in FACTS.items() if kind.years)
#: Facts that show that somebody has been or is being harmed.
HARM = frozenset(
    "image_asked image_sent image_shared image_fake threat demand_money demand_images demand_meeting hurt met".split()
)


def as_value(word: str) -> Value:
    """Convert a fact's word in a form or file to its value."""
    if word in YES_NO_WORDS.values():
        return word == "yes"
    return int(word) if word.isascii() and word.isdigit() and int(word[:3]) in YEARS else word


def as_word(value: Optional[Value]) -> str:
    """Convert a fact's value to its word, the reverse of `as_value`. None becomes "unknown"."""
    if value is None:
        return UNKNOWN
    return YES_NO_WORDS[value] if isinstance(value, bool) else str(value)


def value_of_answer(name: str, is_yes: bool) -> Optional[Value]:
    """Return the value that an answer of yes or no gives a fact, or None if such an answer cannot set it."""
    if name == "told":
        return "other" if is_yes else "nobody"
    return is_yes if name in FACTS and FACTS[name].yes_no and not FACTS[name].words else None
