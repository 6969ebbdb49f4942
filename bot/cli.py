"""The program `streetwise`: one command for everything that is done with the assistant."""

import asyncio
import json
import subprocess
import sys
import warnings
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Callable, Dict, List, Optional

import typer
from rich.console import Console
from rich.progress import track

from bot.lean import leave_out_tensorflow
from bot.settings import SettingError, Settings, load_settings

app = typer.Typer(
    help="Streetwise, an online-safety assistant for parents and young people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
errors = Console(stderr=True, highlight=False)


def main() -> None:
    """Run the program; what a person can mend is said in a line, without a traceback."""
    leave_out_tensorflow()
    import sanic.app  # noqa: F401 - it turns the warnings on that are turned off next

    # Packages of Rasa's time warn of what later Pythons will drop: nothing that whoever reads this can mend.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from bot.content.reader import ContentError
    from bot.weights import WeightsError

    try:
        app()
    except (SettingError, ContentError, WeightsError, CommandError) as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        sys.exit(1)


class CommandError(RuntimeError):
    """A command cannot do what was asked; the message says why and what to do."""


@app.command()
def serve() -> None:
    """Serve the chat and the console, training a model first if the inputs have changed."""
    settings = load_settings()
    _check_content()
    model = _trained(settings)
    from bot import serve as serving
    from bot.assistant import AssistantError
    from bot.logs import quiet_logs

    quiet_logs(settings.log_level)

    def announce(addresses: serving.Addresses) -> None:
        typer.echo(f"Chat     {addresses.chat}")
        typer.echo(f"Console  {addresses.console}")
        sys.stdout.flush()  # Whoever reads a pipe or a file waits for these two lines.

    errors.print("Loading the assistant …")
    try:
        asyncio.run(serving.serve(model, settings, announce))
    except AssistantError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(
            f"Cannot serve: {error.strerror or error}. If a port is taken, set STREETWISE_CHAT_PORT or "
            "STREETWISE_CONSOLE_PORT to another one."
        ) from error


@app.command()
def train(force: bool = typer.Option(False, help="Train even if nothing has changed.")) -> None:
    """Train a model from domain.yml, config.yml and data/."""
    from bot.training import TrainingError, ensure_model

    settings = load_settings()
    _check_content()
    try:
        typer.echo(ensure_model(settings.model_dir, force=force))
    except TrainingError as error:
        raise CommandError(str(error)) from error


@app.command()
def understand() -> None:
    """Read JSON lines {"id", "text"} on standard input; say topic, intent, confidence, asker and urgency of each."""
    reader = _Reader.load(load_settings())

    def one(line: Dict[str, Any]) -> Dict[str, Any]:
        return {"id": line["id"], **reader.read(line["text"])}

    _each_line(one)


@app.command()
def redact() -> None:
    """Read JSON lines {"id", "text"} on standard input; write each with what identifies taken out."""
    from bot.privacy.redact import Redactor
    from bot.weights import spacy_path

    redactor = Redactor.load(spacy_path(load_settings()))

    def one(line: Dict[str, Any]) -> Dict[str, Any]:
        redacted = redactor.redact(line["text"])
        return {"id": line["id"], "text": redacted.text, "removed": redacted.removed}

    _each_line(one)


@app.command()
def chat() -> None:
    """Talk to the assistant in this terminal; nothing is kept."""
    from bot.terminal import talk

    settings = load_settings()
    asyncio.run(talk(_trained(settings), settings))


@app.command()
def evaluate(
    file: Annotated[Optional[Path], typer.Option(help="JSON lines with a text and a topic; else our own set.")] = None,
) -> None:
    """Say how well messages are understood, beside the committed report; without --file, write it anew."""
    from bench.evaluate import write_report
    from bench.understanding import DEVELOPMENT, EvaluationError, judge, measure, missed_crises, read_messages

    reader = _Reader.load(load_settings())
    try:
        messages = read_messages(file or DEVELOPMENT, reader.topics)
    except (EvaluationError, OSError) as error:
        raise CommandError(str(error)) from error
    judged = judge(track(messages, description="Reading", console=errors), reader.read)
    figures = measure(judged)
    if file is None:
        errors.print(f"Looking for neighbours of errors … then see {write_report(judged, figures, DEVELOPMENT)}")
    typer.echo(json.dumps({name: value for name, value in figures.items() if not isinstance(value, dict)}, indent=1))
    for one in missed_crises(judged):
        typer.echo(f"Missed: {one.message['text']} (read as {one.read['topic']})")


@app.command()
def bench() -> None:
    """Measure speed and memory beside Rasa's default pipeline, in one run; writes bench/report.md."""
    from bench.run import REPORT, run
    from bot.training import TrainingError

    try:
        reached = run(load_settings())
    except TrainingError as error:
        raise CommandError(str(error)) from error
    typer.echo(REPORT.read_text(encoding="utf-8"))
    if not all(reached.values()):
        raise CommandError("Not everything was reached; see the last column.")


@app.command()
def check(
    stale: Annotated[bool, typer.Option(help="List the facts that are due to be checked again.")] = False,
) -> None:
    """Check content/, the referral rules and reading ages: names file, line and mend of everything wrong."""
    _check_content()
    from bot.content.freshness import stale_facts
    from bot.content.languages import lacks, languages
    from bot.content.library import load_library
    from bot.content.readability import too_hard
    from bot.content.reader import ContentError

    hard = too_hard()
    if hard:
        raise ContentError(hard)
    library = load_library()
    due = stale_facts(library, date.today())
    if stale:
        for fact in due:
            typer.echo(f"{fact.file}: '{fact.name}' was checked on {fact.checked_on}, {fact.days} days ago")
    typer.echo(
        f"{len(library.services)} services, {len(library.guidance)} pieces of guidance and "
        f"{len(library.comparisons)} comparisons are in order."
    )
    for language in languages():
        for lack in lacks(language):
            typer.echo(lack)
    unconfirmed = sum(not service.confirmed_live for service in library.services.values())
    if unconfirmed:
        typer.echo(
            f"{unconfirmed} services are not yet confirmed on their live sites; the console lists what to check."
        )
    if due:
        typer.echo(f"{len(due)} facts are due to be checked again; 'streetwise check --stale' lists them.")


@app.command()
def why(
    topic: Annotated[str, typer.Option(help="A topic or an intent of content/topics.yml.")],
    asker: Annotated[str, typer.Option(help="parent, young_person, professional, self_concern, other, unknown")],
    at: Annotated[Optional[datetime], typer.Option(help="When, in London; else now.")] = None,
    age: Annotated[Optional[int], typer.Option(help="The asker's own age in years.")] = None,
    image: Annotated[Optional[str], typer.Option(help="The age in the image: under_18 or 18_or_over.")] = None,
    place: Annotated[Optional[str], typer.Option(help="A place in the UK; else the area of the settings.")] = None,
    anonymous: Annotated[bool, typer.Option(help="They must stay anonymous.")] = False,
    danger: Annotated[bool, typer.Option(help="Somebody is in danger.")] = False,
    reported: Annotated[bool, typer.Option(help="It has been reported already.")] = False,
) -> None:
    """Say which rule chooses which services in a situation, and why others fall out."""
    from bot.content.hours import LONDON
    from bot.content.library import load_library
    from bot.content.models import ASKERS
    from bot.referral.refer import Situation
    from bot.referral.rules import load_rules
    from bot.why import reasons

    library, rules = load_library(), load_rules()
    intent = next(iter(library.topics[topic].intents)) if topic in library.topics else topic
    if library.intent(intent) is None:
        raise CommandError(f"'{topic}' is no topic or intent; content/topics.yml lists them.")
    if asker not in ASKERS:
        raise CommandError(f"'{asker}' is no asker; it may be {', '.join(ASKERS)}.")
    if image not in (None, "under_18", "18_or_over"):
        raise CommandError(f"'{image}' is no age in an image; it may be under_18 or 18_or_over.")
    situation = Situation(
        topic=library.topic_of(intent),
        intent=intent,
        asker=asker,
        area=rules.area_of(place) if place else load_settings().area,
        moment=at.replace(tzinfo=LONDON) if at else datetime.now(LONDON),
        age=age,
        age_in_image=image,
        anonymous=anonymous,
        danger=danger,
        reported=reported,
    )
    for line in reasons(situation, library, rules):
        typer.echo(line)


@app.command()
def preview(
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("preview.html"),
) -> None:
    """Write every answer for every audience to one HTML file that an editor can read through."""
    from bot.preview import write_preview

    _check_content()
    pieces = write_preview(out)
    typer.echo(f"{out}: {pieces} pieces. Open it in a browser.")


def _check_content() -> None:
    from bot.content.page import load_page_words
    from bot.referral.rules import load_rules
    from bot.referral.triage import load_triage

    load_rules()
    load_triage()
    load_page_words()


def _trained(settings: Settings) -> Path:
    """The model of the present inputs, trained in a process of its own if need be: this one stays small."""
    from bot.training import model_path

    path = model_path(settings.model_dir)
    if not path.exists():
        training = subprocess.run([sys.executable, "-m", "bot.cli", "train"], stdout=sys.stderr, check=False)
        if training.returncode != 0:
            raise CommandError("There is no model to serve, since training failed; what went wrong stands above.")
    return path


class _Reader:
    """Understands texts through the same redaction and model as the chat."""

    def __init__(self, agent: Any, redactor: Any, library: Any) -> None:
        self._agent, self._redactor, self._library = agent, redactor, library

    @classmethod
    def load(cls, settings: Settings) -> "_Reader":
        from bot.assistant import load_assistant
        from bot.content.library import load_library
        from bot.logs import quiet_logs
        from bot.privacy.redact import Redactor
        from bot.store.dialogue import DialogueStore
        from bot.store.schema import open_engine
        from bot.weights import spacy_path

        model = _trained(settings)
        quiet_logs("ERROR")
        store = DialogueStore(engine=open_engine("sqlite://"))
        return cls(load_assistant(model, store, settings), Redactor.load(spacy_path(settings)), load_library())

    @property
    def topics(self) -> List[str]:
        return list(self._library.topics)

    def read(self, text: str) -> Dict[str, Any]:
        from bot.understanding import understand as understood

        return asyncio.run(understood(self._agent, self._redactor, self._library, text))


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


if __name__ == "__main__":
    main()
