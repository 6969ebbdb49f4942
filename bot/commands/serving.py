"""Commands that serve the sites, train a model and chat in a terminal."""

import asyncio
import subprocess
import sys
from pathlib import Path

import typer

from bot.commands import CommandError, errors
from bot.commands.content import check_content
from bot.settings import Settings, load_settings


def serve() -> None:
    """Serve the chat and the console. If its inputs have changed, a model is trained first."""
    settings = load_settings()
    check_content()
    model = trained(settings)
    from bot import serve as serving
    from bot.rasa_runtime.agent import AssistantError
    from bot.rasa_runtime.logs import configure_logging
    from bot.redaction.self_test import RedactorError

    configure_logging(settings.log_level)

    def announce(addresses: serving.Addresses) -> None:
        typer.echo(f"Chat     {addresses.chat}")
        typer.echo(f"Console  {addresses.console}")
        if addresses.has_no_staff:
            typer.echo("Nobody can sign in to the console yet: streetwise staff add NAME --role administrator")
        sys.stdout.flush()  # Scripts that read standard output wait for these two lines.

    errors.print("Loading the assistant …")
    try:
        asyncio.run(serving.serve(model, settings, announce))
    except (AssistantError, RedactorError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(
            f"Cannot serve: {error.strerror or error}. If a port is taken, set STREETWISE_CHAT_PORT or "
            "STREETWISE_CONSOLE_PORT to another one."
        ) from error


def train(force: bool = typer.Option(False, help="Train even if nothing has changed.")) -> None:
    """Train a model from domain.yml, config.yml and data/."""
    from bot.rasa_runtime.training import TrainingError, ensure_model

    settings = load_settings()
    check_content()
    try:
        typer.echo(ensure_model(settings.model_dir, force=force))
    except TrainingError as error:
        raise CommandError(str(error)) from error


def chat() -> None:
    """Chat with the assistant in this terminal. Nothing is stored."""
    from bot.commands.terminal import talk

    settings = load_settings()
    asyncio.run(talk(trained(settings)))


def trained(settings: Settings) -> Path:
    """Return the path of the model for the current inputs.

    If there is none yet, a separate process trains it, which saves memory in this one.
    """
    from bot.rasa_runtime.training import model_path

    path = model_path(settings.model_dir)
    if not path.exists():
        training = subprocess.run([sys.executable, "-m", "bot.cli", "train"], stdout=sys.stderr, check=False)
        if training.returncode != 0:
            raise CommandError("There is no model to serve, since training failed; what went wrong stands above.")
    return path
