"""Parses YAML files into models; each problem names its file, its line and the fix."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Hashable, List, NamedTuple, Sequence, Type, TypeVar, Union

import yaml
from pydantic import ValidationError, parse_obj_as

Part = Union[str, int]
T = TypeVar("T")


class Problem(NamedTuple):
    """A problem in content: where it is, what is wrong, and how to fix it. `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """`file:line: message`, as compilers print it, so that editors can jump there."""
        return f"{self.file}:{self.line}: {self.message}"


class ContentError(ValueError):
    """Raised if content cannot be used; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


class Document:
    """A YAML file: its values and the line of each."""

    def __init__(self, path: Path, name: str) -> None:
        """Read the file.

        Args:
            path: the file.
            name: its name in messages.

        Raises:
            ContentError: it is missing or not YAML.
        """
        self.name = name
        try:
            self._root, self._values = _loaded(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ContentError([Problem(name, 1, "is missing; restore it")]) from None
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ContentError([Problem(name, line, f"is not YAML here: {error.problem}; mend the line")]) from None

    def parse(self, shape: Type[T]) -> T:
        """Parse the whole document as `shape`.

        Raises:
            ContentError: it does not match `shape`.
        """
        try:
            return parse_obj_as(shape, self._values)
        except ValidationError as error:
            raise ContentError([self._problem(e["loc"][1:], e["msg"]) for e in error.errors()]) from None

    def line(self, path: Sequence[Part]) -> int:
        """The line of the value at `path`, or of its nearest ancestor that exists."""
        node, line = self._root, 1
        for part in path:
            marked = _children(node).get(part)
            if marked is None:
                break
            line, node = marked[0].start_mark.line + 1, marked[1]
        return line

    def texts(self, path: Sequence[Part] = ()) -> "List[tuple[List[Part], str]]":
        """Every string in the document with its path."""
        found: List[tuple[List[Part], str]] = []
        _collect(self._values, list(path), found)
        return found

    def _problem(self, location: Sequence[Part], message: str) -> Problem:
        where = " ".join(str(part) for part in location if part != "__root__")
        return Problem(self.name, self.line(location), f"'{where}' {message}")


class _Loader(yaml.CSafeLoader):
    """Reads only true and false as booleans; YAML 1.1 would also take "no" for false. Rejects repeated keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Dict[Hashable, Any]:
        """The mapping, with its keys as strings; a repeated key is an error."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"'{key.value}' is there twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return {str(key): value for key, value in super().construct_mapping(node, deep).items()}


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not (tag.endswith(":bool") and first not in "tTfF")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@lru_cache(maxsize=256)
def _loaded(text: str) -> "tuple[yaml.Node | None, Any]":
    """A YAML text as nodes, which have lines, and as values. Cached, because some files are read more than once."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def _children(node: "yaml.Node | None") -> "Dict[Part, tuple[yaml.Node, yaml.Node]]":
    """By key or index, the node whose line is that of the value, and the node of the value."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: (key, value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return {place: (value, value) for place, value in enumerate(node.value)}
    return {}


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
