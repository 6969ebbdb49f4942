"""Checks data/ and content/ for identifiers: anything that we redact in messages must not appear in our own texts.

The search uses the redactor's own recognizers. A match is allowed only if content/services.yml or content/sources.yml
gives it as the number or address of a service or source, or if reviewed.yml lists it with a reason.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Set, Tuple
from urllib.parse import urlsplit

import yaml

from bot.redaction.redactor import Redacted, Redactor
from tools.commit_guard.files import Refusal

FOLDERS = ("data/", "content/")
#: Lists matches that identify nobody, each with a reason.
REVIEWED = Path(__file__).parent / "reviewed.yml"
#: Files that give the numbers and addresses of services and sources, and the fields that hold them.
STATED: Dict[str, Tuple[str, ...]] = {"content/services.yml": ("phone", "text", "url"), "content/sources.yml": ("url",)}
#: The kinds that are refused. "school" is left out, because nearly all of its 115 matches were just the word "school"
#: at the start of a sentence.
KINDS = frozenset("email phone postcode card bank nhs nino plate dob address link handle giftcard name".split())
#: Names are allowed in example messages, where the 116 matches were apps and games as often as made-up people.
KINDS_IN_EXAMPLES = KINDS - {"name"}
EXAMPLES = ("data/nlu/", "data/conversations/")

_YAML = (".yml", ".yaml")
#: The id of a topic, intent, slot or source: words and years joined by "_", with few digits.
_ID = re.compile(r"(?=\S*[a-z])(?!(?:\D*\d){7})[a-z0-9]+(?:_[a-z0-9]+)+")
_WORD = re.compile(r"\w+")
#: A file or folder in this repository, as mentioned in comments and the list of languages, or a format field.
_OURS = re.compile(
    r"(?<![\w@./])(?:[a-z0-9_]+/)*[a-z0-9_]+\.(?:yml|py|md|txt|jsonl)\b|(?<![\w@./:-])(?:[a-z_]+/)+(?=[\s,;:)`]|$)|\{[a-z_]+\}"
)
#: Rasa's entity markup in an example: "[essex](place)".
_ENTITY = re.compile(r"\]\([a-z_]+\)|\]\{[^}]*\}")
_COMMENT = re.compile(r"(?:^|\s)#\s(.*)$")


class Passage(NamedTuple):
    """A piece of text and the number of its first line."""

    line: int
    text: str


def is_checked(path: str) -> bool:
    """Whether a file is checked for identifiers."""
    return path.startswith(FOLDERS)


def check_identifiers(path: str, text: str, allowed: "Allowed") -> Iterator[Refusal]:
    """Yield a refusal for each passage of a file that contains an identifier that is not allowed there."""
    kinds = KINDS_IN_EXAMPLES if path.startswith(EXAMPLES) else KINDS
    for passage in passages(path, text):
        redacted = _redacted(allowed.without(path, passage.text), kinds)
        found = redacted.removed
        if found:
            wrong = f'holds what identifies ({", ".join(found)}): "{_shown(redacted.text, found[0])}"'
            yield Refusal(path, passage.line, wrong, _fix(found[0]))


class Allowed:
    """The allowed matches: reviewed matches anywhere, and matches for services and sources only in content/."""

    def __init__(self, stated: FrozenSet[str], reviewed: FrozenSet[str]) -> None:
        """Build the patterns from the results of `stated_values` and `reviewed_matches`."""
        self._anywhere = _whole(reviewed)
        self._in_content = _whole(reviewed | stated)

    def without(self, path: str, text: str) -> str:
        """Return `text` with everything that is allowed in `path` replaced by "…"."""
        return (self._in_content if path.startswith("content/") else self._anywhere).sub("…", text)


def _whole(texts: FrozenSet[str]) -> "re.Pattern[str]":
    # Match whole values only, because allowing a service's site must not allow every page on it.
    longest_first = sorted((re.escape(text) for text in texts), key=len, reverse=True)
    return re.compile(rf"(?<![\w@.])(?:{'|'.join(longest_first) or '(?!)'})(?![\w@/]|\.\w)", re.IGNORECASE)


def reviewed_matches() -> FrozenSet[str]:
    """Return the matches listed in reviewed.yml."""
    return frozenset(entry["text"] for entry in _loaded(REVIEWED.read_text(encoding="utf-8")) or ())


def stated_values(read: Callable[[str], str]) -> FrozenSet[str]:
    """Return the numbers and addresses in the fields of `STATED`, and the host names of those addresses.

    `read` returns the text of a file in the repository, or an empty string if the file does not exist.
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
    """Yield a file's texts: the values, keys and comments of a YAML file, or every line of any other file."""
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
    """Replace our own file names in `text`, and any ids that are keys or values in the file, with "…"."""
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
    """Yield the lines of a literal block, such as Rasa's examples."""
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
    return Redactor.patterns_only(kinds)


@cache
def _redacted(text: str, kinds: FrozenSet[str]) -> Redacted:
    # The cache saves time because YAML keys and labels repeat: only 114,000 of the 384,000 texts are distinct.
    return _redactor(kinds).redact(text)


def _shown(redacted: str, kind: str) -> str:
    """Return a few words around the first match of `kind`, with the match replaced by its kind."""
    place = redacted.find(f"<{kind}>")
    start, end = max(0, place - 30), place + 40
    return ("…" if start else "") + redacted[start:end] + ("…" if end < len(redacted) else "")


def _fix(kind: str) -> str:
    return (
        f"Write <{kind}> in its place. If it is a service's own, state it in content/services.yml or sources.yml; "
        "if it is nobody's, add it to tools/commit_guard/reviewed.yml with the reason."
    )
