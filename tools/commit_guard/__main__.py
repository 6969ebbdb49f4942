"""Refuses commits of anything that must not be public: databases, models, events, logs, keys and identifiers.

`python -m tools.commit_guard` checks every tracked file. With `--staged`, the option that deploy/hooks/pre-commit uses,
it checks only the files in the next commit. Either way it checks the content that git would commit, which may differ
from the working copy.
"""

import argparse
import subprocess
import sys
from contextlib import contextmanager
from typing import Callable, Container, Dict, Iterable, Iterator, List, Optional, Set

from tools.commit_guard.files import Refusal, check_file, is_text

#: Returns the content of a file, or None if the file does not exist.
Read = Callable[[str], Optional[bytes]]

_SUBMODULE = "160000"


def check_files(paths: Iterable[str], ignored: Container[str], read: Read) -> Iterator[Refusal]:
    """Yield a refusal for everything in `paths` that must not be committed.

    `ignored` holds the paths that .gitignore excludes.
    """
    # Imported here because most commits do not change data/ or content/, and so do not need the recognizers.
    from tools.commit_guard.identifiers import Allowed, check_identifiers, is_checked, reviewed_matches, stated_values

    allowed: Optional[Allowed] = None
    for path in paths:
        content = read(path)
        if content is None:
            continue
        yield from check_file(path, content, path in ignored)
        if is_checked(path) and is_text(content):
            allowed = allowed or Allowed(stated_values(lambda name: _text(read(name))), reviewed_matches())
            yield from check_identifiers(path, _text(content), allowed)


def _text(content: Optional[bytes]) -> str:
    return (content or b"").decode("utf-8", errors="replace")


def main(arguments: Optional[List[str]] = None) -> int:
    """Print each refusal. Return 0 if there are none, 1 if there are any, or 2 if git cannot be run."""
    parser = argparse.ArgumentParser(prog="python -m tools.commit_guard", description=__doc__.partition("\n")[0])
    parser.add_argument("--staged", action="store_true", help="look at the files of the next commit only")
    only_staged = parser.parse_args(arguments).staged
    try:
        blobs, ignored = _tracked(), _ignored()
    except (OSError, subprocess.CalledProcessError):
        print("Nothing was looked at: git is missing, or this is no clone of a repository.", file=sys.stderr)
        return 2
    paths = _staged(blobs) if only_staged else list(blobs)
    refused = 0
    with _contents(blobs) as read:
        for refusal in check_files(paths, ignored, read):
            print(refusal, file=sys.stderr)
            refused += 1
    if refused:
        print(f"Refused: {refused} in {len(paths)} files.", file=sys.stderr)
    return 1 if refused else 0


def _tracked() -> Dict[str, str]:
    """Map each tracked file to the object id of the content that git would commit."""
    entries = (entry.partition("\t") for entry in _git("ls-files", "--stage", "-z").decode().split("\0") if entry)
    return {path: about.split()[1] for about, _, path in entries if not about.startswith(_SUBMODULE)}


def _ignored() -> Set[str]:
    """Return the tracked files that .gitignore excludes, which must have been added with `--force`."""
    return set(
        _git("ls-files", "--cached", "--ignored", "--exclude-per-directory=.gitignore", "-z").decode().split("\0")
    )


def _staged(blobs: Dict[str, str]) -> List[str]:
    """Return the files that the next commit adds or changes."""
    names = _git("diff", "--cached", "--name-only", "-z", "--no-renames", "--diff-filter=d").decode().split("\0")
    return [name for name in names if name in blobs]


@contextmanager
def _contents(blobs: Dict[str, str]) -> Iterator[Read]:
    """Yield a function that reads tracked files from a single git process, because one per file would take seconds."""
    with subprocess.Popen(["git", "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as git:
        assert git.stdin is not None
        assert git.stdout is not None
        asked, answers = git.stdin, git.stdout

        def read(path: str) -> Optional[bytes]:
            if path not in blobs:
                return None
            asked.write(f"{blobs[path]}\n".encode())
            asked.flush()
            # git answers with a line "<id> blob <bytes>", the content, and a line break.
            return answers.read(int(answers.readline().split()[2]) + 1)[:-1]

        yield read


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    sys.exit(main())
