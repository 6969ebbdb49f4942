"""Measures the assistant's speed and memory, and writes `evaluation/reports/report.md`: `streetwise bench`.

Everything is measured in a single run that alternates between the things compared, so other load on the machine affects
them equally. Only the ratios are meaningful.
"""

import tempfile
from pathlib import Path
from typing import Dict, Tuple

import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.rasa_runtime.training import ensure_model
from bot.settings import Settings
from evaluation.processes import available_cores, divide
from evaluation.speed import assistants, serving
from evaluation.speed.floors import measure_echo
from evaluation.speed.report import Figures, write
from evaluation.speed.sample import Sample, write_sample

CONVERSATIONS = Path(__file__).with_name("conversations.yml")
DEFAULT_CONFIG = "evaluation/speed/default.yml"


def run(settings: Settings) -> Dict[str, bool]:
    """Measure everything, write the report and return whether each target was reached, by name.

    Raises:
        TrainingError: one of the two models cannot be trained.
        MachineError: this system does not report what processes use, or has only one core.
        RuntimeError: an assistant stopped unexpectedly, or a server did not answer.
    """
    cores = divide(available_cores())
    console = Console(stderr=True)
    console.print("The default pipeline is trained once for a sample of these data, which takes a few minutes.")
    default, sample = _default_model(settings)
    ours = ensure_model(settings.model_dir)
    models = {assistants.OURS: ours, assistants.DEFAULT: default, assistants.ENCODER: ours}
    conversations = yaml.safe_load(CONVERSATIONS.read_text(encoding="utf-8"))
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        # `step` announces a step before it begins, so the first is complete only at the second call.
        task = progress.add_task("Measuring", total=assistants.STEPS + serving.STEPS + 2, completed=-1)

        def step(description: str) -> None:
            progress.update(task, description=description, advance=1)

        compared = assistants.compare(models, conversations, step)
        step("Starting streetwise serve")
        ready = serving.start_and_talk(conversations[0])
        step("A bare server")
        echo = measure_echo(cores)
        served, delay = serving.measure_serving(cores, conversations, step)
        progress.advance(task)
    return write(Figures(compared, sample, ready, echo, served, delay, cores))


def _default_model(settings: Settings) -> Tuple[Path, Sample]:
    """Return a model of the default pipeline, trained on a sample of the data, and the sample's sizes."""
    with tempfile.TemporaryDirectory() as directory:
        sample = write_sample(Path(directory), DEFAULT_CONFIG)
        return ensure_model(settings.model_dir, Path(directory), config=DEFAULT_CONFIG), sample
