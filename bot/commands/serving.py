"""Commands that serve the sites, train a model and chat in a terminal."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Callable, Optional

import typer

from bot import monitoring
from bot.commands import CommandError, errors
from bot.commands.content import check_content
from bot.commands.database import explained
from bot.listening import Addresses, Listeners, Place, PortError, bind, url_of
from bot.log_format import log_handler
from bot.settings import Settings, load_settings


def serve(
    workers: Annotated[
        Optional[int], typer.Option(min=1, max=64, help="How many processes answer the chat, as STREETWISE_WORKERS.")
    ] = None,
) -> None:
    """Serve the chat and the console. Trains a model first if its inputs have changed."""
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        # By default, these signals end the process. Once it is serving, SIGHUP reloads the model.
        signal.signal(number, signal.SIG_IGN)
    settings = load_settings()
    settings = replace(settings, workers=workers or settings.workers)
    check_content()
    with explained():
        _serve(settings)


def _serve(settings: Settings) -> None:
    try:
        # Bind the ports before training or loading, so that problems with them are reported immediately.
        listeners = Listeners(
            bind(Place(settings.host, settings.chat_port, "STREETWISE_CHAT_PORT")),
            bind(Place(settings.console_host, settings.console_port, "STREETWISE_CONSOLE_PORT")),
        )
        if settings.workers > 1:
            os.environ.update(monitoring.share(settings.data_dir))
        metrics = _serve_metrics(settings)
    except PortError as error:
        raise CommandError(str(error)) from error
    _check_stores(settings)
    model = trained(settings)

    def announce(addresses: Addresses) -> None:
        typer.echo(f"Chat     {addresses.chat}")
        typer.echo(f"Console  {addresses.console}")
        if metrics:
            typer.echo(f"Metrics  {metrics}")
        if addresses.has_no_staff:
            typer.echo("Nobody can sign in to the console yet: streetwise staff add NAME --role administrator")
        sys.stdout.flush()  # Scripts that read standard output wait for these lines.

    errors.print("Loading the assistant …")
    if settings.workers > 1:
        _serve_with_workers(settings, listeners, announce)
    else:
        _serve_alone(model, settings, listeners, announce)


def _serve_metrics(settings: Settings) -> Optional[str]:
    """Serve the metrics of all processes if a port is set, and return their URL.

    Raises:
        PortError: the port cannot be used.
    """
    if settings.metrics_port is None:
        return None
    # Bound only to report problems with the port. The library binds it again.
    bind(Place(settings.console_host, settings.metrics_port, "STREETWISE_METRICS_PORT")).close()
    port = monitoring.serve(settings.metrics_port, settings.console_host)
    return f"{url_of(settings.console_host, port)}metrics"


def _check_stores(settings: Settings) -> None:
    """Check that the database is undamaged and has the current tables, and that Redis answers if it is configured.

    Raises:
        CommandError: Redis does not answer.
    """
    from bot.redis_counts import CountsError, RedisCounts
    from bot.store.engine import file_of, open_engine
    from bot.store.integrity import check_pages

    async def connect() -> None:
        await (await RedisCounts.connect(settings.redis_url)).close()

    path = file_of(settings.database_url)
    if path is not None:
        check_pages(path)
    open_engine(settings.database_url).dispose()
    try:
        if settings.redis_url:
            asyncio.run(connect())
    except CountsError as error:
        raise CommandError(str(error)) from error


def _serve_alone(model: Path, settings: Settings, listeners: Listeners, announce: Callable[[Addresses], None]) -> None:
    from bot import serve as serving
    from bot.rasa_runtime.logs import configure_logging

    configure_logging(settings.log_level)
    try:
        asyncio.run(serving.serve(model, settings, listeners, announce))
    except serving.REFUSALS as error:
        raise CommandError(str(error)) from error


def _serve_with_workers(settings: Settings, listeners: Listeners, announce: Callable[[Addresses], None]) -> None:
    from bot.supervisor import WorkerError, supervise

    logging.basicConfig(level=settings.log_level, handlers=[log_handler()])
    try:
        asyncio.run(supervise(settings, listeners, announce))
    except WorkerError as error:
        raise CommandError(str(error)) from error


def train(force: bool = typer.Option(False, help="Train even if nothing has changed.")) -> None:
    """Train a model from domain.yml, config.yml and data/."""
    from bot.content.faq_data import check_faq_data
    from bot.rasa_runtime.training import TrainingError, ensure_model

    settings = load_settings()
    check_content()
    check_faq_data()
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
            raise CommandError("There is no model to serve, because training failed. The reason is printed above.")
    return path
