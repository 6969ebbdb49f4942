"""Renders the chat page on the server. The page works without JavaScript, which only makes it smoother."""

import base64
import hashlib
import random
import re
import secrets
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import List, Literal, Mapping, NamedTuple, Optional, Sequence, TypedDict, Union

from markupsafe import Markup, escape
from rasa.core.agent import Agent
from sanic.response import HTTPResponse, html

from bot.chat.problems import ChatError, retry_after
from bot.chat.review_claim import ReviewClaim
from bot.chat.session import Answer, SessionService, hash_token
from bot.content.areas import load_areas
from bot.content.library import load_library
from bot.content.message_types import (
    ChoicesMessage,
    ComparisonMessage,
    GuidanceMessage,
    Message,
    ServiceMessage,
    TextMessage,
    choices_of,
)
from bot.content.page import PageWords
from bot.content.texts import load_texts
from bot.monitoring import REFUSALS
from bot.rate_limit import Counts, KeyedValues, LocalCounts
from bot.settings import Settings
from bot.templates import page_templates

HERE = Path(__file__).parent
#: Matches a telephone number in a text. chat.js uses the same pattern.
NUMBER = re.compile(r"\b(999|101|(?:0\d{2,4}|116)(?: ?\d{3,4}){1,2})\b")


class Folded(TypedDict):
    """An answer's folded messages, and the visible services whose facts are folded. All share a single fold."""

    kind: Literal["more"]
    about: List[ServiceMessage]
    messages: List[Message]


class DrawnComparison(ComparisonMessage):
    """A comparison with the name of its picture."""

    picture: str


class FirstChoices(ChoicesMessage):
    """The choices on the page before the conversation starts. `name` is their form field."""

    name: str


ShownMessage = Union[TextMessage, GuidanceMessage, ServiceMessage, DrawnComparison, ChoicesMessage, Folded]


class PageTurn(NamedTuple):
    """A turn as the template needs it. Only the buttons in the last turn still work."""

    said: str
    messages: List[ShownMessage]
    is_last: bool


class CommonValues(TypedDict):
    """The values passed to every template."""

    words: PageWords
    css: str
    keep_days: int
    beta: bool
    origins: Sequence[str]
    assumed_area: str
    child: str
    """The label of the opening choice that makes the page show the children's helpline."""
    adult: str
    """The label of the opening choice that makes the page show the adults' helpline."""
    services_by_phone: Mapping[str, str]
    """Service ids by telephone number, for counting calls."""


#: An empty message of each kind, rendered as the HTML templates that chat.js fills in.
EMPTY_MESSAGES: List[ShownMessage] = [
    {"kind": "text", "text": ""},
    {"kind": "guidance", "topic": "", "title": "", "summary": "", "steps": [], "sources": [], "checked_on": ""},
    {
        "kind": "service",
        "id": "",
        "name": "",
        "does": "",
        "phone": "",
        "text": "",
        "url": "",
        "hours": "",
        "open_now": None,
        "anonymous": "",
        "note": "",
        "checked_on": "",
    },
    {"kind": "more", "about": [], "messages": []},
    {"kind": "comparison", "id": "", "picture": "", "real_world": "", "online": "", "question": "", "choices": []},
    {"kind": "choices", "prompt": "", "choices": []},
]


class Page:
    """Renders the first page, and the page after each message for browsers without JavaScript."""

    def __init__(self, words: PageWords, settings: Settings, counts: Optional[Counts] = None) -> None:
        """Compile the templates.

        Args:
            words: the page's fixed wording.
            settings: the deployment's settings, such as the retention in days and the origins that may embed the chat.
            counts: remembers which forms were sent, by default in this process's memory.
        """
        environment = page_templates(HERE / "templates")
        environment.filters["day"] = _format_day
        environment.filters["link_numbers"] = _link_numbers
        self._counts = counts or LocalCounts()
        # Maps a first form's id to the hash of its conversation's token, if this process answered the form.
        self._first_forms = KeyedValues()
        self._claim, self._texts = ReviewClaim(), load_texts()
        self._templates = {name: environment.get_template(f"{name}.html") for name in ("page", "leaving", "host")}
        self._words = words
        library, self._areas = load_library(), load_areas()
        self._welcome: List[Message] = [
            TextMessage(kind="text", text=library.fill(line)) for line in library.words.welcome
        ]
        self._first: FirstChoices = {
            "kind": "choices",
            "name": "first",
            "prompt": library.words.ask_asker,
            "choices": [{"id": str(place), "label": one.label} for place, one in enumerate(library.words.askers)],
        }
        self._pictures = {entry.id: entry.picture for entry in library.comparisons}
        self._style = (HERE / "static" / "chat.css").read_text(encoding="utf-8")
        self._common: CommonValues = {
            "words": words,
            "css": self._style,
            "keep_days": settings.keep_days,
            "beta": settings.beta,
            "origins": settings.origins,
            "assumed_area": self._areas.assumed_for(settings.area),
            "child": library.words.askers[0].label,
            "adult": library.words.askers[1].label,
            "services_by_phone": {service.phone: name for name, service in library.services.items() if service.phone},
        }

    @property
    def style_hash(self) -> str:
        """The style sheet's hash for the content security policy. The style sheet is inline to save a request."""
        digest = hashlib.sha256(self._style.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    def exit_url(self) -> str:
        """Return a neutral site chosen at random, because a fixed site would reveal that somebody had been here."""
        return random.choice(self._words.sites)

    async def render_start(
        self, base: str, area: str, sessions: SessionService, agent: Agent, line: str = ""
    ) -> HTTPResponse:
        """Render the page shown before a conversation starts, with a status line. Nothing is stored."""
        try:
            await sessions.ensure_open(agent)
        except ChatError as problem:
            return self._page(base, [], area=area, problem=problem)
        checked = await self._claim.is_earned(lambda: sessions.is_signed_off(agent, self._texts))
        start = [Answer("", self._welcome)]
        return self._page(base, start, area=area, line=line, first=self._first, is_signed_off=checked)

    async def render_reply(
        self, base: str, form: Mapping[str, str], sessions: SessionService, agent: Agent, network: str
    ) -> HTTPResponse:
        """Render the page with the conversation so far and the reply to a form posted from `network`."""
        token, area, once = form.get("token") or None, form.get("area", ""), form.get("once", "")
        if token is None and once and not await self._counts.use("forms", once):
            # The browser resubmitted the form, because the person reloaded the page, or left and then went back. Never
            # show the form's text and, if they had left, give no sign that there was any.
            goes_on = await sessions.is_open(agent, self._first_forms.get(once) or "")
            return await self.render_start(base, area, sessions, agent, self._words.reloaded if goes_on else "")
        try:
            if token is None:
                started = await sessions.start(agent, network, area, form.get("text", ""))
                token, opening = started.token, started.messages
                self._first_forms.set(once, hash_token(token))
            else:
                opening = []
            await self._answer(form, sessions, agent, token, opening)
            turns = await sessions.saved_turns(agent, token)
        except ChatError as problem:
            return await self._render_problem(base, problem, token, form, sessions, agent)
        # If a command button was pressed, unsent text stays in the box.
        draft = form.get("text", "") if form.get("command") else ""
        return self._page(base, turns, token=token, area=area, draft=draft)

    def render_failure(self, base: str, problem: ChatError) -> HTTPResponse:
        """Render the page with only a problem, for a form that could not be read."""
        return self._page(base, [], problem=problem)

    async def render_fault_reported(
        self, base: str, form: Mapping[str, str], sessions: SessionService, agent: Agent
    ) -> HTTPResponse:
        """Render the page with the conversation so far and thanks for reporting a fault."""
        token = form.get("token") or None
        turns = await sessions.saved_turns(agent, token) if token else []
        return self._page(base, turns, token=token, line=self._words.wrong_thanks)

    def render_leaving(self, base: str) -> HTTPResponse:
        """Render the page that explains how to hide a visit from others."""
        page, filled = self._templates["leaving"], {"token": "", "area": "", "wrong": False, "status_line": ""}
        return html(page.render(base=base, is_chat=False, is_adult=False, **filled, **self._common))

    def render_host(self, base: str, origin: str, name: str) -> HTTPResponse:
        """Render the demonstration host page `name`, or the first one. It embeds the chat and shows the tag to use."""
        sites = self._words.host.sites
        name = name if name in sites else next(iter(sites))
        page = self._templates["host"]
        return html(page.render(base=base, origin=origin, name=name, site=sites[name], **self._common))

    @staticmethod
    async def _answer(
        form: Mapping[str, str], sessions: SessionService, agent: Agent, token: str, opening: List[Message]
    ) -> None:
        # Reloading the page resubmits its form. Different text from the same page is a different message.
        text, once = form.get("command") or form.get("text", ""), form.get("once") or secrets.token_urlsafe(9)
        message_id = "\n".join((once, form.get("choice", ""), text))
        if "first" in form:
            # Buttons on the page before the conversation starts are identified by their position.
            choices = choices_of(opening[-1]) if opening else []
            chosen = [choice["id"] for place, choice in enumerate(choices) if str(place) == form["first"]]
            await sessions.choose(agent, token, chosen[0] if chosen else "", message_id)
        elif form.get("choice"):
            await sessions.choose(agent, token, form["choice"], message_id)
        else:
            await sessions.say(agent, token, text, message_id)

    async def _render_problem(
        self,
        base: str,
        problem: ChatError,
        token: Optional[str],
        form: Mapping[str, str],
        sessions: SessionService,
        agent: Agent,
    ) -> HTTPResponse:
        REFUSALS.labels(problem.name).inc()
        is_over = problem.name in ("no_token", "erased")
        turns = [] if token is None or is_over else await sessions.saved_turns(agent, token)
        kept = None if is_over else token
        # Once a conversation has been erased, its text must not appear on the page again.
        area, draft = form.get("area", ""), "" if problem.name == "erased" else form.get("text", "")
        return self._page(base, turns, token=kept, area=area, draft=draft, problem=problem)

    def _page(
        self,
        base: str,
        turns: List[Answer],
        token: Optional[str] = None,
        area: str = "",
        draft: str = "",
        line: str = "",
        first: Optional[FirstChoices] = None,
        is_signed_off: bool = False,
        problem: Optional[ChatError] = None,
    ) -> HTTPResponse:
        wrong = self._words.problems[problem.name] if problem else None
        page = self._templates["page"].render(
            base=base,
            is_chat=True,
            is_adult=self._is_adult(turns),
            shown=[self._page_turn(turn, place == len(turns)) for place, turn in enumerate(turns, start=1)],
            token=token or "",
            area=area if area in self._areas.areas else "",
            once=secrets.token_urlsafe(9),
            draft=draft,
            status_line=wrong.detail if wrong else line,
            wrong=wrong is not None,
            first=first,
            is_signed_off=is_signed_off,
            blanks=EMPTY_MESSAGES,
            pictures=self._pictures,
            **self._common,
        )
        return html(page, status=wrong.status if wrong else 200, headers=retry_after(problem) if problem else None)

    def _is_adult(self, turns: List[Answer]) -> bool:
        """Whether the adults' button was pressed more recently than the children's. chat.js does the same."""
        child, adult = self._common["child"], self._common["adult"]
        pressed = [turn.said for turn in turns if turn.said in (child, adult)]
        return pressed[-1:] == [adult]

    def _page_turn(self, turn: Answer, is_last: bool) -> PageTurn:
        messages = group_folded(turn.messages)
        if not is_last and len(messages) > 1:
            messages = [one for one in messages if not _introduces_buttons(one)]
        shown = [self._shown(message, is_last) for message in messages]
        return PageTurn(turn.said, shown, is_last)

    def _shown(self, message: Union[Message, Folded], is_last: bool) -> ShownMessage:
        """Return a message as the template needs it, with any picture, and with buttons only in the last turn."""
        if message["kind"] == "comparison":
            choices, picture = message["choices"] if is_last else [], self._pictures.get(message["id"], "street")
            return DrawnComparison({**message, "choices": choices, "picture": picture})
        if message["kind"] == "choices":
            return ChoicesMessage({**message, "choices": message["choices"] if is_last else []})
        return message


def _introduces_buttons(message: Union[Message, Folded]) -> bool:
    """Whether a message only introduces its buttons ("You can say:") and asks nothing. chat.js does the same."""
    return message["kind"] == "choices" and "?" not in message["prompt"]


def group_folded(messages: List[Message]) -> Sequence[Union[Message, Folded]]:
    """Group an answer's folded messages and place the group before any final question. chat.js does the same.

    The facts about visible services go in the group too, so that there is only one thing to open.
    """
    folded = [message for message in messages if message.get("folded")]
    if not folded:
        return messages
    seen = [message for message in messages if not message.get("folded")]
    last = len(seen) - (bool(seen) and seen[-1]["kind"] == "choices")
    about = [message for message in seen if message["kind"] == "service"]
    return [*seen[:last], {"kind": "more", "about": about, "messages": folded}, *seen[last:]]


def _link_numbers(text: str) -> Markup:
    """Return a text with its telephone numbers as links. chat.js does the same."""
    parts = NUMBER.split(text)
    calls = (Markup('<a href="tel:{}">{}</a>').format(part.replace(" ", ""), part) for part in parts[1::2])
    return Markup("").join(one for pair in zip_longest(map(escape, parts[::2]), calls, fillvalue="") for one in pair)


def _format_day(iso: str) -> str:
    """Return an ISO date in words, such as 7 February 2026."""
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
