"""The commands of the `streetwise` program, grouped by subject; bot/cli.py registers them."""

from rich.console import Console

#: Prints progress and errors to standard error; standard output is for results.
errors = Console(stderr=True, highlight=False)


class CommandError(RuntimeError):
    """A command failed; the message says why and what to do."""
