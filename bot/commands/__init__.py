"""What the program `streetwise` can be told to do, one file a family of commands; bot/cli.py puts them together."""

from rich.console import Console

#: Where progress and errors go; standard output is for answers.
errors = Console(stderr=True, highlight=False)


class CommandError(RuntimeError):
    """A command cannot do what was asked; the message says why and what to do."""
