"""Identifiers in data/ and content/: what is taken out of a message may not stand in what we write ourselves.

The redactor's own recognisers look. What they find stays only if content/services.yml or content/sources.yml states it
as a service's number or address, or if reviewed.yml names it with a reason.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Set, Tuple
from urllib.parse import urlsplit

import yaml

from bot.privacy.redact import Redactor
from bot.privacy.refuse_files import Refusal

FOLDERS = ("data/", "content/")
#: Finds that are nobody's, each with the reason why.
REVIEWED = Path(__file__).parent / "reviewed.yml"
#: Where numbers and addresses of services are stated, and in which fields of an entry.
STATED: Dict[str, Tuple[str, ...]] = {"content/services.yml": ("phone", "text", "url"), "content/sources.yml": ("url",)}
#: Kinds that are refused. Schools are not: nearly all 115 finds were "school" where a sentence begins.
KINDS = frozenset("email phone postcode card bank nhs nino plate dob address link handle giftcard name".split())
#: Names are not looked for in examples of messages: the finds were 116, apps and games as often as made-up people.
KINDS_IN_EXAMPLES = KINDS - {"name"}
EXAMPLES = ("data/nlu/", "data/conversations/")

_YAML = (".yml", ".yaml")
#: An id of ours, as topics, intents, slots and sources have: words and years joined by "_", with few digits.
_ID = re.compile(r"(?=\S*[a-z])(?!(?:\D*\d){7})[a-z0-9]+(?:_[a-z0-9]+)+")
_WORD = re.compile(r"\w+")
#: A file or folder of this repository, as comments and the list of languages name them; what a sentence is filled with.
_OURS = re.compile(
    r"(?<![\w@./])(?:[a-z0-9_]+/)*[a-z0-9_]+\.(?:yml|py|md|txt|jsonl)\b|(?<![\w@./:-])(?:[a-z_]+/)+(?=[\s,;:)`]|$)|\{[a-z_]+\}"
)
#: What Rasa's notes of entities add to an example: "[essex](place)".
_ENTITY = re.compile(r"\]\([a-z_]+\)|\]\{[^}]*\}")
_COMMENT = re.compile(r"(?:^|\s)#\s(.*)$")


class Passage(NamedTuple):
    """A piece of text and the line it begins in."""

    line: int
    text: str


def concerns(path: str) -> bool:
    """Whether a file is one of those that are read."""
    return path.startswith(FOLDERS)


def refuse_identifiers(path: str, text: str, allowed: "Allowed") -> Iterator[Refusal]:
    """Every passage of a file in which something identifies that is not allowed there."""
    redactor = _redactor(KINDS_IN_EXAMPLES if path.startswith(EXAMPLES) else KINDS)
    for passage in passages(path, text):
        redacted = redactor.redact(allowed.without(path, passage.text))
        found = redacted.removed
        if found:
            wrong = f'holds what identifies ({", ".join(found)}): "{_shown(redacted.text, found[0])}"'
            yield Refusal(path, passage.line, wrong, _mend(found[0]))


class Allowed:
    """What may stand: reviewed finds anywhere, and in content/ also what is stated of services and sources."""

    def __init__(self, stated: FrozenSet[str], reviewed: FrozenSet[str]) -> None:
        """Keep what `stated_in` and `reviewed_finds` give."""
        self._anywhere = _whole(reviewed)
        self._in_content = _whole(reviewed | stated)

    def without(self, path: str, text: str) -> str:
        """`text` with a mark in the place of what is allowed in `path`."""
        return (self._in_content if path.startswith("content/") else self._anywhere).sub("…", text)


def _whole(texts: FrozenSet[str]) -> "re.Pattern[str]":
    # Whole finds only: that a site is a service's does not make every page below it one.
    longest_first = sorted((re.escape(text) for text in texts), key=len, reverse=True)
    return re.compile(rf"(?<![\w@.])(?:{'|'.join(longest_first) or '(?!)'})(?![\w@/]|\.\w)", re.IGNORECASE)


def reviewed_finds() -> FrozenSet[str]:
    """The finds of reviewed.yml."""
    return frozenset(entry["text"] for entry in _loaded(REVIEWED.read_text(encoding="utf-8")) or ())


def stated_in(read: Callable[[str], str]) -> FrozenSet[str]:
    """Numbers and addresses that content/ states in fields of their own, and the sites of these addresses.

    `read` gives the text of a file of the repository, empty where there is none.
    """
    values: List[str] = []
    for path, fields in STATED.items():
        for entry in (_loaded(read(path)) or {}).values():
            values += [str(entry[field]) for field in fields if entry.get(field)]
    sites = [site for site in (urlsplit(value).hostname for value in values) if site]
    return frozenset([*values, *sites, *(site[len("www.") :] for site in sites if site.startswith("www."))])


def _loaded(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def passages(path: str, text: str) -> Iterator[Passage]:
    """What a person could have written in a file: of YAML the values, keys and comments, of others every line."""
    if path.endswith(_YAML):
        try:
            tree = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            tree = None
        if tree is not None:
            yield from _of_yaml(tree, text.splitlines())
            return
    yield from (Passage(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _of_yaml(tree: yaml.Node, lines: List[str]) -> Iterator[Passage]:
    scalars = list(_scalars(tree))
    ids = {scalar.value for scalar in scalars if _ID.fullmatch(scalar.value)}
    blocks = [range(s.start_mark.line + 1, s.end_mark.line) for s in scalars if s.style == "|"]
    for scalar in scalars:
        if scalar.style == "|":
            yield from _examples(scalar)
        elif not scalar.tag.endswith((":timestamp", ":bool", ":null")):
            yield Passage(scalar.start_mark.line + 1, _without_ours(scalar.value, ids))
    for passage in _comments(lines, blocks):
        yield Passage(passage.line, _without_ours(passage.text, ids))


def _without_ours(text: str, ids: Set[str]) -> str:
    """`text` without names of our files and without ids that the file has as a value or key somewhere."""
    return _WORD.sub(lambda word: "…" if word.group() in ids else word.group(), _OURS.sub("…", text))


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(key)
            yield from _scalars(value)


def _examples(scalar: yaml.ScalarNode) -> Iterator[Passage]:
    """The lines of a block, such as Rasa's examples."""
    for number, line in enumerate(scalar.value.splitlines(), scalar.start_mark.line + 2):
        if line.strip():
            yield Passage(number, _ENTITY.sub("]", line))


def _comments(lines: List[str], blocks: Iterable[range]) -> Iterator[Passage]:
    within = {number for block in blocks for number in block}
    for number, line in enumerate(lines):
        found = _COMMENT.search(line)
        if found and number not in within:
            yield Passage(number + 1, found.group(1))


@cache
def _redactor(kinds: FrozenSet[str]) -> Redactor:
    return Redactor.by_shape(kinds)


def _shown(redacted: str, kind: str) -> str:
    """Some words around the first find, which stands there as its kind only."""
    place = redacted.find(f"<{kind}>")
    start, end = max(0, place - 30), place + 40
    return ("…" if start else "") + redacted[start:end] + ("…" if end < len(redacted) else "")


def _mend(kind: str) -> str:
    return (
        f"Write <{kind}> in its place. If it is a service's own, state it in content/services.yml or sources.yml; "
        "if it is nobody's, add it to bot/privacy/reviewed.yml with the reason."
    )
