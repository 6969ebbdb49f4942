"""What the redactor removes from a message, and what it leaves."""

from typing import Iterator, List

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redaction.lexicon import is_unspaced_sentence
from bot.redaction.recognizers.base import Span
from bot.redaction.redactor import Redactor, tidy


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


GOES = [
    # text, identifier, kind
    ("mail me at jo.bloggs@gmail.com pls", "jo.bloggs@gmail.com", "email"),
    ("its jo.bloggs @ gmail . com", "jo.bloggs", "email"),
    ("write to sam at hotmail dot co dot uk", "hotmail", "email"),
    ("he sent https://evil.example/abc?x=1", "evil.example", "link"),
    ("look at www.badsite.co.uk/me", "badsite", "link"),
    ("its on pics4u.xyz/leak", "pics4u", "link"),
    ("call me on 07700 900123", "900123", "phone"),
    ("call me on 07700900123", "07700900123", "phone"),
    ("ring +44 7700 900123", "900123", "phone"),
    ("ring (01245) 555-0123", "01245", "phone"),
    ("his number is 0 7 7 0 0 9 0 0 1 2 3", "9 0 0", "phone"),
    ("we live in CM1 1AB", "CM1 1AB", "postcode"),
    ("we live in cm11ab", "cm11ab", "postcode"),
    ("he knows im at 12 Acacia Avenue", "Acacia", "address"),
    ("flat 3, 14 high street", "high street", "address"),
    ("she goes to Hylands Academy", "Hylands", "school"),
    ("i go to st marys school", "marys", "school"),
    ("he trains at Billericay Town FC", "Billericay Town FC", "school"),
    ("his insta is dark_wolf99", "dark_wolf99", "handle"),
    ("add me @sk8r_girl", "sk8r_girl", "handle"),
    ("my discord is wolfie#1234", "wolfie#1234", "handle"),
    ("someone called xx_jay_xx keeps messaging", "xx_jay_xx", "handle"),
    ("user killer2009 wants pics", "killer2009", "handle"),
    ("my name is jessica", "jessica", "name"),
    ("hes called marcus", "marcus", "name"),
    ("My son Oliver won't talk", "Oliver", "name"),
    ("Mr Henderson messaged me", "Henderson", "name"),
    ("I think Priya Sharma is being groomed", "Priya Sharma", "name"),
    ("me n callum broke up", "callum", "name"),
    ("jessica sent it to evryone", "jessica", "name"),
    ("told sophei about it", "sophei", "name"),
    ("got it off kyles phone", "kyles", "name"),
    ("his dob is 14/03/2011", "14/03/2011", "dob"),
    ("my birthday is 2nd Feb 2012", "2nd Feb 2012", "dob"),
    ("the card is 4111 1111 1111 1111", "4111", "card"),
    ("sort code 20-00-00", "20-00-00", "bank"),
    ("account 12345678 at my bank", "12345678", "bank"),
    ("IBAN GB29 NWBK 6016 1331 9268 19", "NWBK", "bank"),
    ("my ni number is QQ 12 34 56 C", "QQ 12 34 56 C", "nino"),
    ("NHS number 999 186 0916", "999 186 0916", "nhs"),
    ("he drives a golf GX70 ZLU", "GX70", "plate"),
    ("his car reg is yd64 kmo", "yd64 kmo", "plate"),
    ("steam code 5TVQ8-H2KJ7-MMX3D", "5TVQ8", "giftcard"),
    ("she goes to ysgol bryn glas", "bryn glas", "school"),
    ("i go to ashgrove academy", "ashgrove", "school"),
    ("he lives at flat 9 harcourt house", "harcourt", "address"),
    ("my uncle bob did it", "bob", "name"),
    ("alexa from my class", "alexa", "name"),
    ("his snap is jay.lad77", "jay.lad77", "handle"),
]

STAYS = [
    "im 12 and a man wants a pic",
    "my daughter is 9 years old",
    "shes in Year 9",
    "year 11 girls",
    "he's 22 by the way",
    "it happened on 03/05/2025",
    "bob's your uncle he said",
    "is there a grace period",
    "what is clare's law",
    "the school knows",
    "she is in primary school",
    "i play EA FC",
    "he pinged @everyone",
    "yr10 boy in my class",
    "ask a safty question",
    "ktoś prosi moją córkę o nagie zdjęcia",
    "at 16 you cant drive",
    "he wants £200 by 6pm",
    "he says 500 or he posts it",
    "it happened at 10.30 on 24/11/2026",
    "I live in Essex",
    "we are in Chelmsford",
    "I'm in Northern Ireland",
    "is Roblox safe",
    "he talks to me on Snapchat and Discord",
    "do I call 999 or 101",
    "is it 0800 1111 or 0808 800 5000",
    "samaritans are on 116 123",
    "text SHOUT to 85258",
    "what is CEOP",
    "im scared and i dont know what to do",
    "my son is being blackmailed",
    "his snap is private",
    "she has 3 accounts and 1000 followers",
    "i want to die",
    "Is it illegal?",
    "her school did nothing",
]


@pytest.mark.parametrize(("text", "identifying", "kind"), GOES, ids=[text for text, _, _ in GOES])
def test_identifiers_are_removed(redactor: Redactor, text: str, identifying: str, kind: str) -> None:
    assert identifying not in redactor.redact(text).text


@pytest.mark.parametrize(("text", "identifying", "kind"), GOES, ids=[text for text, _, _ in GOES])
def test_the_kind_of_an_identifier_is_named(redactor: Redactor, text: str, identifying: str, kind: str) -> None:
    assert redactor.redact(text).removed == [kind]


@pytest.mark.parametrize("text", STAYS)
def test_other_text_stays(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "wannadie",
        "imgonnakillmyself",
        "hewantstomeet",
        "pleasehelp",
        "killmyself tonight",
        "theirself",
        "is this monitored",
        "im su1c1dal",
    ],
)
def test_a_sentence_without_spaces_is_not_a_user_name(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text).text == text


@pytest.mark.parametrize("word", ["applepie", "angelbaby", "icequeen", "itsjade", "ianlovescycling", "moonlitbadger"])
def test_words_without_spaces_are_not_always_a_sentence(word: str) -> None:
    assert not is_unspaced_sentence(word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("my snap is pleasehelp", "pleasehelp"),
        ("added idontwanttolive on insta", "idontwanttolive"),
        ("i think its ianlovescycling", "ianlovescycling"),
    ],
)
def test_a_sentence_without_spaces_is_a_user_name_if_it_is_introduced_or_contains_a_name(
    redactor: Redactor, text: str, word: str
) -> None:
    assert word not in redactor.redact(text).text


def test_a_placeholder_takes_the_place_of_the_identifier(redactor: Redactor) -> None:
    assert redactor.redact("call me on 07700 900123 please").text == "call me on <phone> please"


def test_kinds_are_listed_in_the_order_of_the_text(redactor: Redactor) -> None:
    text = "my name is jessica, jo@gmail.com, 07700 900123, CM1 1AB"
    assert redactor.redact(text).removed == ["name", "email", "phone", "postcode"]


def test_an_address_within_a_link_is_removed_once(redactor: Redactor) -> None:
    assert redactor.redact("https://x.example/?mail=jo@gmail.com").text.count("<") == 1


@pytest.mark.parametrize("text", [text for text, _, _ in GOES])
def test_redacting_twice_changes_nothing_more(redactor: Redactor, text: str) -> None:
    once = redactor.redact(text).text
    assert redactor.redact(once) == (once, [])


@pytest.mark.parametrize(
    "text",
    [
        "call 07700\u200b900123",
        "call 0\u200d7\u200d7\u200d0\u200d0\u200d9\u200d0\u200d0\u200d1\u200d2\u200d3",
        "call 0\ufe0f7\ufe0f7\ufe0f0\ufe0f0\ufe0f900123",
        "call 07700\u200d\u200d\u200d900123",
        "call 07700\u00ad900\u2060123",
        "call ０７７００９００１２３",
        "call 07700\u0000900123",
        "call 07700\n900123",
        "call 07700\u00a0900123",
    ],
    ids=[
        "zero-width space",
        "joiners",
        "variation selectors",
        "three joiners",
        "soft hyphen",
        "full-width digits",
        "NUL",
        "line break",
        "no-break space",
    ],
)
def test_a_number_cannot_hide_behind_invisible_or_odd_characters(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text).text == "call <phone>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("he\u0000llo\u0007", "hello"),
        ("he\u200bl\ufefflo", "hello"),
        ("\u202ehello\u202c", "hello"),
        ("  two\t\n words ", "two words"),
        ("plain, with é, 😀 and £", "plain, with é, 😀 and £"),
        ("family: 👩\u200d👧", "family: 👩\u200d👧"),
        ("", ""),
    ],
    ids=["control", "zero width", "direction", "white space", "letters and emoji", "joined emoji", "nothing"],
)
def test_a_tidy_text_contains_only_visible_characters(text: str, expected: str) -> None:
    assert tidy(text) == expected


PIECES = st.sampled_from(
    [
        *[text for text, _, _ in GOES],
        *STAYS,
        *[
            "<phone>",
            "<",
            ">",
            "@",
            "#1234",
            ".com",
            "my name is ",
            "called ",
            "Mr ",
            "07700",
            "900123",
            "_",
            "CM1",
            "1AB",
        ],
    ]
)
TEXTS = st.text(max_size=80) | st.lists(PIECES | st.text(max_size=5), max_size=6).map(" ".join)
many = settings(deadline=None)


@many
@given(text=TEXTS)
def test_redacting_twice_equals_redacting_once_whatever_the_text(redactor: Redactor, text: str) -> None:
    once = redactor.redact(text).text
    assert redactor.redact(once).text == once


@many
@given(pieces=st.lists(st.text(max_size=12), max_size=4), at=st.integers(0, 4))
def test_a_mobile_number_is_removed_whatever_surrounds_it(redactor: Redactor, pieces: List[str], at: int) -> None:
    text = " , ".join([*pieces[:at], "07700 900123", *pieces[at:]])
    assert "900123" not in redactor.redact(text).text


@many
@given(text=TEXTS)
def test_tidying_twice_equals_tidying_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("<07700 900123>", "900123"),
        ("my number is <07700900123> ok", "900123"),
        ("<sam@example.org>", "sam@"),
        ("<dark_wolf99>", "wolf"),
    ],
)
def test_angle_brackets_do_not_prevent_redaction(redactor: Redactor, text: str, secret: str) -> None:
    assert secret not in redactor.redact(text).text


class _Fixed:
    """A recognizer that finds one given string."""

    def __init__(self, kind: str, found: str) -> None:
        self.kind, self._found = kind, found

    def find(self, text: str) -> Iterator[Span]:
        if self._found in text:
            start = text.index(self._found)
            yield Span(self.kind, start, start + len(self._found))


def test_the_rest_of_an_overlapping_match_is_removed_too() -> None:
    redactor = Redactor([_Fixed("email", "a@b.uk"), _Fixed("name", "b.uk Quill")])
    assert redactor.redact("to a@b.uk Quill now").text == "to <email> <name> now"


def test_kinds_are_named_in_the_order_of_the_text_whatever_the_order_of_matches() -> None:
    late = Redactor([_Fixed("phone", "07700"), _Fixed("name", "Quill <phone>"), _Fixed("name", "Quill")])
    assert late.redact("Quill 07700").removed == ["name", "phone"]


def test_a_typed_placeholder_is_not_counted_as_removed(redactor: Redactor) -> None:
    assert redactor.redact("<name> said hello").removed == []


@pytest.mark.parametrize("text", ["0@0.AA00 B0", "a@b.uk\u0338 hello"])
def test_texts_that_once_changed_on_the_second_redaction_no_longer_do(redactor: Redactor, text: str) -> None:
    once = redactor.redact(text).text
    assert redactor.redact(once).text == once
