"""Commands that add, format and describe examples and annotated conversations."""

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Dict, Iterator, List, Optional

import typer

from bot.commands import CommandError
from bot.settings import ROOT

if TYPE_CHECKING:
    from tools.data.nlu_files import Example
    from tools.data.sample import Item

data = typer.Typer(help="Add, tidy, count and sample the examples and conversations in data/.", no_args_is_help=True)

Folder = Annotated[
    Path,
    typer.Option("--folder", help="The folder that contains nlu/, conversations/ and batches/.", show_default="data/"),
]
_DATA = ROOT / "data"


@data.command()
def add(
    batch: Annotated[
        Path, typer.Argument(help='A file of JSON lines {"intent", "asker", "urgency", "text"}.', show_default=False)
    ],
    folder: Folder = _DATA,
) -> None:
    """Add a batch of examples to their topics' files, and start a record of the batch in batches/.

    Use the asker "unknown" if the text does not show who is asking. If there are any mistakes, all of them are listed
    and nothing is written. Mistakes are labels that do not exist, empty texts, texts that already exist under any
    intent (ignoring case and punctuation), and texts that the commit guard refuses because they identify somebody.
    """
    from bot.content.library import load_library
    from tools.commit_guard.identifiers import Allowed, reviewed_matches
    from tools.data import batch as batches
    from tools.data.nlu_files import read_file, write

    library, files = load_library(), _files(folder)
    allowed = Allowed(frozenset(), reviewed_matches())
    examples = batches.read_batch(read_file(batch), batch.name, library, _examples(files), allowed)
    changed = batches.added(files, examples, library)
    write(folder / "nlu", changed)
    typer.echo(f"{len(examples)} examples were added to {', '.join(changed)}.")
    record = batches.existing_record(folder / "batches", batch.stem)
    if record is not None:
        typer.echo(f"{record} is there already; check that it still says what is true.")
        return
    (folder / "batches").mkdir(exist_ok=True)
    name = batches.record_name(batch.stem, date.today())
    write(folder / "batches", {name: batches.new_record(batch.stem, list(changed), len(examples))})
    typer.echo(
        f"{folder / 'batches' / name}: replace every '{batches.TO_WRITE}'. CONTRIBUTING.md says what to do next."
    )


@data.command()
def thin(
    threshold: Annotated[
        float,
        typer.Option(
            min=0.5,
            max=1.0,
            help="How similar an example must be to an earlier one to be listed: the cosine of the counts of "
            "three-character sequences, ignoring case and punctuation. 1 lists only texts that are then the same or "
            "nearly the same.",
        ),
    ] = 0.9,
    write: Annotated[bool, typer.Option("--write", help="Remove the examples instead of only listing them.")] = False,
    folder: Folder = _DATA,
) -> None:
    """List examples that nearly repeat an earlier one with the same intent, asker and urgency.

    With --write, they are removed from their files, and the earlier example is kept.
    """
    from tools.data import nlu_files
    from tools.data.near_duplicates import near_duplicates

    files = _files(folder)
    found = list(near_duplicates(_examples(files), threshold))
    gone: Dict[str, List[int]] = {}
    for example, kept, similarity in found:
        gone.setdefault(example.file, []).append(example.line)
        typer.echo(f"{example.file}:{example.line}: {example.text}")
        typer.echo(f"    {similarity:.2f}, line {kept.line}: {kept.text}")
    if not write:
        typer.echo(f"{len(found)} examples would be removed. Read them; --write removes them.")
        return
    nlu_files.write(folder / "nlu", {name: nlu_files.without_lines(files[name], name, gone[name]) for name in gone})
    typer.echo(f"{len(found)} examples were removed.")


@data.command("format")
def format_files(
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Change nothing, but list the files that would change and exit with 1 if there are any."
        ),
    ] = False,
    folder: Folder = _DATA,
) -> None:
    """Rewrite the files in nlu/ with one block for each intent, asker and urgency, in a fixed order.

    Blocks are sorted by intent, in the order of content/topics.yml, then by asker, then by urgency. Examples within a
    block keep their order, and duplicates are dropped. Comments at the top of a file and other kinds of block are left
    unchanged. Before anything is written, the result is checked to contain the same examples as before.
    """
    from bot.content.library import load_library
    from bot.content.reader import ContentError
    from tools.data import nlu_files

    files, rank = _files(folder), nlu_files.rank_of(load_library())
    changed: Dict[str, str] = {}
    problems = []
    for name, text in files.items():
        try:
            result = nlu_files.formatted(text, name, rank)
        except ContentError as error:
            problems += error.problems
            continue
        if result != text:
            changed[name] = result
    if problems:
        raise ContentError(problems)
    for name, result in changed.items():
        blocks, lines = (_before_and_after(files[name], result, mark) for mark in ("\n- ", "\n"))
        typer.echo(f"{name}: {blocks} blocks, {lines} lines")
    if check and changed:
        raise CommandError(f"{len(changed)} of {len(files)} files are not formatted; run 'streetwise data format'.")
    nlu_files.write(folder / "nlu", changed)
    typer.echo(f"{len(changed)} of {len(files)} files were written again." if changed else "All files are formatted.")


@data.command()
def stats(folder: Folder = _DATA) -> None:
    """Count examples by topic, intent, asker and urgency, and conversation turns by role and urgency."""
    from bot.case.annotations import read_conversations
    from bot.content.library import load_library
    from tools.data.overview import aligned, conversation_rows, example_rows

    for line in aligned(example_rows(_examples(_files(folder)), load_library())):
        typer.echo(line)
    conversations = read_conversations(folder / "conversations")
    typer.echo(f"\n{len(conversations)} conversations, {sum(len(one.turns) for one in conversations)} turns")
    for line in aligned(conversation_rows(conversations)):
        typer.echo(line)


@data.command()
def sample(
    seed: Annotated[
        int,
        typer.Option(
            help="A number that determines which lines are drawn; the same seed draws the same lines.",
            show_default=False,
        ),
    ],
    count: Annotated[int, typer.Option(min=1, help="How many lines to draw.")] = 50,
    batch: Annotated[
        Optional[Path],
        typer.Option(help="Draw from this file: a batch (.jsonl), or a file from nlu/ or conversations/ (.yml)."),
    ] = None,
    conversations: Annotated[
        bool, typer.Option("--conversations", help="Draw conversation turns, each shown with the messages before it.")
    ] = False,
    labels: Annotated[
        bool, typer.Option("--labels", help="Show the labels, to compare them with the second reader's.")
    ] = False,
    folder: Folder = _DATA,
) -> None:
    """Print a random sample of lines for a second reader, as a numbered list without labels."""
    from bot.case.annotations import read_conversations
    from tools.data.sample import draw, of_conversations, of_examples

    if batch is not None:
        items = _items_of(batch)
    elif conversations:
        items = of_conversations(read_conversations(folder / "conversations"))
    else:
        items = of_examples(_examples(_files(folder)))
    for number, item in enumerate(draw(items, count, seed), 1):
        typer.echo(f"{number}. {item.text}")
        if labels:
            typer.echo(f"   {item.labels}")


def _files(folder: Path) -> Dict[str, str]:
    from tools.data.nlu_files import nlu_files

    return nlu_files(folder / "nlu")


def _examples(files: Dict[str, str]) -> "List[Example]":
    from tools.data.nlu_files import examples_of

    return [example for name, text in files.items() for example in examples_of(text, name)]


def _items_of(file: Path) -> "Iterator[Item]":
    """Return the items in a batch, a file of examples or a file of annotated conversations."""
    from bot.case.annotations import read_conversations
    from tools.data.batch import parse_batch
    from tools.data.nlu_files import examples_of, read_file
    from tools.data.sample import of_conversations, of_examples

    text = read_file(file)
    if file.suffix == ".jsonl":
        return of_examples(parse_batch(text, file.name))
    if re.search("^nlu:", text, re.MULTILINE):
        return of_examples(examples_of(text, file.name))
    return of_conversations(read_conversations(file))


def _before_and_after(before: str, after: str, mark: str) -> str:
    return f"{before.count(mark)} → {after.count(mark)}"
