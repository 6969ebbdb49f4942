"""Prepares training data for the tagger by filling messages with fake entities.

The messages come from data/nlu, from contexts.txt and from the marked messages that test redaction.
"""

import json
import re
from pathlib import Path
from random import Random
from typing import Iterator, List, NamedTuple, Sequence, Tuple

from bot.redaction.lexicon import SURNAMES, is_common, is_first_name, plain
from bot.redaction.recognizers.base import Span
from bot.redaction.recognizers.handles import HandleRecognizer
from bot.redaction.recognizers.schools import SchoolRecognizer
from bot.redaction.recognizers.tagger import KINDS
from bot.redaction.recognizers.tagger_features import NO_NAME, NO_WORD, Token, tokens
from bot.settings import ROOT
from bot.text.words import listed
from training.augment import augment
from training.tagger.fake_entities import FakeEntities
from training.tagger.placeholder_templates import with_placeholder

CONTEXTS = Path(__file__).parent / "contexts.txt"
MARKED = ROOT / "tests" / "redaction" / "messages.jsonl"

#: Number of copies of each message that has placeholders or marks, with different fake entities in their place: for
#: messages in data/nlu, messages in contexts.txt and marked messages.
EXAMPLE_FILLS, CONTEXT_FILLS, MARKED_FILLS = 10, 30, 12
#: Number of copies of each message in contexts.txt that has no placeholder.
PLAIN_TIMES = 8
#: Messages in data/nlu that have no placeholders and fewer characters than this get a second copy, in which
#: placeholders replace some phrases.
LONG = 220
#: The kind given to spans whose words are ignored in training.
UNLABELLED = ""

_PLACEHOLDER = re.compile(f"<({'|'.join(KINDS)})>")
_MARK = re.compile(r"\[\[(\w+)\|(.*?)\]\]")
#: Characters that replace the placeholders during augmentation, which would otherwise garble them.
_PLACEHOLDER_CHARACTERS = dict(zip(KINDS, "\ue001\ue002\ue003", strict=True))
_PLACEHOLDER_CHARACTER = re.compile("[\ue001-\ue003]")


class Tagged(NamedTuple):
    """A message and its labelled spans. Words outside the spans are labelled as none."""

    text: str
    spans: List[Span]


class Taught(NamedTuple):
    """A message's words, with the kind of each word and the word lists from which it is hidden.

    A kind is 0 for none, -1 for unlabelled, or 1 plus an index into `KINDS`.
    """

    found: List[Token]
    kinds: List[int]
    hidden: List[int]


def read_contexts(path: Path = CONTEXTS) -> List[str]:
    """Return the messages in contexts.txt."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def read_marked(path: Path = MARKED) -> List[Tagged]:
    """Return the messages in a JSON-lines file that marks identifiers as [[kind|as typed]]."""
    return [marked(json.loads(line)["text"]) for line in path.read_text(encoding="utf-8").splitlines()]


def marked(text: str) -> Tagged:
    """Parse the marks in a message. Identifiers of kinds that the tagger does not know are left unlabelled."""
    parts: List[str] = []
    spans: List[Span] = []
    end = 0
    for match in _MARK.finditer(text):
        parts.append(text[end : match.start()])
        start = sum(map(len, parts))
        kind = match.group(1) if match.group(1) in KINDS else UNLABELLED
        spans.append(Span(kind, start, start + len(match.group(2))))
        parts.append(match.group(2))
        end = match.end()
    return Tagged("".join([*parts, text[end:]]), spans)


def filled(template: str, entities: FakeEntities, random: Random) -> Tagged:
    """Replace the placeholders in a template with invented names, user names and schools."""
    parts: List[str] = []
    spans: List[Span] = []
    end, lower = 0, template == template.lower()
    for match in _PLACEHOLDER.finditer(template):
        parts.append(template[end : match.start()])
        start = sum(map(len, parts))
        entity = _fake_entity(match.group(1), template[: match.start()], lower, entities, random)
        spans.append(Span(match.group(1), start, start + len(entity)))
        parts.append(entity)
        end = match.end()
    return Tagged("".join([*parts, template[end:]]), spans)


def _fake_entity(kind: str, before: str, lower: bool, entities: FakeEntities, random: Random) -> str:
    if kind == "handle":
        handle = entities.handle(random)
        return handle.lower() if lower and random.random() < 0.6 else handle
    words = before.split()
    made = entities.name(random, plain(words[-1]) if words else "") if kind == "name" else entities.school(random)
    chance = random.random()
    if chance < (0.06 if lower else 0.8):
        return re.sub(r"(?<![\w'’])[a-z]", lambda match: match.group().upper(), made)
    return made.upper() if chance > 0.985 else made


def templates_of(message: Tagged) -> str:
    """Replace the names, user names and schools in a marked message with placeholders."""
    text = message.text
    for span in sorted(message.spans, key=lambda span: -span.start):
        if span.kind:
            text = f"{text[: span.start]}<{span.kind}>{text[span.end :]}"
    return text


_handles, _schools = HandleRecognizer(), SchoolRecognizer()


def with_doubts(message: Tagged) -> Tagged:
    """Add unlabelled spans for unmarked words that may nevertheless be names, user names or schools."""
    doubts: List[Span] = []
    for span in (*_handles.find(message.text), *_schools.find(message.text), *_listed_names(message.text)):
        if all(span.end <= other.start or other.end <= span.start for other in message.spans):
            doubts.append(Span(UNLABELLED, span.start, span.end))
    return Tagged(message.text, [*message.spans, *doubts])


def _listed_names(text: str) -> Iterator[Span]:
    follows = False
    for token in tokens(text):
        is_name = is_first_name(token.written) and not is_common(token.written)
        is_surname = follows and token.written[0].isupper() and plain(token.written) in listed(SURNAMES)
        follows = is_name
        if is_name or is_surname:
            yield Span(UNLABELLED, token.start, token.end)


def taught(message: Tagged, random: Random) -> Taught:
    """Return a message's words with their kinds.

    Some words are hidden from the word lists, so that the tagger learns to use their letters.
    """
    found = tokens(message.text)
    kinds = [_kind(token, message.spans) for token in found]
    return Taught(found, kinds, [_hidden(token, kind, random) for token, kind in zip(found, kinds, strict=True)])


def _kind(token: Token, spans: Sequence[Span]) -> int:
    if token.is_placeholder:
        return -1
    kind = next((span.kind for span in spans if span.start < token.end and token.start < span.end), None)
    return 0 if kind is None else -1 if kind == UNLABELLED else 1 + KINDS.index(kind)


def _hidden(token: Token, kind: int, random: Random) -> int:
    if kind > 0 and KINDS[kind - 1] == "name":
        return NO_NAME if random.random() < 0.35 else 0
    return NO_WORD if kind == 0 and len(token.written) > 3 and random.random() < 0.03 else 0


def corpus(
    examples: Sequence[str], messages: Sequence[Tagged], entities: FakeEntities, random: Random
) -> Iterator[Taught]:
    """Yield all the training messages. The same state of `random` always gives the same messages.

    Args:
        examples: the messages in data/nlu, some of which contain placeholders.
        messages: the marked messages.
        entities: makes up the replacements for placeholders.
        random: chooses the replacements, the augmentations and the words to hide.
    """
    clean = [text for text in examples if not _PLACEHOLDER.search(text)]
    for text in clean:
        yield taught(with_doubts(Tagged(augment(text, random, 0.5), [])), random)
    for text in clean:
        template = with_placeholder(text, random)
        if template != text and len(text) < LONG:
            yield taught(with_doubts(filled(_augmented(template, random), entities, random)), random)
    for text in examples:
        if _PLACEHOLDER.search(text):
            for _ in range(EXAMPLE_FILLS):
                yield taught(with_doubts(filled(_augmented(text, random), entities, random)), random)
    for text in read_contexts():
        for _ in range(CONTEXT_FILLS if _PLACEHOLDER.search(text) else PLAIN_TIMES):
            yield taught(
                with_doubts(filled(_framed(_augmented(text, random), clean, random), entities, random)), random
            )
    for message in messages:
        for _ in range(3):
            yield taught(message, random)
        template = templates_of(message)
        for _ in range(MARKED_FILLS if template != message.text else 2):
            yield taught(with_doubts(filled(_augmented(template, random), entities, random)), random)


def _augmented(template: str, random: Random) -> str:
    """Augment a template, leaving its placeholders intact."""
    text = template
    for kind, character in _PLACEHOLDER_CHARACTERS.items():
        text = text.replace(f"<{kind}>", character)
    changed = augment(text, random, 0.4)
    if sorted(_PLACEHOLDER_CHARACTER.findall(changed)) != sorted(_PLACEHOLDER_CHARACTER.findall(text)):
        changed = text
    for kind, character in _PLACEHOLDER_CHARACTERS.items():
        changed = changed.replace(character, f"<{kind}>")
    return changed


def _framed(template: str, clean: Sequence[str], random: Random) -> str:
    """Join a template to another message, about half the time."""
    chance = random.random()
    other = random.choice(clean)
    if chance > 0.5 or len(other) > 160:
        return template if random.random() < 0.75 else template[:1].upper() + template[1:]
    joint = random.choice((" ", " ", ". ", ", ", " n ", " and "))
    return f"{template}{joint}{other}" if chance < 0.3 else f"{other}{joint}{template}"


def split(messages: Sequence[Tagged], folds: int, fold: int) -> Tuple[List[Tagged], List[int]]:
    """Return the messages outside a fold, and the indices of the messages in it."""
    inside = [place for place in range(len(messages)) if place % folds == fold]
    return [message for place, message in enumerate(messages) if place % folds != fold], inside
