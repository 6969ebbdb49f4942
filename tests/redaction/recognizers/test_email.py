"""E-mail addresses."""

import pytest
from matching import matches

from bot.redaction.recognizers.email import EmailRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to jo.bloggs@example.org please", "jo.bloggs@example.org"),
        ("its jo.bloggs+new@mail.secure-pics.example", "jo.bloggs+new@mail.secure-pics.example"),
        ("its jo.bloggs @ gmail . com", "jo.bloggs @ gmail . com"),
        ("write to sam at hotmail dot co dot uk", "sam at hotmail dot co dot uk"),
        ("h.prentice(at)trust(dot)org", "h.prentice(at)trust(dot)org"),
        ("sam99 at gmail", "sam99 at gmail"),
        ("moonlitbadger at gmail com", "moonlitbadger at gmail com"),
    ],
)
def test_e_mail_addresses_are_found_even_if_written_out(text: str, found: str) -> None:
    assert matches(EmailRecognizer(), text)[0] == found


@pytest.mark.parametrize(
    "text", ["look at gmail", "we met at school", "he pinged @everyone", "snap @dark.wolf", "5 @ 3"]
)
def test_other_text_is_not_an_e_mail_address(text: str) -> None:
    assert matches(EmailRecognizer(), text) == []
