"""Reads phrases from a file, each with an id, a text that it matches and similar texts that it does not.

`data/safety_net.yml` and `data/cues.yml` have this layout:

    groups:
      want: want/wanna
      joke:
      - "{want} to? die laughing"
    disclose_suicidal:
    - id: want_to_die
      pattern: "{want} to? die"
      but_not: "{joke}"
      match: i wanna die
      near: i wanna die laughing

`{want}` in a pattern matches any word in that group. The groups in `bot/text/kinship.yml` can be used without being
defined. `but_not` is a pattern or a list of patterns. If one of these overlaps the phrase, the phrase does not match. A
group that is a list of patterns can only be used in `but_not`, on its own. `near` is a text or a list of texts. For
every exception, `near` must include a text that would match without the exception. `tests/nlu/test_phrases.py` checks
every phrase's texts.
"""

import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Set, Tuple

import rasa.shared.utils.io
from rasa.shared.exceptions import RasaException

from bot.text.kinship import kinship

#: The nested keys that lead to phrases in a file, such as ("doubtful", "disclose_suicidal").
Section = Tuple[str, ...]
_GROUPS = "groups"
_GROUP = re.compile(r"\{([a-z_]{1,40})\}")
_REQUIRED = ("id", "pattern", "match", "near")
_KEYS = (*_REQUIRED, "but_not")


class PatternError(RasaException):
    """Phrases are missing or invalid."""


class Phrase(NamedTuple):
    """A phrase with its groups replaced by their words, and texts that show what it matches."""

    id: str
    pattern: str
    match: str
    near: Tuple[str, ...]
    but_not: Tuple[str, ...] = ()


class Alternatives(NamedTuple):
    """The syntax for alternatives in a kind of pattern: the separator between words, and the format that wraps them."""

    between: str
    around: str = "{}"


Sections = Dict[Section, List[Phrase]]


def read_phrases(path: Path, alternatives: Alternatives) -> Sections:
    """Read a file's phrases and return them by section, in the file's order.

    Raises:
        PatternError: the file is missing or does not follow the layout. The message says where, and how to fix it.
    """
    if not path.exists():
        raise PatternError(f"{path} is missing. Restore it, or mend config.yml.")
    return parse_phrases(rasa.shared.utils.io.read_yaml_file(path), alternatives, path.name)


def parse_phrases(content: Any, alternatives: Alternatives, name: str) -> Sections:
    """Return the phrases from a file's parsed YAML; see `read_phrases`."""
    if not isinstance(content, dict):
        raise PatternError(f"{name} must hold sections of phrases, such as 'disclose_danger: [...]'.")
    groups = _Groups(content.get(_GROUPS) or {}, alternatives, name)
    sections: Sections = {}
    ids: Set[str] = set()
    for section, entries in _sections({key: value for key, value in content.items() if key != _GROUPS}, ()):
        where = f"{name}, {' / '.join(section)}"
        if not isinstance(entries, list):
            raise PatternError(f"{where}: write a list of phrases, each with {', '.join(_REQUIRED)}.")
        sections[section] = [_phrase(entry, groups, where) for entry in entries]
        for phrase in sections[section]:
            if phrase.id in ids:
                raise PatternError(f"{where}: the id '{phrase.id}' is used twice. Give each phrase an id of its own.")
            ids.add(phrase.id)
    groups.check_all_used()
    return sections


def write_phrases(sections: Sections, path: Path) -> None:
    """Write phrases to a file that `read_phrases` can read. Their groups have already been replaced by words."""
    content: Dict[str, Any] = {}
    for section, phrases in sections.items():
        *outer, last = section
        holder = content
        for key in outer:
            holder = holder.setdefault(key, {})
        holder[last] = [{**one._asdict(), "near": list(one.near), "but_not": list(one.but_not)} for one in phrases]
    rasa.shared.utils.io.write_yaml(content, path)


class _Groups:
    """The groups defined in a file, and those in `bot/text/kinship.yml`."""

    def __init__(self, groups: Any, alternatives: Alternatives, name: str) -> None:
        if not isinstance(groups, dict) or not all(groups.values()):
            raise PatternError(f"{name}: write each group with its words: 'groups: {{want: want/wanna}}'.")
        self._name = name
        self._around = alternatives.around
        both = sorted(groups.keys() & kinship().keys())
        if both:
            raise PatternError(f"{name}: the group {{{both[0]}}} is also in bot/text/kinship.yml. Rename it here.")
        self._unused: Set[str] = set(groups)
        self._words: Dict[str, Any] = {
            **{group: alternatives.between.join(words) for group, words in kinship().items()},
            **groups,
        }

    def replace_in(self, pattern: str, where: str) -> str:
        """Return a pattern with its groups replaced by their words."""

        def words(match: "re.Match[str]") -> str:
            group = self._group(match.group(1), where)
            if not isinstance(group, str):
                raise PatternError(
                    f"{where}: '{pattern}' uses the group {match.group()}, a list of patterns. Only 'but_not' can use "
                    "it, alone."
                )
            return self._around.format(group)

        return _GROUP.sub(words, pattern)

    def exceptions(self, entry: str, where: str) -> Iterator[str]:
        """Yield the patterns of a `but_not` entry, which is either a single pattern or the name of a group."""
        named = _GROUP.fullmatch(entry)
        group = self._group(named.group(1), where) if named else entry
        for pattern in group if isinstance(group, list) else [entry]:
            yield self.replace_in(pattern, where)

    def check_all_used(self) -> None:
        if self._unused:
            raise PatternError(f"{self._name}: no phrase uses the group {{{min(self._unused)}}}. Use it or delete it.")

    def _group(self, group: str, where: str) -> Any:
        self._unused.discard(group)
        if group not in self._words:
            raise PatternError(
                f"{where}: the group {{{group}}} is not defined. Add it under 'groups', or mend its name."
            )
        return self._words[group]


def _sections(content: Dict[Any, Any], outer: Section) -> Iterator[Tuple[Section, Any]]:
    for key, value in content.items():
        section = (*outer, str(key))
        if isinstance(value, dict):
            yield from _sections(value, section)
        else:
            yield section, value


def _phrase(entry: Any, groups: _Groups, where: str) -> Phrase:
    if not isinstance(entry, dict):
        raise PatternError(f"{where}: '{entry}' is only a text. Write a phrase with {', '.join(_REQUIRED)}.")
    named = f"{where}: the phrase '{entry.get('id') or entry.get('pattern')}'"
    missing = [key for key in _REQUIRED if not entry.get(key)]
    if missing:
        raise PatternError(f"{named} has no '{missing[0]}'. Each phrase needs {', '.join(_REQUIRED)}.")
    unknown = [key for key in entry if key not in _KEYS]
    if unknown:
        raise PatternError(f"{named} has a key '{unknown[0]}'. A phrase has {', '.join(_KEYS)} only.")
    identifier, pattern, match = (_text(entry[key], f"{named}: '{key}'") for key in ("id", "pattern", "match"))
    exceptions = _texts(entry.get("but_not", []), f"{named}: 'but_not'")
    return Phrase(
        id=identifier,
        pattern=groups.replace_in(pattern, named),
        match=match,
        near=_texts(entry["near"], f"{named}: 'near'"),
        but_not=tuple(pattern for exception in exceptions for pattern in groups.exceptions(exception, named)),
    )


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise PatternError(f"{what} is no text. Put it in quotes.")
    return value


def _texts(value: Any, what: str) -> Tuple[str, ...]:
    return tuple(_text(one, what) for one in (value if isinstance(value, list) else [value]))
