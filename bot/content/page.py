"""Reads content/en/page.yml, the fixed words on the chat page and in the HTTP interface's errors."""

from functools import lru_cache
from typing import Dict, List, Literal

from pydantic import Field

from bot.content.areas import load_areas
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import ENGLISH, Shape

#: The placeholder for the list of police areas.
AREAS = "{areas}"
#: Fields, other than the problems, that contain services' phone numbers.
NUMBERED = ("off", "helpline_phone", "helpline_adult_phone", "lost_child", "lost_adult")


class ProblemWords(Shape):
    """An error from the HTTP interface (RFC 9457)."""

    status: int
    title: str
    detail: str


class PrivacyWords(Shape):
    """A privacy promise, with its name in docs/PRIVACY.md and its wording on the page before the first message."""

    promise: str
    says: str


class SafetyPart(Shape):
    """A section of the page about keeping a visit private."""

    heading: str
    lines: List[str]


class SafetyWords(Shape):
    """The words on the page about keeping a visit private."""

    heading: str
    parts: List[SafetyPart]
    back: str


class CallWords(Shape):
    """A link that calls a helpline."""

    says: str
    phone: str


class EmbedWords(Shape):
    """The words that embed.js shows on a host page. `late` and `calls` are for a frame that does not respond."""

    label: str
    name: str
    leave: str
    close: str
    keys: str
    late: str
    calls: List[CallWords]
    own_tab: str


class ReopenedWords(Shape):
    """The words shown in the frame when a closed chat is reopened."""

    says: str
    go_on: str
    start_new: str


class SiteWords(Shape):
    """An example of a host page."""

    kind: str
    name: str
    heading: str
    lines: List[str]
    link: str
    link_in: Literal["header", "text"]
    position: str
    """The corner that the button is in, as in the tag's data-position, or an empty string for no button."""
    note: str
    own_chat: str
    """The label of the site's own chat button, or an empty string if it has none."""


class HostWords(Shape):
    """The words on the demonstration host pages."""

    examples: str
    sites: Dict[str, SiteWords]
    about_heading: str
    about: List[str]
    tag_heading: str
    tag_before: str
    tag_after: List[str]
    alone: str


class PageWords(Shape):
    """All the fixed words on the page. Templates contain no words of their own."""

    title: str
    heading: str
    log: str
    skip: str
    leave: str
    leave_emergency: str
    leaving: str
    type_here: str
    send: str
    you: str
    typing: str
    helpline: str
    helpline_phone: str
    helpline_adult: str
    helpline_adult_phone: str
    easier: str
    about: str
    about_heading: str
    about_lines: List[str]
    about_keys: str
    more: str
    more_facts: str
    call: str
    dial: str
    send_text: str
    website: str
    opening_hours: str
    anonymity: str
    checked: str
    sources: str
    real_world: str
    online: str
    answers_written: str
    answers_signed: str
    privacy_heading: str
    privacy: List[PrivacyWords]
    left_out: str
    room: str
    parts: str
    reply: str
    listen: str
    stop: str
    lost: str
    lost_child: str
    lost_adult: str
    found: str
    reloaded: str
    sites: List[str] = Field(min_items=2)
    quickly_heading: str
    quickly_before: str
    quickly_keys: str
    key_escape: str
    quickly_or: str
    key_shift: str
    quickly_times: str
    quickly_after: str
    quickly_history: str
    quickly_link: str
    shift: str
    shift_expired: str
    safety: SafetyWords
    beta: str
    beta_says: str
    wrong_prompt: str
    wrong: Dict[str, str]
    wrong_with_chat: str
    wrong_thanks: str
    embed: EmbedWords
    reopened: ReopenedWords
    host: HostWords
    off_title: str
    off: str
    problems: Dict[str, ProblemWords]


@lru_cache(maxsize=4)
def load_page_words(content: Content = CONTENT) -> PageWords:
    """Return the words, with phone numbers and the names of areas filled in.

    Raises:
        ContentError: the file has problems. The error gives the line and the fix for each problem.
    """
    library, areas = load_library(content), load_areas(content).names
    words = content.document(f"{ENGLISH}/page.yml").parse(PageWords)
    host = words.host.copy(update={"tag_after": [line.replace(AREAS, areas) for line in words.host.tag_after]})
    filled = {
        name: words_of.copy(update={"detail": library.fill(words_of.detail).replace(AREAS, areas)})
        for name, words_of in words.problems.items()
    }
    calls = [
        CallWords(**{name: library.fill(says) for name, says in call.dict().items()}) for call in words.embed.calls
    ]
    embed = words.embed.copy(update={"calls": calls})
    with_numbers = {name: library.fill(getattr(words, name)) for name in NUMBERED}
    return words.copy(update={"problems": filled, "host": host, "embed": embed, **with_numbers})
