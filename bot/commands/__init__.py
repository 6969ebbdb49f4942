"""The commands of the `streetwise` program, grouped by subject; bot/cli.py registers them."""

from pathlib import Path

from rich.console import Console

#: Prints progress and errors to standard error; standard output is for results.
errors = Console(stderr=True, highlight=False)


class CommandError(RuntimeError):
    """A command failed; the message says why and what to do."""


def write_out(out: Path, text: str) -> None:
    """Write the file that a command's --out option names.

    Raises:
        CommandError: the file cannot be written.
    """
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CommandError(f"{out} cannot be written ({error.strerror}). Name another file with --out.") from error
