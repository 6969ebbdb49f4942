"""The demonstration host pages, and the lines to copy from them and from the documentation."""

import html
import re

import pytest
from documents import text

from bot.chat.page import Page
from bot.content.page import load_page_words
from bot.settings import load_settings

SITES = load_page_words().host.sites
ORIGIN = "https://chat.example.org"


def drawn(name: str) -> str:
    page = Page(load_page_words(), load_settings()).render_host("/chat", ORIGIN, name)
    return (page.body or b"").decode()


def tags(markup: str) -> "list[str]":
    """Return the opening tags of the launcher's link and of the script, without the link's own styling."""
    found = re.findall(r"<(?:a [^>]*data-streetwise|script)[^>]*>", markup)
    return [tag.replace('class="talk" ', "") for tag in found]


@pytest.mark.parametrize("name", SITES)
def test_the_lines_to_copy_match_the_page_itself(name: str) -> None:
    page = drawn(name)
    shown = re.search("<pre.*?<code>(.*?)</code>", page, re.DOTALL)
    assert shown
    assert tags(html.unescape(shown[1]).replace(ORIGIN, "")) == tags(page)


@pytest.mark.parametrize("name", SITES)
def test_no_demonstration_page_has_inline_scripts_or_styles(name: str) -> None:
    assert not re.search(r"<style|\sstyle=|<script[^>]*>[^<]", drawn(name))


def test_an_unknown_demonstration_shows_the_first_one() -> None:
    assert drawn("nowhere") == drawn("") == drawn(next(iter(SITES)))


def test_the_lines_in_the_document_match_a_page_without_a_button() -> None:
    simplest = [re.sub(' data-place="[^"]*"', "", tag).replace('="/', f'="{ORIGIN}/') for tag in tags(drawn("council"))]
    assert tags(text("docs/embed.md")) == simplest
