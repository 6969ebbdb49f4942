"""Reads a YAML file into a shape and says, for each thing wrong, the file, the line and the mend."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Type, TypeVar, Union

from pydantic import ValidationError, parse_obj_as
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

Part = Union[str, int]
T = TypeVar("T")


class Problem(NamedTuple):
    """Something wrong in content, where, and how to mend it. `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """As compilers print it, so that editors can jump there."""
        return f"{self.file}:{self.line}: {self.message}"


class ContentError(ValueError):
    """Content cannot be used; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


class Document:
    """A YAML file, its values and where each stands."""

    def __init__(self, path: Path, name: str) -> None:
        """Read the file.

        Args:
            path: the file.
            name: what to call it in messages.

        Raises:
            ContentError: it is missing or not YAML.
        """
        self.name = name
        try:
            self._root: Any = _loaded(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ContentError([Problem(name, 1, "is missing; restore it")]) from None
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ContentError([Problem(name, line, f"is not YAML here: {error.problem}; mend the line")]) from None

    def parse(self, shape: Type[T]) -> T:
        """The whole document as `shape`.

        Raises:
            ContentError: something does not fit.
        """
        try:
            return parse_obj_as(shape, _plain(self._root))
        except ValidationError as error:
            raise ContentError([self._problem(e["loc"][1:], e["msg"]) for e in error.errors()]) from None

    def line(self, path: Sequence[Part]) -> int:
        """The line of the value at `path`, or of the nearest thing above it."""
        node, line = self._root, 1
        for part in path:
            place = _place(node, part)
            if place is None:
                break
            line, node = place + 1, node[part]
        return line

    def texts(self, path: Sequence[Part] = ()) -> "List[tuple[List[Part], str]]":
        """Every string in the document with its path."""
        found: List[tuple[List[Part], str]] = []
        _collect(self._root, list(path), found)
        return found

    def _problem(self, location: Sequence[Part], message: str) -> Problem:
        where = " ".join(str(part) for part in location if part != "__root__")
        return Problem(self.name, self.line(location), f"'{where}' {message}")


@lru_cache(maxsize=256)
def _loaded(text: str) -> Any:
    """What a YAML text holds; nothing changes it. It takes long, and the same files are read for several things."""
    return YAML(typ="rt").load(text)


def _place(node: Any, part: Part) -> "int | None":
    if isinstance(node, CommentedMap) and part in node:
        return int(node.lc.key(part)[0])
    if isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
        return int(node.lc.item(part)[0])
    return None


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def _collect(node: Any, path: List[Part], found: "List[tuple[List[Part], str]]") -> None:
    items: "Dict[Part, Any]" = {}
    if isinstance(node, dict):
        items = dict(node)
    elif isinstance(node, list):
        items = dict(enumerate(node))
    elif isinstance(node, str):
        found.append((path, str(node)))
    for key, value in items.items():
        _collect(value, [*path, key], found)
