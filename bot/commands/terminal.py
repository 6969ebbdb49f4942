"""A chat in the terminal, for developers. It uses the same session service as the page."""

from pathlib import Path
from typing import List, Mapping

from rich.console import Console
from rich.panel import Panel
from rich.prompt import Prompt

from bot.chat.problems import ChatError
from bot.chat.session import SessionService
from bot.content.message_types import Message, choices_of
from bot.content.page import load_page_words
from bot.rasa_runtime.agent import load_assistant
from bot.rasa_runtime.logs import configure_logging
from bot.redaction.redactor import Redactor
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine

#: The fields of a message that are printed, in order.
_FIELDS = ("text", "summary", "does", "phone", "url", "hours", "note", "real_world", "online", "question", "prompt")


async def talk(model: Path) -> None:
    """Chat until the end of input. Typing a number presses a button. The conversation is stored only in memory."""
    console = Console(highlight=False)
    configure_logging("ERROR")
    agent = load_assistant(model, DialogueStore(engine=open_engine("sqlite://")))
    words = load_page_words()
    sessions, problems = SessionService(Redactor.load(), words.left_out), words.problems
    started = await sessions.start(agent)
    choices = _show(console, started.messages)
    while True:
        try:
            said = Prompt.ask("[bold]>[/bold]", console=console)
        except (EOFError, KeyboardInterrupt):
            return
        try:
            pressed = int(said) - 1 if said.isdecimal() else -1
            if 0 <= pressed < len(choices):
                messages = (await sessions.choose(agent, started.token, choices[pressed])).messages
            else:
                messages = (await sessions.say(agent, started.token, said)).messages
        except ChatError as problem:
            console.print(problems[problem.name].detail)
            continue
        choices = _show(console, messages)


def _show(console: Console, messages: List[Message]) -> List[str]:
    """Print messages, and return the ids of their choices, in the order of the printed numbers."""
    ids: List[str] = []
    for message in messages:
        fields: Mapping[str, object] = message
        title = str(fields.get("title") or fields.get("name") or "")
        lines = [str(fields[key]) for key in _FIELDS if fields.get(key)]
        if message["kind"] == "guidance":
            lines += [f"- {step}" for step in message["steps"]]
        for choice in choices_of(message):
            ids.append(choice["id"])
            lines.append(f"{len(ids)}. {choice['label']}")
        console.print(Panel("\n".join(lines), title=title or None, title_align="left"), markup=False)
    return ids
