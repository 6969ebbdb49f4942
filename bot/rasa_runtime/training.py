"""Trains a model if its inputs have changed, and shows progress."""

import hashlib
import importlib.util
import logging
import os
import re
import sys
import warnings
from contextlib import contextmanager, redirect_stdout
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Callable, Iterator, Optional

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.rasa_runtime.logs import configure_logging
from bot.settings import ROOT
from bot.weights import digest, encoder_path, tokenizer_path

#: Every model's inputs, in addition to its configuration and Rasa's version.
INPUTS = ("domain.yml", "data", "content/topics.yml")
CONFIG = "config.yml"
#: Further inputs of the model used for serving, in addition to the weights.
COMPONENTS = ("bot/nlu", "bot/text")
#: Rasa's log messages when it starts and finishes training a component. The progress display shows both as steps.
_COMPONENT = re.compile(r"(Starting|Finished)[^']*'(\w+)'")


class TrainingError(RuntimeError):
    """Training failed."""


def fingerprint(root: Path = ROOT, config: str = CONFIG) -> str:
    """Return the first sixteen hex digits of a hash of the names and contents of a model's inputs."""
    total = hashlib.sha256(version("rasa").encode())
    names = [*INPUTS, config]
    if config == CONFIG:
        names.extend(COMPONENTS)
        # A deployment may have its own weights.
        for path in (encoder_path(), tokenizer_path()):
            total.update(digest(path).encode())
    for name in names:
        path = root / name
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in (".yml", ".py", ".txt"))
        for file in files:
            total.update(str(file.relative_to(root)).encode())
            total.update(file.read_bytes())
    return total.hexdigest()[:16]


def model_path(model_dir: Path, root: Path = ROOT, config: str = CONFIG) -> Path:
    """Return the path of the model for the current inputs, whether or not it exists."""
    name = "streetwise" if config == CONFIG else Path(config).stem
    return model_dir / f"{name}-{fingerprint(root, config)}.tar.gz"


def trained_model(model_dir: Path) -> Path:
    """Return the path of the model for the current inputs.

    Raises:
        TrainingError: there is no such model.
    """
    path = model_path(model_dir)
    if not path.exists():
        raise TrainingError(f"There is no model {path} for the data as it is now. Run 'streetwise train'.")
    return path


def ensure_model(model_dir: Path, root: Path = ROOT, force: bool = False, config: str = CONFIG) -> Path:
    """Return the path of the model for the current inputs, training it first if it does not exist.

    Args:
        model_dir: the directory for models.
        root: the project's directory.
        force: train even if the model exists.
        config: the configuration file, relative to `root`. Files other than config.yml are for comparisons.

    Raises:
        TrainingError: training failed. Rasa's own output appears before the error.
        WeightsError: the encoder cannot be read.
    """
    path = model_path(model_dir, root, config)
    if path.exists() and not force:
        return path
    if importlib.util.find_spec("tensorflow") is None:
        raise TrainingError(
            f"There is no model {path}, and this installation cannot train one: it has only the packages that serving "
            "needs (deploy/production.lock). Train with those of requirements.lock and copy the model there."
        )
    from bot.nlu.encoder import SentenceEncoder  # Imported here because it imports Rasa.

    SentenceEncoder.load()  # Rasa would report an encoder that cannot be read only after reading all the data.
    model_dir.mkdir(parents=True, exist_ok=True)
    with _progress() as step, _in_directory(root), _quiet(), _uncached(), read_once(), _quickly_packed():
        step(None)
        import rasa.model_training  # Imported here because it imports TensorFlow.

        result = rasa.model_training.train(
            domain="domain.yml",
            config=config,
            training_files=["data"],
            output=str(model_dir),
            force_training=True,
            # The file is renamed only once it is complete, so no partial model is ever named after its fingerprint.
            fixed_model_name="unfinished.tar.gz",
        )
    if result.code != 0 or not result.model:
        raise TrainingError(
            "Rasa could not train a model. Run 'rasa data validate' to see what is wrong with the data."
        )
    os.replace(result.model, path)
    return path


@contextmanager
def _progress() -> Iterator[Callable[[Optional[str]], None]]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Training a model", total=None)

        def step(component: Optional[str]) -> None:
            progress.update(task, description=f"Training: {component or 'reading the data'}")

        class Follow(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                found = _COMPONENT.search(record.getMessage())
                if found:
                    step(found.group(2) if found.group(1) == "Starting" else "encoding what people say")

        hooks = logging.getLogger("rasa.engine.training.hooks")
        handler, level, propagate = Follow(), hooks.level, hooks.propagate
        hooks.addHandler(handler)
        hooks.setLevel(logging.INFO)
        hooks.propagate = False
        try:
            yield step
        finally:
            hooks.removeHandler(handler)
            hooks.setLevel(level)
            hooks.propagate = propagate


@contextmanager
def _uncached() -> Iterator[None]:
    """Stop Rasa from fingerprinting each step's result, which takes half a minute. `fingerprint` replaces this."""
    from rasa.engine.training.hooks import TrainingHook

    kept = TrainingHook.on_before_node, TrainingHook.on_after_node
    TrainingHook.on_before_node = lambda *_, **__: {}
    TrainingHook.on_after_node = lambda *_, **__: None
    try:
        yield
    finally:
        TrainingHook.on_before_node, TrainingHook.on_after_node = kept


@contextmanager
def read_once() -> Iterator[None]:
    """Stop Rasa from reading the examples twice and copying them six times, which takes half a minute.

    This also disables Rasa's search for duplicate examples. tests/nlu/test_data.py checks that there are none.
    """
    from rasa.shared.importers.rasa import RasaFileImporter
    from rasa.shared.nlu.training_data.training_data import TrainingData

    def merged(*parts: Optional[TrainingData]) -> TrainingData:
        whole = TrainingData()
        for part in filter(None, parts):
            whole.training_examples = whole.training_examples + part.training_examples
            whole.regex_features = whole.regex_features + part.regex_features
            whole.lookup_tables = whole.lookup_tables + part.lookup_tables
            whole.entity_synonyms = {**whole.entity_synonyms, **part.entity_synonyms}
            whole.responses = {**whole.responses, **part.responses}
        return whole

    kept = TrainingData.merge, RasaFileImporter.get_nlu_data
    TrainingData.merge, RasaFileImporter.get_nlu_data = merged, cache(RasaFileImporter.get_nlu_data)
    try:
        yield
    finally:
        TrainingData.merge, RasaFileImporter.get_nlu_data = kept


@contextmanager
def _quickly_packed() -> Iterator[None]:
    """Use the lowest compression. The highest takes twelve seconds longer and makes the model 25 MB instead of 26."""
    from tarsafe import TarSafe

    TarSafe.gzopen = partial(TarSafe.gzopen, compresslevel=1)
    try:
        yield
    finally:
        # Deleting the override restores the inherited method.
        del TarSafe.gzopen


@contextmanager
def _in_directory(directory: Path) -> Iterator[None]:
    """Change the working directory, because Rasa and the safety net read files relative to it."""
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Disable Rasa's progress bars, its cache (see `fingerprint`) and its warnings (see `rasa data validate`)."""
    configure_logging("ERROR")
    before = {name: os.environ.get(name) for name in ("LOG_LEVEL", "RASA_MAX_CACHE_SIZE")}
    os.environ.update(LOG_LEVEL="ERROR", RASA_MAX_CACHE_SIZE="0")
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
