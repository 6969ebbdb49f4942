"""Refuses commits with what may not be public: databases, models, events, logs, keys and identifiers.

`python -m tools.commit_guard` checks every tracked file; with `--staged`, as deploy/hooks/pre-commit runs it, the files
of the next commit. Both check what git would commit, not the working copies, which may differ.
"""

import argparse
import subprocess
import sys
from typing import Callable, Container, Dict, Iterable, Iterator, List, Optional, Set

from tools.commit_guard.files import Refusal, check_file, is_text

#: Returns the content of a file, or None if there is no such file.
Read = Callable[[str], Optional[bytes]]

_SUBMODULE = "160000"


def check_files(paths: Iterable[str], ignored: Container[str], read: Read) -> Iterator[Refusal]:
    """Yield everything in the files of `paths` that may not be committed; `ignored` are those that .gitignore names."""
    # Imported here: most commits change neither data/ nor content/ and need no recognizers.
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
    """Print what is refused; return 1 if anything is, 2 if git cannot be asked."""
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
    for refusal in check_files(paths, ignored, lambda path: _content(blobs, path)):
        print(refusal, file=sys.stderr)
        refused += 1
    if refused:
        print(f"Refused: {refused} in {len(paths)} files.", file=sys.stderr)
    return 1 if refused else 0


def _tracked() -> Dict[str, str]:
    """The object id of each file as git would commit it."""
    entries = (entry.partition("\t") for entry in _git("ls-files", "--stage", "-z").decode().split("\0") if entry)
    return {path: about.split()[1] for about, _, path in entries if not about.startswith(_SUBMODULE)}


def _ignored() -> Set[str]:
    """The tracked files that .gitignore keeps out; somebody added them by force."""
    return set(
        _git("ls-files", "--cached", "--ignored", "--exclude-per-directory=.gitignore", "-z").decode().split("\0")
    )


def _staged(blobs: Dict[str, str]) -> List[str]:
    """The files that the next commit adds or changes."""
    names = _git("diff", "--cached", "--name-only", "-z", "--no-renames", "--diff-filter=d").decode().split("\0")
    return [name for name in names if name in blobs]


def _content(blobs: Dict[str, str], path: str) -> Optional[bytes]:
    return _git("cat-file", "blob", blobs[path]) if path in blobs else None


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    sys.exit(main())
