"""The chat page, rendered on the server: complete without JavaScript, which only makes it smoother."""

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rasa.core.agent import Agent
from sanic.response import HTTPResponse, html

from bot.chat.conversation import Door
from bot.chat.problems import ChatError
from bot.content.library import load_library
from bot.content.page import PageWords

TEMPLATES = Path(__file__).parent / "templates"


class Page:
    """Renders the page before the first message, and after each one for those without JavaScript."""

    def __init__(self, words: PageWords, keep_days: int) -> None:
        """Compile the template. The page says that words are kept for `keep_days` days."""
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template("page.html")
        self._words = words
        self._keep_days = keep_days

    async def first(self, base: str, door: Door, agent: Agent) -> HTTPResponse:
        """The page before any conversation; nothing is stored for showing it."""
        try:
            await door.see_open(agent)
        except ChatError as problem:
            return self._failed(base, problem, None, "")
        intro = [{"kind": "text", "text": line} for line in load_library().words.welcome]
        return self._render(base, intro, notice=True)

    async def next(self, base: str, form: Mapping[str, str], door: Door, agent: Agent, address: str) -> HTTPResponse:
        """The page with the reply to a posted form, which came from `address`."""
        token, text, choice = form.get("token") or None, form.get("text", ""), form.get("choice")
        try:
            if token is None:
                token = (await door.start(agent, address)).token
            if choice:
                messages = await door.choose(agent, token, choice)
            else:
                messages = await door.say(agent, token, text)
        except ChatError as problem:
            return self._failed(base, problem, token, text)
        return self._render(base, messages, token=token)

    def _failed(self, base: str, problem: ChatError, token: Optional[str], text: str) -> HTTPResponse:
        words = self._words.problems[problem.name]
        kept = None if problem.name in ("no_token", "erased") else token
        return self._render(
            base, [{"kind": "text", "text": words.detail}], token=kept, draft=text[:1000], status=words.status
        )

    def _render(
        self,
        base: str,
        messages: List[Dict[str, Any]],
        token: Optional[str] = None,
        draft: str = "",
        status: int = 200,
        notice: bool = False,
    ) -> HTTPResponse:
        page = self._template.render(
            base=base,
            words=self._words,
            messages=messages,
            token=token or "",
            draft=draft,
            notice=notice,
            keep_days=self._keep_days,
        )
        return html(page, status=status)
