"""Commands that classify and redact texts, and that evaluate and benchmark the model."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any, Callable, Dict, List, Optional

import typer
from rich.progress import track

from bot.commands import CommandError, errors
from bot.commands.serving import trained
from bot.settings import Settings, load_settings


def understand() -> None:
    """Read JSON lines {"id", "text"} on standard input; say topic, intent, confidence, asker, urgency, role and facts.

    Lines with the same "conversation" are read in order as one talk: topic, role and facts are those after that line.
    """
    reader = _Reader.load(load_settings())

    def one(line: Dict[str, Any]) -> Dict[str, Any]:
        return {"id": line["id"], **reader.read(line["text"], line.get("conversation"))}

    _each_line(one)


def redact() -> None:
    """Read JSON lines {"id", "text"} on standard input; write each with what identifies taken out."""
    from bot.chat.arrival import arrive
    from bot.nlu.safety_net import Phrases
    from bot.redaction.redactor import Redactor

    redactor, net = Redactor.load(), Phrases.load()

    def one(line: Dict[str, Any]) -> Dict[str, Any]:
        redacted = arrive(line["text"], net, redactor)
        return {"id": line["id"], "text": redacted.text, "removed": redacted.removed}

    _each_line(one)


def evaluate(
    file: Annotated[Optional[Path], typer.Option(help="JSON lines with a text and a topic; else our own set.")] = None,
    against: Annotated[
        Optional[Path], typer.Option(help="The JSON report to compare with; else the committed one.", exists=True)
    ] = None,
    conversations: Annotated[
        bool,
        typer.Option("--conversations", help="Play whole conversations instead, and report how they are followed."),
    ] = False,
    sealed: Annotated[
        bool,
        typer.Option("--sealed", help="With --conversations: ask the sealed set too. It is counted in the report."),
    ] = False,
) -> None:
    """Say how well messages are understood, next to the committed report; without --file, write a new one.

    A model that lost more messages of danger than it won beside the report is refused: nothing is written.
    """
    if conversations:
        _evaluate_conversations(sealed)
        return
    from evaluation.understanding.message_report import figure_lines, write_report
    from evaluation.understanding.messages import (
        DEVELOPMENT,
        REPORT,
        UNSEEN,
        EvaluationError,
        committed,
        judge,
        lost_crises,
        measure,
        missed_crises,
        plain,
        read_messages,
    )

    reader = _Reader.load(load_settings())
    try:
        messages = read_messages(file or DEVELOPMENT, reader.topics)
        before = committed(against or REPORT)
    except (EvaluationError, OSError) as error:
        raise CommandError(str(error)) from error
    judged = judge(track(messages, description="Reading", console=errors), reader.read)
    figures = measure(judged)
    # Figures of another set are not comparable, so `before` is passed only for the same messages.
    for line in figure_lines(figures, before if file is None or against else None):
        typer.echo(line)
    for one in missed_crises(judged):
        typer.echo(f"Missed: {one.message['text']} (read as {one.read['topic']})")
    lost = lost_crises(figures, before) if before else []
    if lost:
        raise CommandError(
            "Refused: this model lost more messages of danger than it won. Nothing was written; mend the "
            "training data or take the last change back. They are:\n" + "\n".join(f"- {text}" for text in lost)
        )
    if file is None:
        unseen = read_messages(UNSEEN, reader.topics)
        figures["unseen"] = plain(measure(judge(track(unseen, description="Unseen", console=errors), reader.read)))
        errors.print(f"Looking for neighbours of errors … then see {write_report(judged, figures, DEVELOPMENT)}")


def _evaluate_conversations(sealed: bool) -> None:
    """Play the development set and, where asked, the sealed set; write the report and say what it says."""
    from bot.case.annotations import read_conversations
    from evaluation.understanding.chat import Chat
    from evaluation.understanding.conversation_report import committed, regressions, write
    from evaluation.understanding.conversations import DEVELOPMENT, SEALED, measure

    settings = load_settings()
    chat, before = Chat.load(trained(settings), settings), committed()
    played = chat.play(track(read_conversations(DEVELOPMENT), description="Development", console=errors))
    figures = {"development": measure(played)}
    if sealed:
        figures["sealed"] = measure(chat.play(track(read_conversations(SEALED), description="Sealed", console=errors)))
    refused = regressions(figures["development"], before["development"]) if before else []
    if refused:
        raise CommandError(
            "Refused: this model falls behind the committed report. Nothing was written; mend the training data or "
            "take the last change back.\n" + "\n".join(f"- {line}" for line in refused)
        )
    typer.echo(write(figures, played, before))


def bench() -> None:
    """Measure speed and memory beside Rasa's default pipeline, in one run; writes evaluation/reports/report.md."""
    from bot.rasa_runtime.training import TrainingError
    from evaluation.speed.run import REPORT, run

    try:
        reached = run(load_settings())
    except TrainingError as error:
        raise CommandError(str(error)) from error
    typer.echo(REPORT.read_text(encoding="utf-8"))
    if not all(reached.values()):
        raise CommandError("Not everything was reached; see the last column.")


class _Reader:
    """Classifies texts with the chat's redaction and model, and remembers conversations by name."""

    def __init__(self, agent: Any, redactor: Any, library: Any) -> None:
        self._agent, self._redactor, self._library = agent, redactor, library
        self._conversations: Dict[str, Any] = {}

    @classmethod
    def load(cls, settings: Settings) -> "_Reader":
        from bot.content.library import load_library
        from bot.rasa_runtime.agent import load_assistant
        from bot.rasa_runtime.logs import configure_logging
        from bot.redaction.redactor import Redactor
        from bot.store.dialogue import DialogueStore
        from bot.store.engine import open_engine

        model = trained(settings)
        configure_logging("ERROR")
        store = DialogueStore(engine=open_engine("sqlite://"))
        return cls(load_assistant(model, store, settings), Redactor.load(), load_library())

    @property
    def topics(self) -> List[str]:
        return list(self._library.topics)

    def read(self, text: str, conversation: Optional[str] = None) -> Dict[str, Any]:
        """The reading of a text, after the earlier texts of its conversation if one is named."""
        from bot.commands.understand import Conversation, as_line
        from bot.commands.understand import understand as understood

        before = self._conversations.get(conversation or "", Conversation())
        found = asyncio.run(understood(self._agent, self._redactor, self._library, text, before))
        if conversation is not None and found is not None:
            self._conversations[conversation] = found.conversation
        return as_line(found, self._library)


def _each_line(work: Callable[[Dict[str, Any]], Dict[str, Any]]) -> None:
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            print(json.dumps(work(_parse(line, number)), ensure_ascii=False), flush=True)


def _parse(line: str, number: int) -> Dict[str, Any]:
    try:
        parsed = json.loads(line)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict) or "id" not in parsed or not isinstance(parsed.get("text"), str):
        raise CommandError(
            f'Line {number} of the input is not a JSON object with an "id" and a "text". Mend that line.'
        )
    return parsed
