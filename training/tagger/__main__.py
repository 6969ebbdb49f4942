"""`python -m training.tagger --out FILE` trains the tagger, writes its weights and prints their SHA-256."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from bot.weights import digest
from training.examples import read_examples
from training.tagger.tagging import read_marked
from training.tagger.train import train


def main(out: Annotated[Path, typer.Option(help="The .npz file to write.")]) -> None:
    """Train the tagger on data/nlu, training/tagger/contexts.txt and the marked messages."""
    console = Console(stderr=True)
    train(read_examples().texts, read_marked(), out, lambda batches: track(batches, "Training", console=console))
    typer.echo(digest(out))


if __name__ == "__main__":
    typer.run(main)
