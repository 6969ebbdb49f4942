"""Each text's sign-off status, and when the chat may say that its answers were checked."""

import pytest

from bot.content.sign_off import CHANGED, SIGNED, UNSIGNED, SignOff, by_file, counts, is_earned, reviewed
from bot.content.texts import Text

HELLO, BYE, HELP = (
    Text(file, key, f"content/en/{file}", 1, f"{key} 2", (), (), False)
    for file, key in (("words.yml", "hello"), ("words.yml", "bye"), ("page.yml", "help"))
)


def signed(text: Text, version: "str | None" = None) -> "dict[str, SignOff]":
    return {text.id: SignOff(text.id, version or text.version, "lee", "deputy head", 5)}


@pytest.mark.parametrize(
    ("sign_offs", "expected"),
    [({}, UNSIGNED), (signed(BYE), UNSIGNED), (signed(HELLO, "hello 1"), CHANGED), (signed(HELLO), SIGNED)],
    ids=["nothing is signed", "another text is", "an earlier version is", "this version is"],
)
def test_a_sign_off_holds_only_for_its_version_of_the_text(sign_offs: "dict[str, SignOff]", expected: str) -> None:
    assert [one.status for one in reviewed([HELLO], sign_offs)] == [expected]


def test_texts_are_counted_by_status() -> None:
    found = reviewed([HELLO, BYE, HELP], {**signed(HELLO), **signed(BYE, "bye 1")})
    assert counts(found) == {UNSIGNED: 1, CHANGED: 1, SIGNED: 1}


def test_texts_are_listed_by_file() -> None:
    files = by_file(reviewed([HELLO, HELP, BYE], {}))
    assert {file: [one.text.key for one in texts] for file, texts in files.items()} == {
        "words.yml": ["hello", "bye"],
        "page.yml": ["help"],
    }


def test_a_review_is_claimed_if_every_text_is_signed() -> None:
    assert is_earned(reviewed([HELLO, BYE], {**signed(HELLO), **signed(BYE)}))


@pytest.mark.parametrize("other", [{}, signed(BYE, "bye 1")], ids=["one is not signed", "one has changed"])
def test_no_review_is_claimed_if_one_text_is_not_signed(other: "dict[str, SignOff]") -> None:
    assert not is_earned(reviewed([HELLO, BYE], {**signed(HELLO), **other}))
