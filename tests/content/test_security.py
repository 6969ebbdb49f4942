"""The security.txt that both sites serve."""

from pathlib import Path

import pytest

from bot.content.files import SHIPPED, Content
from bot.content.reader import ContentError
from bot.content.security import load_security

FILE = """\
contacts: ["mailto:security@example.org", "https://example.org/report"]
policy: https://example.org/policy
expires: 2026-12-31
"""


def overlaid(folder: Path, text: str) -> Content:
    (folder / "security.yml").write_text(text, encoding="utf-8")
    return SHIPPED._replace(overlay=folder)


def test_it_says_where_to_report_and_when_it_expires(tmp_path: Path) -> None:
    assert load_security(overlaid(tmp_path, FILE)).text() == (
        "Contact: mailto:security@example.org\n"
        "Contact: https://example.org/report\n"
        "Expires: 2026-12-31T23:59:59Z\n"
        "Policy: https://example.org/policy\n"
        "Preferred-Languages: en\n"
    )


def test_it_is_empty_until_a_deployment_names_a_contact() -> None:
    assert load_security(SHIPPED).text() == ""


def test_a_contact_that_is_not_a_uri_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="mailto:"):
        load_security(overlaid(tmp_path, "contacts: [security@example.org]\n"))
