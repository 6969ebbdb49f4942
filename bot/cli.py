"""The `streetwise` command-line program."""

import sys
import warnings
from typing import NoReturn

import typer

from bot.commands import (
    CommandError,
    auditing,
    backing_up,
    content,
    data,
    errors,
    explain,
    exporting,
    keeping,
    key_file,
    measuring,
    reading,
    serving,
    staffing,
)
from bot.rasa_runtime.lazy_imports import leave_out_unused
from bot.settings import SettingError

app = typer.Typer(
    help="Streetwise, an online safety assistant for young people and parents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    serving.serve,
    serving.train,
    serving.chat,
    reading.understand,
    reading.redact,
    measuring.evaluate,
    measuring.bench,
    content.check,
    explain.why,
    content.preview,
    content.off_page,
    keeping.purge,
    keeping.erase,
    keeping.rescan,
    keeping.pause,
    keeping.resume,
    backing_up.backup,
    backing_up.restore,
):
    app.command()(command)
app.add_typer(data.data, name="data")
app.add_typer(exporting.app, name="export")
app.add_typer(staffing.staff, name="staff")
app.add_typer(auditing.audit, name="audit")
app.add_typer(key_file.keys, name="keys")


def main() -> None:
    """Run the program. Errors that the user can correct are printed without a traceback."""
    leave_out_unused()
    import sanic.app  # noqa: F401 - it enables the warnings that are disabled next

    # Rasa's dependencies use features that later Python versions remove. Users cannot fix the warnings about them.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from bot.content.reader import ContentError
    from bot.weights import WeightsError

    try:
        app()
    except (SettingError, ContentError, WeightsError, CommandError) as error:
        _exit_with(error)
    except RuntimeError as error:
        # Imported only here, because it imports Rasa.
        from bot.rasa_runtime.agent import AssistantError

        if not isinstance(error, AssistantError):
            raise
        _exit_with(error)


def _exit_with(error: Exception) -> NoReturn:
    errors.print(str(error), markup=False, soft_wrap=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
