"""Commands that measure the assistant. No other product code imports `evaluation`, and these do so only when called."""

from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.progress import track

from bot.commands import CommandError, errors
from bot.commands.reading import Reader
from bot.commands.serving import trained
from bot.settings import load_settings


def evaluate(
    file: Annotated[
        Optional[Path], typer.Option(help="A file of JSON lines with a text and a topic.", show_default="our own set")
    ] = None,
    against: Annotated[
        Optional[Path],
        typer.Option(help="A JSON report to compare with.", show_default="the committed one", exists=True),
    ] = None,
    conversations: Annotated[
        bool,
        typer.Option(
            "--conversations", help="Play whole conversations instead, and report how well they are followed."
        ),
    ] = False,
    sealed: Annotated[
        bool,
        typer.Option("--sealed", help="With --conversations: also play the sealed set. The report counts each use."),
    ] = False,
    told_again: Annotated[
        bool,
        typer.Option("--told-again", help="Play the conversations that staff told again: which mistakes are gone?"),
    ] = False,
) -> None:
    """Measure how well messages are understood, and compare the result with the committed report.

    Without --file, a new report is written. If the model newly misses more messages about danger than it newly
    recognises, it is refused and nothing is written.
    """
    if told_again:
        _evaluate_told_again()
        return
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

    reader = Reader.load(load_settings())
    try:
        messages = read_messages(file or DEVELOPMENT, reader.topics)
        before = committed(against or REPORT)
    except EvaluationError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read ({error.strerror}). Name another file.") from error
    judged = judge(track(messages, description="Reading", console=errors), reader.read)
    figures = measure(judged)
    # Figures for other messages are not comparable, so `before` is passed only if the messages are the same.
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
    """Play the development set and, if requested, the sealed set; write the report and print it."""
    from bot.case.annotations import read_conversations
    from evaluation.understanding.chat import Chat
    from evaluation.understanding.conversation_report import committed, regressions, write
    from evaluation.understanding.conversations import DEVELOPMENT, SEALED, measure
    from evaluation.understanding.lures import READ, figures_of, read_lures

    settings = load_settings()
    chat, before = Chat.load(trained(settings)), committed()
    played = chat.play(track(read_conversations(DEVELOPMENT), description="Development", console=errors))
    lures = chat.play(track(read_lures(READ), description="Stories that mislead", console=errors))
    figures = {"development": measure(played), "lures": figures_of(lures)}
    if sealed:
        figures["sealed"] = measure(chat.play(track(read_conversations(SEALED), description="Sealed", console=errors)))
    refused = regressions(figures["development"], before["development"]) if before else []
    if refused:
        raise CommandError(
            "Refused: this model falls behind the committed report. Nothing was written; mend the training data or "
            "take the last change back.\n" + "\n".join(f"- {line}" for line in refused)
        )
    typer.echo(write(figures, played, before))


def _evaluate_told_again() -> None:
    """Play the conversations that staff retold, and print each mistake as it was and as it is now."""
    from evaluation.understanding.chat import Chat
    from evaluation.understanding.told_again import compare, lines, read_told_again

    settings, told = load_settings(), read_told_again()
    if not told:
        typer.echo("data/conversations/ has none yet. Export them with 'streetwise export conversations'.")
        return
    played = Chat.load(trained(settings)).play(track(told, description="Told again", console=errors))
    for line in lines(compare(played)):
        typer.echo(line)


def bench() -> None:
    """Compare speed and memory with Rasa's default pipeline in one run, and write evaluation/reports/report.md.

    The table of how many people can chat at once is also written to docs/operating.md.
    """
    from bot.rasa_runtime.training import TrainingError
    from evaluation.processes import MachineError
    from evaluation.speed.report import REPORT
    from evaluation.speed.run import run

    try:
        reached = run(load_settings())
    except (MachineError, TrainingError) as error:
        raise CommandError(str(error)) from error
    typer.echo(REPORT.read_text(encoding="utf-8"))
    if not all(reached.values()):
        raise CommandError("Not everything was reached; see the last column.")
