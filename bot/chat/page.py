"""The chat page, rendered on the server: complete without JavaScript, which only makes it smoother."""

import base64
import hashlib
import random
import re
import secrets
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from rasa.core.agent import Agent
from sanic.response import HTTPResponse, html

from bot.chat.conversation import Answer, Door, Message
from bot.chat.problems import ChatError
from bot.chat.review_claim import ReviewClaim
from bot.content.library import load_library
from bot.content.page import PageWords
from bot.content.texts import load_texts
from bot.limits import Once
from bot.privacy.redact import MAX_LENGTH
from bot.settings import AREAS, Settings

HERE = Path(__file__).parent
#: A number to call within a text.
NUMBER = re.compile(r"\b(999|101|(?:0\d{2,4}|116)(?: ?\d{3,4}){1,2})\b")
#: One message of each kind without a word in it: what templates are made of that chat.js fills.
BLANKS: List[Message] = [
    {"kind": "text", "text": ""},
    {"kind": "guidance", "title": "", "summary": "", "steps": [], "sources": []},
    {"kind": "service", "name": "", "does": "", "note": ""},
    {"kind": "more", "messages": []},
    {"kind": "comparison", "picture": "", "real_world": "", "online": "", "question": ""},
    {"kind": "choices", "prompt": ""},
]


class Shown(NamedTuple):
    """A turn on the page: what the person said, what was answered, and whether its buttons still mean something."""

    said: str
    messages: List[Message]
    is_last: bool


class Page:
    """Renders the page before the first message, and after each one for those without JavaScript."""

    def __init__(self, words: PageWords, settings: Settings) -> None:
        """Compile the templates.

        Args:
            words: every fixed word.
            settings: how long words are kept, who may embed the chat, and whether it is a beta.
        """
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["day"] = _day
        environment.filters["tapped"] = _tapped
        self._begun = Once()
        self._claim, self._texts = ReviewClaim(), load_texts()
        self._templates = {name: environment.get_template(f"{name}.html") for name in ("page", "leaving", "host")}
        self._words = words
        library = load_library()
        self._welcome = [{"kind": "text", "text": library.fill(line)} for line in library.words.welcome]
        askers = [{"id": str(place), "label": one.label} for place, one in enumerate(library.words.askers)]
        self._first = {"kind": "choices", "name": "first", "prompt": library.words.ask_asker, "choices": askers}
        self._pictures = {entry.id: entry.picture for entry in library.comparisons}
        self._style = (HERE / "static" / "chat.css").read_text(encoding="utf-8")
        self._common: Dict[str, Any] = {
            "words": words,
            "css": self._style,
            "keep_days": settings.keep_days,
            "beta": settings.beta,
            "origins": settings.origins,
            # Who says the one is shown the helpline for children, who says the other that for adults.
            "child": library.words.askers[0].label,
            "adult": library.words.askers[1].label,
        }

    @property
    def style_hash(self) -> str:
        """The style sheet as a content security policy names it. It stands in the page, to save slow phones a wait."""
        digest = hashlib.sha256(self._style.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    @property
    def way_out(self) -> str:
        """A site that looks the same to everybody; not always the same, which would be a sign by itself."""
        return random.choice(self._words.sites)

    async def first(self, base: str, area: str, door: Door, agent: Agent) -> HTTPResponse:
        """The page before any conversation; nothing is stored for showing it."""
        try:
            await door.see_open(agent)
        except ChatError as problem:
            return self._page(base, [], area=area, problem=problem)
        checked = await self._claim.is_earned(lambda: door.is_signed_off(agent, self._texts))
        return self._page(base, [Answer("", self._welcome)], area=area, first=self._first, is_signed_off=checked)

    async def next(self, base: str, form: Mapping[str, str], door: Door, agent: Agent, address: str) -> HTTPResponse:
        """The page with the reply to a posted form, which came from `address`, and all that was said before."""
        token, area = form.get("token") or None, form.get("area", "")
        if token is None and form.get("once") and not self._begun.use(form["once"]):
            # Somebody went back after leaving and sent the form again: what it held must not appear.
            return await self.first(base, area, door, agent)
        try:
            if token is None:
                started = await door.start(agent, address, area)
                token, opening = started.token, started.messages
            else:
                opening = []
            answer = await self._answer(form, door, agent, token, opening)
            turns = await door.show(agent, token, answer)
        except ChatError as problem:
            return await self._failed(base, problem, token, form, door, agent)
        # A button that says something for the person leaves what they have begun to type in the box.
        draft = form.get("text", "") if form.get("command") else ""
        return self._page(base, turns, token=token, area=area, draft=draft)

    async def complain(self, base: str, form: Mapping[str, str], door: Door, agent: Agent) -> HTTPResponse:
        """The page with thanks for what a form said is wrong, and the conversation as it was."""
        token = form.get("token") or None
        turns = await door.shown(agent, token) if token else []
        return self._page(base, turns, token=token, line=self._words.wrong_thanks)

    def leaving(self, base: str) -> HTTPResponse:
        """How to keep it to oneself that one was here."""
        page, filled = self._templates["leaving"], {"token": "", "area": "", "wrong": False, "status_line": ""}
        return html(page.render(base=base, is_chat=False, is_adult=False, **filled, **self._common))

    def host(self, base: str, origin: str) -> HTTPResponse:
        """A page that stands for a host's, with the chat in it and the tag to copy."""
        return html(self._templates["host"].render(base=base, origin=origin, **self._common))

    @staticmethod
    async def _answer(form: Mapping[str, str], door: Door, agent: Agent, token: str, opening: List[Message]) -> Answer:
        if "first" in form:
            # A button of the page that stood here before the conversation began: known by its place.
            choices = opening[-1]["choices"] if opening else []
            chosen = [choice["id"] for place, choice in enumerate(choices) if str(place) == form["first"]]
            return await door.choose(agent, token, chosen[0] if chosen else "")
        if form.get("choice"):
            return await door.choose(agent, token, form["choice"])
        return await door.say(agent, token, form.get("command") or form.get("text", ""))

    async def _failed(
        self,
        base: str,
        problem: ChatError,
        token: Optional[str],
        form: Mapping[str, str],
        door: Door,
        agent: Agent,
    ) -> HTTPResponse:
        is_over = problem.name in ("no_token", "erased")
        turns = [] if token is None or is_over else await door.shown(agent, token)
        kept = None if is_over else token
        # Who had a conversation erased does not find its words on the page again.
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
        first: Optional[Message] = None,
        is_signed_off: bool = False,
        problem: Optional[ChatError] = None,
    ) -> HTTPResponse:
        wrong = self._words.problems[problem.name] if problem else None
        page = self._templates["page"].render(
            base=base,
            is_chat=True,
            is_adult=self._is_adult(turns),
            shown=[self._shown(turn, place == len(turns)) for place, turn in enumerate(turns, start=1)],
            token=token or "",
            area=area if area in AREAS else "",
            once=secrets.token_urlsafe(9),
            draft=draft[:MAX_LENGTH],
            status_line=wrong.detail if wrong else line,
            wrong=wrong is not None,
            first=first,
            is_signed_off=is_signed_off,
            blanks=BLANKS,
            pictures=self._pictures,
            **self._common,
        )
        return html(page, status=wrong.status if wrong else 200)

    def _is_adult(self, turns: List[Answer]) -> bool:
        """Whether the last of the first two buttons that was pressed is the adult's; as in chat.js."""
        child, adult = self._common["child"], self._common["adult"]
        pressed = [turn.said for turn in turns if turn.said in (child, adult)]
        return pressed[-1:] == [adult]

    def _shown(self, turn: Answer, is_last: bool) -> Shown:
        messages: List[Dict[str, Any]] = []
        for message in laid_out(turn.messages):
            one = dict(message)
            if one["kind"] == "comparison":
                one["picture"] = self._pictures.get(one["id"], "street")
            if not is_last:
                one.pop("choices", None)
            messages.append(one)
        return Shown(turn.said, messages, is_last)


def laid_out(messages: List[Message]) -> List[Message]:
    """An answer as the page shows it, here as in chat.js: all that is folded in one place, a last question below it."""
    folded = [message for message in messages if message.get("folded")]
    if not folded:
        return messages
    seen = [message for message in messages if not message.get("folded")]
    last = len(seen) - (bool(seen) and seen[-1]["kind"] == "choices")
    return [*seen[:last], {"kind": "more", "messages": folded}, *seen[last:]]


def _tapped(text: str) -> Markup:
    """A text whose numbers can be tapped, as in chat.js."""
    parts = NUMBER.split(text)
    calls = (Markup('<a href="tel:{}">{}</a>').format(part.replace(" ", ""), part) for part in parts[1::2])
    return Markup("").join(one for pair in zip_longest(map(escape, parts[::2]), calls, fillvalue="") for one in pair)


def _day(iso: str) -> str:
    """A day as people write it: 7 February 2026."""
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
