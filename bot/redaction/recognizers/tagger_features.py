"""Word features for the tagger: a word's letters, its shape, and the word lists that contain it."""

import re
from functools import cache
from typing import Dict, FrozenSet, Iterator, List, NamedTuple
from zlib import crc32

from bot.redaction.lexicon import ALLOWED_WORDS, FIRST_NAMES, SURNAMES, WORD_LISTS, plain
from bot.text.kinship import words_with_kin
from bot.text.placeholders import placeholders_of
from bot.text.words import COMMON_WORDS, listed

#: Ordinary words that are also names.
WORD_NAMES = WORD_LISTS / "word_names.txt"
#: Number of hash buckets for features, some of which share a bucket.
BUCKETS = 2**15

#: Redaction placeholders. Anything else in angle brackets is an ordinary word.
_PLACEHOLDER = placeholders_of(
    "address bank card dob email giftcard handle link name nhs nino phone place plate postcode school".split()
)
#: A word, which may contain the punctuation found in names and user names: "jo.bloggs", "x_x", "wolf#1234", "u/name",
#: "o'dea", "ellie-may".
_TOKEN = re.compile(
    _PLACEHOLDER.pattern
    + r"|live:[\w.]{1,4000}|\b[ur]/[\w\-]{1,4000}|(?:@|(?<!\S)\.)?\b\w(?:[\w'’@#&\-]|\.(?=\w)){0,4000}(?<![\-'’&])"
)
#: Separators between two words, most informative first. Separator 0 is a space or nothing.
_BETWEEN = tuple(enumerate((r"[.!?\n]", r"[,;]", r":", r"[\"“”]", r"[()\[\]/]", r"[\-–—=>]", r"[^\s]"), start=1))
_SEPARATORS = [(number, re.compile(pattern)) for number, pattern in _BETWEEN]
SEPARATORS = len(_SEPARATORS) + 1

#: Platforms on which people have user names.
PLATFORMS = frozenset(
    "snap snapchat sc insta instagram ig tiktok tt discord disc dc roblox rblx fortnite epic xbox psn "
    "playstation ps4 ps5 steam "
    "twitch youtube yt reddit telegram tele tg whatsapp wa kik wizz yubo hoop monkey bereal vinted "
    "minecraft mc fifa "
    "threads x twitter signal wink facebook fb messenger omegle ometv azar onlyfans of ome tinder tumblr "
    "pinterest "
    "skype viber wechat line vsco lemon8 likee bigo imvu vrchat avakin recroom gorilla brawl clash "
    "valorant cod switch "
    "nintendo chess duolingo strava spotify soundcloud wattpad ao3 quizlet linktree cashapp paypal depop "
    "ebay gumtree".split()
)
#: Words for user names and accounts, and verbs used with them.
_ACCOUNTS = frozenset(
    "user users username usernames acc accs account accounts profile profiles handle handles tag "
    "gamertag gt ign id page channel "
    "alt priv spam finsta main add added adding adds dm dms dmd follow followed follows block blocked "
    "report reported "
    "search searched streamer mod server called named as under name".split()
)
_KIN = frozenset(words_with_kin("{kin} boy girl lad lass bloke baby twin bro sis cuz neighbour"))
_TITLES = frozenset(
    "mr mrs miss ms mx dr sir coach pc sgt dc rev revd father sister officer constable prof madam canon "
    "colonel major captain dame lord lady vicar pastor".split()
)
#: Words for kinds of school and club.
SCHOOLS = frozenset(
    "school schools primary secondary academy college sixth high grammar comp comprehensive junior "
    "juniors infant infants nursery "
    "preschool prep fc rfc afc cc abc rangers rovers colts comets united town athletic scouts scout "
    "guides cubs brownies beavers "
    "squadron cadets club gym gymnastics swimming boxing dance ballet football rugby netball cricket "
    "judo karate st saint our lady "
    "ysgol girls boys u9s u10s u11s u12s u13s u14s u15s u16s hub".split()
)


class Token(NamedTuple):
    """A word and its position (`end` is exclusive). `before` is the number of the preceding separator."""

    written: str
    start: int
    end: int
    before: int

    @property
    def is_placeholder(self) -> bool:
        """Whether the word is a redaction placeholder."""
        return _PLACEHOLDER.fullmatch(self.written) is not None


class Lists(NamedTuple):
    """The word lists. Training hides some words from them, so that the model does not rely on the lists alone."""

    common: FrozenSet[str]
    kept: FrozenSet[str]
    kept_parts: FrozenSet[str]
    first: FrozenSet[str]
    last: FrozenSet[str]
    both: FrozenSet[str]
    general: FrozenSet[str]
    parts: FrozenSet[str]


@cache
def lists(general: FrozenSet[str]) -> Lists:
    """Return this package's word lists together with `general`, the words used in English texts of all kinds."""
    common, kept, first, last = (listed(path) for path in (COMMON_WORDS, ALLOWED_WORDS, FIRST_NAMES, SURNAMES))
    pieces = frozenset(word for words in (common, kept, first, last) for word in words if len(word) > 2)
    return Lists(
        common=common,
        kept=frozenset(word for word in kept if " " not in word),
        kept_parts=frozenset(part for word in kept if " " in word for part in word.split()),
        first=first,
        last=last,
        both=listed(WORD_NAMES),
        general=general,
        parts=pieces | frozenset(word for word in general if len(word) > 3),
    )


def tokens(text: str) -> List[Token]:
    """Return the words of a text, in order."""
    found: List[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        found.append(Token(match.group(), match.start(), match.end(), _separator(text[end : match.start()])))
        end = match.end()
    return found


def _separator(between: str) -> int:
    # An apostrophe at the end of a word is part of the word, as in "girls' grammar".
    between = between.lstrip("'’")
    if between in (" ", ""):
        return 0
    return next((number for number, pattern in _SEPARATORS if pattern.search(between)), 0)


#: Flags that hide a word from the name lists, or from every list.
NO_NAME, NO_WORD = 1, 2


def features(written: str, known: Lists, hidden: int = 0) -> List[int]:
    """Return a word's hashed features as numbers below `BUCKETS`, in no particular order and possibly repeated."""
    return [crc32(name) % BUCKETS for name in _names(written, known, hidden)]


def _names(written: str, known: Lists, hidden: int) -> Iterator[bytes]:
    if _PLACEHOLDER.fullmatch(written):
        yield b"placeholder " + written.encode()
        return
    word = plain(written)
    stem = word.split("'")[0] if "'" in word[1:] else word
    yield from _shape(written, word)
    if hidden & NO_WORD:
        listings: List[str] = []
    else:
        listings = [*_listings(stem, known, hidden)]
    if "common" in listings or stem in _TITLES or stem in PLATFORMS:
        yield b"w " + (word if word in known.common else stem).encode()
    for listing in listings:
        yield b"in " + listing.encode()
    if listings:
        yield b"lists " + " ".join(listings).encode()
    else:
        yield b"unknown"
        yield from _inner(stem, known, hidden)
    yield from _grams(word.encode())


def _listings(stem: str, known: Lists, hidden: int) -> Iterator[str]:
    """Return the names of the lists that contain a word."""
    names = not hidden & NO_NAME
    named = stem in known.first or (len(stem) > 3 and stem[-1] == "s" and stem[:-1] in known.first)
    held = (
        ("common", stem in known.common),
        ("kept", stem in known.kept),
        ("kept part", stem in known.kept_parts),
        ("word name", stem in known.both),
        ("first", names and named),
        ("last", names and stem in known.last),
        ("general", stem in known.general and (names or stem in known.common)),
        ("platform", stem in PLATFORMS),
        ("account", stem in _ACCOUNTS),
        ("kin", stem in _KIN),
        ("title", stem in _TITLES),
        ("school", stem in SCHOOLS),
    )
    return (listing for listing, is_held in held if is_held)


_DIGITS, _LETTERS = re.compile(r"\d{1,4000}"), re.compile(r"[^\W\d_]{1,4000}")
_UPPER, _LOWER, _REPEATED = re.compile(r"[A-Z]{1,4000}"), re.compile(r"[a-z]{1,4000}"), re.compile(r"(.)\1\1")


def _shape(written: str, word: str) -> Iterator[bytes]:
    shape = _LOWER.sub("x", _UPPER.sub("X", _DIGITS.sub("0", written if written.isascii() else word)))
    yield b"shape " + shape[:10].encode()
    yield b"length %d" % min(len(word), 14)
    marks = "".join(mark for mark in "_.-@#'/0" if mark in shape or (mark == "'" and "’" in shape))
    yield b"marks " + marks.encode()
    if "xX" in shape:
        yield b"inner capital"
    if _REPEATED.search(word):
        yield b"repeated"
    if not word.isascii():
        yield b"other letters"


def _inner(stem: str, known: Lists, hidden: int) -> Iterator[bytes]:
    """Yield features of the parts of an unknown word."""
    pieces = _LETTERS.findall(stem)
    kinds = [_kind_of(piece, known) for piece in pieces[:4]]
    if len(pieces) > 1 or (pieces and pieces[0] != stem):
        yield b"pieces " + " ".join(kinds).encode()
        yield b"known pieces %d" % (sum(kind != "?" for kind in kinds) * 4 // max(len(kinds), 1))
    for piece in pieces[:2]:
        if 3 < len(piece) < 25:
            yield from _joined(piece, known)
    if len(pieces) == 1 and 3 < len(stem) < 16:
        found = _deletions()
        if not hidden & NO_WORD and _is_typo(stem, found["common"]):
            yield b"slip of a word"
        if _is_typo(stem, found["first"]):
            yield b"slip of a name"


def _kind_of(piece: str, known: Lists) -> str:
    if len(piece) == 1:
        return "1"
    if piece in known.first:
        return "n"
    return "w" if piece in known.common or piece in known.parts else "?"


def _joined(piece: str, known: Lists) -> Iterator[bytes]:
    """Yield features of a piece that starts or ends with a known word, or consists of several known words."""
    fronts = [place for place in range(3, len(piece)) if piece[:place] in known.parts]
    backs = [place for place in range(1, len(piece) - 2) if piece[place:] in known.parts]
    if fronts:
        yield b"front %d" % (max(fronts) * 4 // len(piece))
        yield b"front " + _kind_of(piece[: max(fronts)], known).encode()
    if backs:
        yield b"back %d" % ((len(piece) - min(backs)) * 4 // len(piece))
        yield b"back " + _kind_of(piece[min(backs) :], known).encode()
    whole = [place for place in fronts if place in backs]
    for place in whole[:2]:
        yield b"joined " + (_kind_of(piece[:place], known) + _kind_of(piece[place:], known)).encode()
    if not whole and any(piece[front:back] in known.parts for front in fronts for back in backs if back - front > 1):
        yield b"joined three"


def _grams(word: bytes) -> Iterator[bytes]:
    whole = b"^" + word[:24] + b"$"
    for length in (2, 3, 4):
        for place in range(len(whole) - length + 1):
            yield whole[place : place + length]


@cache
def _deletions() -> Dict[str, FrozenSet[str]]:
    """Return the listed words of 4 to 15 letters, both whole and with each letter removed in turn, by list."""
    return {
        name: frozenset(short for word in listed(path) if 3 < len(word) < 16 for short in (word, *_without_one(word)))
        for name, path in (("common", COMMON_WORDS), ("first", FIRST_NAMES))
    }


def _without_one(word: str) -> List[str]:
    return [word[:place] + word[place + 1 :] for place in range(len(word))]


def _is_typo(word: str, shorts: FrozenSet[str]) -> bool:
    """Whether a word, either whole or with one letter (not the first) removed, is in `shorts`."""
    return any(short in shorts for short in (word, *_without_one(word)[1:]))
