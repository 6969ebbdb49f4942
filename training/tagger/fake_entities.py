"""Invents names, user names and schools to replace the placeholders in examples."""

import json
import re
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Callable, Dict, FrozenSet, List, Sequence, Tuple

from bot.redaction.lexicon import ALLOWED_WORDS, FIRST_NAMES, SURNAMES
from bot.redaction.recognizers.tagger_features import WORD_NAMES
from bot.text.words import COMMON_WORDS, listed

Maker = Callable[[Random], str]

_VOWELS = "aeiou"
_SYLLABLES = (
    "xin yi wei jia hao ming li mei hua jing xiao ying zi han yu chen lin lan fang jun hui min xue rui "
    "tao bo kai long "
    "ji hyun soo min seo yoon joon hye eun woo thi anh van minh linh ngoc bao khanh quoc phuong"
).split()
_PARTICLES = ("van der", "de", "el", "al", "bin", "o", "mac")
_TITLES = frozenset("mr mrs miss ms mx dr sir sgt pc dc coach officer revd prof canon dame colonel pastor".split())
#: Parts of place names and school names.
_FRONTS = (
    "oak ash elm thorn hollin hazel birch beech brack fern heather moor wold marsh mill green stan black "
    "white red brook "
    "pen tre lan car har wood king queen bishop abbots priory castle west east north south high low long "
    "broad kirk hill "
    "stone raven hawk fox swan lark wyn ember north copper silver whin nether over upper"
).split()
_BACKS = (
    "field wood ton ham ley by brook hurst mere dale worth bury ford combe well croft gate lea stead "
    "bank cliffe thorpe "
    "ridge more holt den shaw wick water bourne mount edge moor vale side low heath wyn fold"
).split()
_NATURE = (
    "park hill heath vale moor edge lodge green view bank cross wood fold grange manor lane house "
    "gardens hall side dale "
    "brook meadow bridge road valley island rise point"
).split()
_SAINTS = (
    "mary john joseph peter paul thomas anne michael george andrew patrick bede cuthbert aldhelm oswald "
    "hilda edmund "
    "bernadette francis catherine margaret david teilo joan chad wilfrid aidan ninian alban augustine "
    "clare monica"
).split()
_HOLY = ("st", "st", "st.", "saint", "bishop", "our lady of", "lady", "sir")
_POSSESSIVE = "'s"
_WELSH = ("", "bryn", "glas", "y coed", "awel")
_TROOPS = ("scouts", "scout group", "cubs", "brownies")
_HALLS = "hub zone den base shed loft".split()
_SCHOOL_KINDS = (
    "primary|primary school|school|high|high school|academy|college|sixth form|6th form|"
    "sixth form college|grammar|grammar school|"
    "comp|comprehensive|juniors|junior school|infants|infant school|nursery|c of e primary|ce primary|"
    "rc primary|girls|boys|"
    "girls school|girls' school|boys school|girls high|catholic high|catholic school|community college|"
    "community school|"
    "secondary|secondary school|prep|prep school|tech|technical college|pru|academy trust|lodge school|"
    "primery|upper school|"
    "middle school|special school|free school|house school|high sixth form|church school|muslim school|"
    "school for girls"
).split("|")
_CLUB_KINDS = (
    "fc|juniors fc|youth fc|rfc|juniors|rovers|rangers|colts|comets|united|athletic|harriers|otters|"
    "tigers|hawks|lions|u12s|"
    "under 14s|u15s|rangers u13s|boxing club|boxing|abc|amateur boxing club|swimming club|swim squad|"
    "gymnastics|gymnastics club|"
    "gym club|cricket club|rugby club|netball club|hockey club|judo club|karate|taekwondo|dance academy|"
    "school of dance|"
    "stage school|scouts|cubs|brownies|guides|beavers|scout group|cadets|sea cadets|squadron|youth club|"
    "youth centre|"
    "tennis club|riding school|stables|athletics club|drama group|theatre school|sailing club|"
    "martial arts|lasses|girls fc"
).split("|")
_HANDLE_WORDS = (
    "real its the not hey im king queen lil big baby dark sad toxic pixel ghost shadow wolf fox "
    "bunny cat dog potato "
    "noodle taco waffle toast biscuit jam bean panda llama frog duck goat shark bear otter sniper gamer "
    "pro plays games does "
    "loves only exposed spam priv backup alt main official xo yt ttv tv uk lad gal girl boy kid man guy "
    "dad coach diary builds "
    "moon star night sky storm fire ice blade reaper ninja demon angel devil goblin wizard crispy salty "
    "spicy silent lost "
    "broken lonely vibes lover hater killer hunter rider dreamer boss legend"
).split()
_ENDS = "x xx xo xxo xoxo xox uk yt ttv tv yo ok lol o z priv spam alt backup main 2 real official only onlyy".split()
_LEET = str.maketrans("aeiost", "431057")


class Spelling:
    """Makes up words that look like the words in a list, using a Markov chain of letters."""

    def __init__(self, words: Sequence[str], forbidden: FrozenSet[str], order: int = 3) -> None:
        """Collect the letters that follow each sequence of `order` letters."""
        self._order, self._forbidden = order, forbidden
        self._next: Dict[str, List[str]] = defaultdict(list)
        for word in words:
            padded = "^" * order + word + "$"
            for place in range(order, len(padded)):
                self._next[padded[place - order : place]].append(padded[place])

    def make(self, random: Random, shortest: int = 3, longest: int = 11) -> str:
        """Return a made-up word of `shortest` to `longest` letters that is not forbidden."""
        while True:
            made = "^" * self._order
            while not made.endswith("$"):
                made += random.choice(self._next[made[-self._order :]])
            word = made[self._order : -1]
            if shortest <= len(word) <= longest and word not in self._forbidden:
                return word


def slip(word: str, random: Random) -> str:
    """Return `word` with one typing error after its first letter."""
    if len(word) < 4:
        return word + word[-1]
    place = random.randrange(1, len(word) - 1)
    front, letter, back = word[:place], word[place], word[place + 1 :]
    other = random.choice(_VOWELS if letter in _VOWELS else "rtnslmdkc")
    swapped = front + back[0] + letter + back[1:]
    return random.choice((front + back, swapped, front + letter * 2 + back, front + other + back))


class FakeEntities:
    """Makes up replacements for placeholders. The same state of `random` always gives the same replacement."""

    def __init__(self, general: Sequence[str]) -> None:
        """Read the word lists. `general` is a list of words used in English texts of all kinds."""
        self._common = listed(COMMON_WORDS)
        allowed = listed(ALLOWED_WORDS)
        self._first = sorted(name for name in listed(FIRST_NAMES) - self._common if name.isascii() and name.isalpha())
        self._last = sorted(name for name in listed(SURNAMES) - self._common if name.isalpha())
        self._both = sorted(listed(WORD_NAMES))
        self._places = sorted(
            place for place in allowed if place.isalpha() and len(place) > 4 and place not in self._common
        )
        listed_words = self._common | allowed | frozenset(self._both)
        known = listed_words | frozenset(self._first)
        self._new_first = Spelling(self._first, known)
        self._new_last = Spelling([*self._last, *self._first[::4]], known)
        self._new_place = Spelling([place for place in self._places if place.endswith(tuple(_BACKS))], known)
        self._new_word = Spelling([word for word in general if len(word) > 4][::5], known, order=2)
        usual = [word for word in general[:9000] if 2 < len(word) < 9 and word not in listed(FIRST_NAMES)]
        self._words = [*usual, *(_HANDLE_WORDS * 12)]
        self._rare = [word for word in general if 4 < len(word) < 11 and word not in known]

    def name(self, random: Random, before: str = "") -> str:
        """Return a person's name in lower case. It is usually a surname if `before`, the preceding word, is a title."""
        if before in _TITLES:
            return self._surname(random) if random.random() < 0.85 else self._first_name(random)
        name = self._first_name(random)
        return _weighed(
            random,
            [
                (80, lambda r: name),
                (9, lambda r: f"{name} {self._surname(r)}"),
                (2, lambda r: f"{name} {self._surname(r)}-{self._surname(r)}"),
                (2, lambda r: f"{name} {r.choice('abcdefghjklmnoprstvwz')}"),
                (1, lambda r: f"{r.choice('abcdefghjklmnoprstvwz')} {self._surname(r)}"),
                (1, lambda r: f"{r.choice('abcdefghjklmnoprstvwz')}. {self._surname(r)}"),
                (3, lambda r: f"{name}-{self._first_name(r)}"),
                (1, lambda r: f"big {name}"),
                (1, lambda r: f"{name} {r.choice(_PARTICLES)} {self._surname(r)}"),
                (1, lambda r: f"{name} {self._first_name(r)}"),
            ],
        )

    def _first_name(self, random: Random) -> str:
        return _weighed(
            random,
            [
                (42, lambda r: r.choice(self._first)),
                (18, lambda r: r.choice(self._both)),
                (22, self._new_first.make),
                (7, self._short_form),
                (8, lambda r: self._unused(slip(r.choice(self._first), r), r)),
                (4, lambda r: f"{r.choice(_SYLLABLES)} {r.choice(_SYLLABLES)}"),
                (3, lambda r: self._unused(r.choice(_SYLLABLES) + r.choice(_SYLLABLES), r)),
                (1, lambda r: self._unused(r.choice(_SYLLABLES), r)),
            ],
        )

    def _unused(self, word: str, random: Random) -> str:
        return word if word not in self._common else random.choice(self._first)

    def _short_form(self, random: Random) -> str:
        name = random.choice(self._first)
        ending = random.choice(("", "", "", "y", "z", "zy", "za", "s", "o", "i", "ie"))
        short = name[: random.choice((2, 3, 3, 3, 4, 4))] + ending
        return self._unused(short, random)

    def _surname(self, random: Random) -> str:
        return _weighed(
            random,
            [
                (45, lambda r: r.choice(self._last)),
                (30, self._new_last.make),
                (13, lambda r: self._unused(r.choice(_FRONTS) + r.choice(_BACKS), r)),
                (5, lambda r: r.choice(("o'", "mc", "mac", "fitz")) + self._new_last.make(r)),
                (7, lambda r: self._unused(r.choice(self._first), r)),
            ],
        )

    def handle(self, random: Random) -> str:
        """Return a user name, usually in lower case."""

        def word() -> str:
            return random.choice(self._words)

        def first() -> str:
            return self._new_first.make(random, 3, 8) if random.random() < 0.3 else random.choice(self._first)

        digits = random.choice("1 2 7 9 11 12 13 07 08 99 69 123 2009 2010 404 x3 88".split())
        made = _weighed(
            random,
            [
                (20, lambda r: word() + word()),
                (9, lambda r: word() + r.choice("__..-") + word()),
                (9, lambda r: first() + word()),
                (7, lambda r: word() + first()),
                (8, lambda r: first() + r.choice(("", "", "_", ".")) + digits),
                (5, lambda r: word() + r.choice(("", "_")) + digits),
                (10, lambda r: first() + r.choice(("", "", "_", ".", "__")) + r.choice(_ENDS)),
                (7, lambda r: word().capitalize() + word().capitalize() + r.choice(("", "", digits, "UK", "YT"))),
                (3, lambda r: f"{word().capitalize()} {word().capitalize()} {r.randrange(9999)}"),
                (5, lambda r: f"{word().capitalize()} {word().capitalize()}"),
                (2, lambda r: f"{r.choice(('uncle', 'coach', 'big', 'the', 'mr', 'dj'))} {first()} {word()}"),
                (5, lambda r: f"{word()} {word()}"),
                (3, lambda r: f"xX{word().capitalize()}{r.choice(('', word().capitalize()))}Xx"),
                (3, lambda r: (first() + word()).translate(_LEET)),
                (7, self._new_word.make),
                (5, lambda r: r.choice(self._rare)),
                (3, lambda r: word()),
                (9, lambda r: word() + word() + r.choice((word(), first(), "s"))),
                (2, lambda r: r.choice("_.").join(first()) + r.choice(("", "_", "x"))),
                (2, lambda r: "".join(r.choice("bcdfghjklmnprstvwxyz") for _ in range(r.randrange(4, 7)))),
                (2, lambda r: first() * 2 + r.choice(("", "x"))),
                (3, lambda r: first() + r.choice("is has loves lifts does plays from the n".split()) + word()),
                (2, lambda r: f"{first()}.{word()[:3]}.{word()}"),
            ],
        )
        return self._unused(_decorated(made, random), random)

    def school(self, random: Random) -> str:
        """Return the name of a school, club or team, in lower case."""
        place = _weighed(
            random,
            [
                (18, lambda r: r.choice(self._places)),
                (24, self._new_place.make),
                (26, lambda r: r.choice(_FRONTS) + r.choice(_BACKS)),
                (9, lambda r: f"{r.choice(_HOLY)} {r.choice(_SAINTS)}{r.choice(('', 's', _POSSESSIVE))}"),
                (10, lambda r: f"{r.choice((*_FRONTS, *self._places[::9]))} {r.choice(_NATURE)}"),
                (6, lambda r: f"{self._first_name(r)} {self._surname(r)}"),
                (4, lambda r: f"{r.choice(('kings', 'queens', 'bishops', 'abbots'))} {r.choice(_NATURE)}"),
                (3, lambda r: f"the {r.choice(_FRONTS)}{r.choice(_BACKS)}"),
            ],
        )
        return _weighed(
            random,
            [
                (54, lambda r: f"{place} {r.choice(_SCHOOL_KINDS)}"),
                (28, lambda r: f"{place} {r.choice(_CLUB_KINDS)}"),
                (5, self._new_place.make),
                (5, lambda r: f"{r.choice(_FRONTS)}{r.choice(_BACKS)} {r.choice(('', *_NATURE))}".strip()),
                (3, lambda r: f"ysgol {self._new_place.make(r)} {r.choice(_WELSH)}".strip()),
                (3, lambda r: f"{r.randrange(1, 30)}{r.choice(('th', 'st', 'nd', 'rd'))} {place} {r.choice(_TROOPS)}"),
                (2, lambda r: f"the {r.choice(_HALLS)} on {place} {r.choice(('lane', 'road', 'street'))}"),
            ],
        )


def _weighed(random: Random, makers: Sequence[Tuple[int, Maker]]) -> str:
    return random.choices([maker for _, maker in makers], [weight for weight, _ in makers])[0](random)


def _decorated(handle: str, random: Random) -> str:
    """Vary a user name as people do when theirs is taken, or write it in another form ("@name", "u/name")."""
    changes: List[Tuple[int, Maker]] = [
        (70, lambda r: handle),
        (5, lambda r: handle + handle[-1] * r.choice((1, 2))),
        (4, lambda r: f"{r.choice(('_', '__', ''))}{handle}{r.choice(('_', '__'))}"),
        (4, lambda r: f"@{handle}"),
        (3, lambda r: f"{handle}#{r.randrange(1000, 9999)}"),
        (2, lambda r: f"u/{handle}"),
        (1, lambda r: f".{handle}"),
        (3, lambda r: handle.capitalize()),
        (2, lambda r: handle.upper()),
    ]
    changed = _weighed(random, changes)
    return changed if " " not in changed or not re.search(r"[@#/]", changed) else handle


def general_words(path: Path) -> List[str]:
    """Return the whole words of three or more letters in a WordPiece vocabulary (`tokenizer.json`), in order."""
    vocabulary = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return [word for word in vocabulary if len(word) > 2 and word.isascii() and word.isalpha()]
