"""Parses YAML files into models, merges them, and reports each problem with its file, line and fix."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Hashable, List, NamedTuple, Optional, Sequence, Tuple, Type, TypeVar, Union

import yaml
from pydantic import ValidationError, parse_obj_as

Part = Union[str, int]
T = TypeVar("T")
_NULL = "tag:yaml.org,2002:null"


class Problem(NamedTuple):
    """A problem in content. The message says what is wrong and how to fix it. Lines are numbered from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Return `file:line: message`, the format that compilers use, so that editors can jump to the line."""
        return f"{self.file}:{self.line}: {self.message}"


class ContentError(ValueError):
    """Raised if content cannot be used. `problems` lists the reasons."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


class Document:
    """A YAML file: its values, and the file and line that each value comes from."""

    def __init__(self, name: str, root: Optional[yaml.Node], values: Any) -> None:
        """Wrap a document that has been parsed.

        Args:
            name: the name to show in messages.
            root: its YAML nodes, which record their file and line, or None if the document is empty.
            values: the Python values of those nodes.
        """
        self.name = name
        self._root, self._values = root, values

    @classmethod
    def read(cls, path: Path, name: str) -> Document:
        """Read a file. `name` is the name to show in messages.

        Raises:
            ContentError: the file is missing or is not YAML.
        """
        try:
            return cls(name, *_loaded(path.read_text(encoding="utf-8"), name))
        except FileNotFoundError:
            raise ContentError([Problem(name, 1, "is missing; restore it")]) from None
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ContentError([Problem(name, line, f"is not YAML here: {error.problem}; mend the line")]) from None

    def merge(self, changes: Document) -> Document:
        """Return this document with another document's changes applied, as in JSON Merge Patch (RFC 7396).

        Mappings are merged key by key, and null removes an existing key. Beyond what the RFC specifies, lists whose
        entries all have ids are merged by id, with new entries added at the end. Any other value is replaced.
        """
        if self._root is None or changes._root is None:
            return self if changes._root is None else changes
        root = _merged(self._root, changes._root)
        return Document(self.name, root, _constructed(root))

    def parse(self, shape: Type[T]) -> T:
        """Parse the whole document as `shape`.

        Raises:
            ContentError: the document does not match `shape`.
        """
        try:
            return parse_obj_as(shape, self._values)
        except ValidationError as error:
            raise ContentError([self._mismatch(e["loc"][1:], e["msg"]) for e in error.errors()]) from None

    def place(self, path: Sequence[Part]) -> Tuple[str, int]:
        """Return the file and line of the value at `path`, or of its nearest ancestor that exists."""
        node, place = self._root, (self.name, 1)
        for part in path:
            marked = _children(node).get(part)
            if marked is None:
                break
            place, node = (marked[0].start_mark.name, marked[0].start_mark.line + 1), marked[1]
        return place

    def problem(self, path: Sequence[Part], message: str) -> Problem:
        """Return a problem with the value at `path`."""
        return Problem(*self.place(path), message)

    def texts(self, path: Sequence[Part] = ()) -> List[Tuple[List[Part], str]]:
        """Return every string in the document, with its path."""
        found: List[Tuple[List[Part], str]] = []
        _collect(self._values, list(path), found)
        return found

    def _mismatch(self, location: Sequence[Part], message: str) -> Problem:
        where = " ".join(str(part) for part in location if part != "__root__")
        return self.problem(location, f"'{where}' {message}")


class _Loader(yaml.CSafeLoader):
    """A YAML loader that reads only true and false as booleans, and rejects repeated keys.

    YAML 1.1 would also read "no" as false.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Dict[Hashable, Any]:
        """Return the mapping with its keys as strings.

        Raises:
            yaml.MarkedYAMLError: a key is repeated.
        """
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


class _Named(io.StringIO):
    """A text stream with a name, which the parser records in each node."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


@lru_cache(maxsize=256)
def _loaded(text: str, name: str) -> Tuple[Optional[yaml.Node], Any]:
    """Parse a YAML text into nodes and values. The result is cached, because some files are read more than once."""
    loader = _Loader(_Named(text, name))
    try:
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def _constructed(root: yaml.Node) -> Any:
    loader = _Loader("")
    try:
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _merged(node: yaml.Node, change: yaml.Node) -> yaml.Node:
    if isinstance(node, yaml.MappingNode) and isinstance(change, yaml.MappingNode):
        return yaml.MappingNode(node.tag, _merged_entries(node, change), node.start_mark, node.end_mark)
    by_id, changes = _by_id(node), _by_id(change)
    if by_id is None or changes is None:
        return change
    merged = {key: _merged(one, changes.pop(key)) if key in changes else one for key, one in by_id.items()}
    return yaml.SequenceNode(node.tag, [*merged.values(), *changes.values()], node.start_mark, node.end_mark)


def _merged_entries(node: yaml.MappingNode, change: yaml.MappingNode) -> List[Tuple[yaml.Node, yaml.Node]]:
    entries = {key.value: (key, value) for key, value in node.value}
    for key, value in change.value:
        if key.value not in entries:
            entries[key.value] = (key, value)
        elif value.tag == _NULL:
            del entries[key.value]
        else:
            entries[key.value] = (key, _merged(entries[key.value][1], value))
    return list(entries.values())


def _by_id(node: yaml.Node) -> Optional[Dict[str, yaml.Node]]:
    """Return a list's entries by id, or None if the node is not a list, is empty or has an entry without an id."""
    if not isinstance(node, yaml.SequenceNode):
        return None
    ids = [_children(one).get("id") for one in node.value]
    if not ids or None in ids:
        return None
    return {one[1].value: entry for one, entry in zip(ids, node.value, strict=True) if one}


def _children(node: Optional[yaml.Node]) -> Dict[Part, Tuple[yaml.Node, yaml.Node]]:
    """Map each key or index to two nodes: the node whose line locates the value, and the value's own node."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: (key, value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return {place: (value, value) for place, value in enumerate(node.value)}
    return {}


def _collect(node: object, path: List[Part], found: List[Tuple[List[Part], str]]) -> None:
    items: Dict[Part, object] = {}
    if isinstance(node, dict):
        items = dict(node)
    elif isinstance(node, list):
        items = dict(enumerate(node))
    elif isinstance(node, str):
        found.append((path, str(node)))
    for key, value in items.items():
        _collect(value, [*path, key], found)
