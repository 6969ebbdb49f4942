"""Which requests come from another site's page, and which addresses are counted together."""

import pytest

from bot.chat.origin import is_foreign, network_of

OWN, ALLOWED, STRANGER = "https://chat.example.org", "https://school.example.org", "https://elsewhere.example.org"


@pytest.mark.parametrize(
    ("fetch_site", "origin"),
    [("", ""), ("same-origin", OWN), ("none", ""), ("", OWN), ("cross-site", ALLOWED), ("", ALLOWED)],
)
def test_programs_our_page_and_allowed_pages_are_not_foreign(fetch_site: str, origin: str) -> None:
    assert not is_foreign(fetch_site, origin, OWN, {ALLOWED})


@pytest.mark.parametrize(
    ("fetch_site", "origin"),
    [
        ("cross-site", STRANGER),
        ("cross-site", "null"),
        ("cross-site", ""),
        ("same-site", "https://www.example.org"),
        ("", STRANGER),
        ("", "null"),
        ("", "http://chat.example.org"),
    ],
)
def test_any_other_page_is_foreign(fetch_site: str, origin: str) -> None:
    assert is_foreign(fetch_site, origin, OWN, {ALLOWED})


def test_a_form_from_an_old_browser_that_hides_its_origin_counts_as_ours() -> None:
    assert not is_foreign("", "null", OWN, (), is_form=True)
    assert is_foreign("cross-site", "null", OWN, (), is_form=True)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:DB8:0:1:ffff:0:0:9", "2001:db8:0:1::/64"),
        ("[2001:db8:0:2::1]", "2001:db8:0:2::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_an_address_is_counted_under_its_network(address: str, network: str) -> None:
    assert network_of(address) == network
