"""Short replies: what is seen first of an answer, chosen by the facts of the case. The guidance is folded below it."""

from functools import lru_cache
from pathlib import Path
from typing import (
    Dict,
    Iterable,
    Iterator,
    List,
    Literal,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
    get_args,
)

from pydantic import Field, StrictBool, validator

from bot.case.case import Case
from bot.case.derived import GROWN_UP, age_band, asker, speaks_of_self
from bot.case.facts import FACTS
from bot.content.checks import ENGLISH
from bot.content.library import CONTENT_DIR, Library, load_library
from bot.content.models import QuestionKind, Shape
from bot.content.reader import ContentError, Document, Problem

#: Whose words a reply is in. Everybody whose age is not known reads `young_person`, who tells of somebody else `other`.
Reader = Literal["young_person", "adult", "parent", "other", "professional", "self_concern"]
READERS: Tuple[Reader, ...] = get_args(Reader)
#: Whose words are read where a topic has none of one's own.
STANDS_IN: Mapping[Reader, Reader] = {"self_concern": "adult", "professional": "other"}
Told = Union[StrictBool, str]
#: From whose side something is told, and by which readers. Those who worry about their own behaviour get no summary.
Side = Literal["self", "parent", "other"]
SIDES: Mapping[Reader, Side] = {
    "young_person": "self",
    "adult": "self",
    "parent": "parent",
    "other": "other",
    "professional": "other",
}
#: In the summary, "any" matches every age. It joins two to three pieces.
ANY, PIECES, LEAST_PIECES = "any", 3, 2
#: Different wordings of everything that may be said more than once; none is used twice in a conversation.
WORDINGS = 3
#: Words at most: what was heard, the one thing to do, in danger before the first button, the same again, to a turn.
HEARD_WORDS, NOW_WORDS, DANGER_WORDS, AGAIN_WORDS, TURN_WORDS = 20, 22, 25, 15, 18
#: Easier words: sentences of a text, words of a sentence, words of a text.
EASIER_SENTENCES, EASIER_SENTENCE, EASIER_WORDS = range(2, 6), 10, 32

#: A longer message names a feeling of the writer's only where it speaks of them.
FEW_WORDS = 3
_I = frozenset(("i", "im", "i'm", "ive", "i've", "me", "my"))
_NOT = frozenset("not dont don't never isnt isn't aint wasnt wasn't didnt didn't".split())


class Choice(Shape):
    """What the reader may want to say or ask next, in their words: a kind of question, or facts."""

    label: str = Field(max_length=40)
    asks: Optional[QuestionKind] = None
    facts: Dict[str, Told] = {}
    #: The intent that pressing it means; that of the conversation where there is none.
    intent: Optional[str] = None
    readers: List[Reader] = Field(default=list(READERS), alias="for")


class ShortReply(Shape):
    """The reply to a case in which facts hold: three wordings that show what was heard, and the one thing to do now."""

    id: str
    when: Dict[str, Told] = {}
    #: Intents of the topic that it is for; all where there are none.
    intents: Optional[List[str]] = None
    heard: Dict[Reader, List[str]]
    now: Dict[Reader, str]
    choices: List[Choice] = []

    @validator("heard")
    def _heard(cls, value: Dict[Reader, List[str]]) -> Dict[Reader, List[str]]:
        for reader, wordings in value.items():
            if len(wordings) != WORDINGS:
                raise ValueError(f"has {len(wordings)} wordings for {reader}; write {WORDINGS}")
            _short(wordings, HEARD_WORDS)
        return value

    @validator("now")
    def _now(cls, value: Dict[Reader, str], values: Mapping[str, object]) -> Dict[Reader, str]:
        _short(value.values(), NOW_WORDS)
        if set(value) != set(values.get("heard") or {}):  # type: ignore[call-overload]
            raise ValueError("is for other readers than `heard`; write it for the same")
        return value


class ReplyFile(Shape):
    """content/en/replies/<topic>.yml."""

    topic: str
    replies: List[ShortReply] = Field(min_items=1)


class DangerKind(Shape):
    """What is said first while somebody is in danger, and three wordings for when that was said already."""

    id: str
    when: Dict[str, Told] = {}
    words: Dict[Reader, str]
    again: Dict[Reader, List[str]]

    @validator("words")
    def _all(cls, value: Dict[Reader, str]) -> Dict[Reader, str]:
        missing = set(READERS) - set(value)
        if missing:
            raise ValueError(f"lacks the words for {', '.join(sorted(missing))}; write them")
        _short(value.values(), DANGER_WORDS)
        return value

    @validator("again")
    def _three(cls, value: Dict[Reader, List[str]]) -> Dict[Reader, List[str]]:
        return _wordings_for_all(value, AGAIN_WORDS)


class DangerFile(Shape):
    """content/en/danger.yml: the first kind that fits is used; the last fits everything."""

    kinds: List[DangerKind] = Field(min_items=1)


class TurnWords(Shape):
    """What is said to a feeling, or to a message that changes nothing, in three wordings for each reader."""

    id: str
    #: Words and emoji by which a feeling is known.
    cues: List[str] = []
    words: Dict[Reader, List[str]]

    @validator("words")
    def _all(cls, value: Dict[Reader, List[str]]) -> Dict[Reader, List[str]]:
        return _wordings_for_all(value, TURN_WORDS)


class TurnsFile(Shape):
    """content/en/turns.yml."""

    feelings: List[TurnWords]
    transitions: List[TurnWords]


class Piece(Shape):
    """What one fact adds to the summary, from each side from which it can be told; a value of `any` is any years."""

    when: Dict[str, Told]
    by: Dict[Side, str]


class Summary(Shape):
    """content/en/summary.yml: what was understood so far, in one line."""

    sentence: str
    between: str
    last: str
    pieces: List[Piece]

    def of(self, case: Case, reader: Reader) -> Optional[str]:
        """What is known of a case; None where that is too little to sum up, or for a reader without words."""
        known = [said for piece in self.pieces for said in _said(piece, case, SIDES.get(reader))][:PIECES]
        if len(known) < LEAST_PIECES:
            return None
        return self.sentence.format(known=self.last.join([self.between.join(known[:-1]), known[-1]]))


def _said(piece: Piece, case: Case, side: Optional[Side]) -> Iterator[str]:
    years = next((case.value(name) for name, value in piece.when.items() if value == ANY), None)
    told = {name: value for name, value in piece.when.items() if value != ANY}
    has_years = len(told) == len(piece.when) or years is not None
    if side in piece.by and has_years and _holds(told, case):
        yield piece.by[side].format(age=years)


class EasierFile(Shape):
    """content/en/easier/*.yml: replies, answers and kinds of danger in easier words, by id and reader."""

    texts: Dict[str, Dict[str, List[str]]]

    @validator("texts", each_item=True)
    def _easy(cls, value: Dict[str, List[str]]) -> Dict[str, List[str]]:
        for reader, sentences in value.items():
            if len(sentences) not in EASIER_SENTENCES:
                raise ValueError(f"has {len(sentences)} sentences for {reader}; write 2 to 5")
            _short(sentences, EASIER_SENTENCE)
            _short([" ".join(sentences)], EASIER_WORDS)
        return value


class Replies(NamedTuple):
    """All short replies: by topic in the order in which they are tried, what is said in danger, and to single turns."""

    by_topic: Mapping[str, Sequence[ShortReply]]
    danger: Sequence[DangerKind]
    feelings: Sequence[TurnWords]
    transitions: Mapping[str, TurnWords]
    summary: Summary
    easier: Mapping[str, Mapping[str, Sequence[str]]]
    """Sentences in easier words, by the id of a reply, an answer or a kind of danger, and by reader."""

    def fitting(self, case: Case, reader: Reader) -> List[ShortReply]:
        """Replies for a case and a reader, the most special first."""
        return [
            one
            for one in self.by_topic.get(case.topic, ())
            if reader in one.heard and (one.intents is None or case.intent in one.intents) and _holds(one.when, case)
        ]

    def choose(self, case: Case, reader: Reader) -> Optional[ShortReply]:
        """What to say now: a reply to what this message told, else the most special one; None if that was said."""
        fitting = self.fitting(case, reader)
        new = [one for one in fitting if any(case.facts[name].turn == case.turn for name in one.when)]
        return next((one for one in (*new, *fitting[:1]) if said_key(one) not in case.said), None)

    def voice_for(self, case: Case) -> Reader:
        """The reader whose words are used: that of the case, or another where the topic has none for them."""
        reader = reader_of(case)
        of_topic = self.by_topic.get(case.topic, ())
        has_words = not of_topic or any(reader in one.heard for one in of_topic)
        return reader if has_words else STANDS_IN.get(reader, reader)

    def danger_for(self, case: Case) -> DangerKind:
        """The kind of danger that a case is about."""
        return next(one for one in self.danger if _holds(one.when, case))

    def feeling_in(self, text: str) -> Optional[TurnWords]:
        """The feeling that a message names as the writer's own, or None."""
        words = [word.strip(".,!?…") for word in text.casefold().replace("’", "'").split()]
        if set(words) & _NOT or (len(words) > FEW_WORDS and not set(words) & _I):
            return None
        said = f" {' '.join(words)} "
        return next((one for one in self.feelings if any(_is_in(said, cue) for cue in one.cues)), None)


def said_key(reply: ShortReply) -> str:
    """How a case remembers that a reply was given."""
    return f"reply/{reply.id}"


def reader_of(case: Case) -> Reader:
    """Whose words fit a case. A witness or a sibling reads those for people who tell of somebody else, at any age."""
    role = case.role.value
    if role == "own_behaviour":
        return "young_person" if asker(case) == "young_person" else "self_concern"
    if role in ("carer", "professional"):
        return "parent" if role == "carer" else "professional"
    if role == "relative" or not speaks_of_self(case):
        return "other"
    return "adult" if age_band(case) == GROWN_UP else "young_person"


def unused(wordings: Sequence[str], key: str, said: Sequence[str]) -> Optional[Tuple[str, str]]:
    """A wording that was not used in this conversation with the key to remember it by, or None."""
    keys = [f"{key}/{number}" for number in range(len(wordings))]
    return next(((words, one) for words, one in zip(wordings, keys, strict=True) if one not in said), None)


@lru_cache(maxsize=4)
def load_replies(directory: Path = CONTENT_DIR) -> Replies:
    """Read and check content/en/replies, danger.yml and turns.yml.

    Raises:
        ContentError: something in them is wrong; names every problem with file, line and mend.
    """
    library = load_library(directory)
    folder = directory / ENGLISH
    documents = [
        Document(path, f"content/{ENGLISH}/replies/{path.name}") for path in sorted((folder / "replies").glob("*.yml"))
    ]
    files = [(document, document.parse(ReplyFile)) for document in documents]
    danger = Document(folder / "danger.yml", f"content/{ENGLISH}/danger.yml").parse(DangerFile)
    turns = Document(folder / "turns.yml", f"content/{ENGLISH}/turns.yml").parse(TurnsFile)
    summary = Document(folder / "summary.yml", f"content/{ENGLISH}/summary.yml")
    easier = [
        (document, document.parse(EasierFile))
        for path in sorted((folder / "easier").glob("*.yml"))
        for document in [Document(path, f"content/{ENGLISH}/easier/{path.name}")]
    ]
    replies = Replies(
        by_topic={file.topic: tuple(file.replies) for _, file in files},
        danger=tuple(danger.kinds),
        feelings=tuple(turns.feelings),
        transitions={one.id: one for one in turns.transitions},
        summary=summary.parse(Summary),
        easier={name: texts for _, file in easier for name, texts in file.texts.items()},
    )
    problems = [problem for document, file in files for problem in _problems(document, file, library)]
    problems += [
        Problem(summary.name, summary.line(["pieces", place]), f"'{name}' cannot be '{value}'; correct it")
        for place, piece in enumerate(replies.summary.pieces)
        for name, value in piece.when.items()
        if not (_may(name, value) or (value == ANY and name in FACTS and FACTS[name].years))
    ]
    problems += _problems_of_easier(easier, replies, library)
    if problems:
        raise ContentError(problems)
    return replies


def _problems(document: Document, file: ReplyFile, library: Library) -> Iterator[Problem]:
    if file.topic not in library.topics:
        yield Problem(document.name, document.line(["topic"]), f"'{file.topic}' is no topic of topics.yml; correct it")
    if file.replies[-1].when:
        yield Problem(document.name, document.line(["replies"]), "the last reply fits every case; take its `when` away")
    for place, reply in enumerate(file.replies):
        facts = (reply.when, *(choice.facts for choice in reply.choices))
        named = [*(reply.intents or []), *(choice.intent for choice in reply.choices if choice.intent)]
        faults = [
            *(
                f"'{name}' cannot be '{value}'"
                for told in facts
                for name, value in told.items()
                if not _may(name, value)
            ),
            *(f"'{name}' is no intent" for name in named if library.intent(name) is None),
            *(
                f"'{choice.label}' needs either what it asks or the facts that it tells"
                for choice in reply.choices
                if bool(choice.asks) == bool(choice.facts)
            ),
        ]
        for fault in faults:
            yield Problem(document.name, document.line(["replies", place]), f"in '{reply.id}' {fault}; correct it")


def _problems_of_easier(
    files: Sequence[Tuple[Document, EasierFile]], replies: Replies, library: Library
) -> Iterator[Problem]:
    """Whether every reply, answer and kind of danger is there in easier words, for each reader that it has."""
    readers: Dict[str, Iterable[str]] = {
        **{one.id: one.heard for of_topic in replies.by_topic.values() for one in of_topic},
        **{one.id: one.versions for one in library.answers},
        **{one.id: one.words for one in replies.danger},
    }
    for document, file in files:
        for name, texts in file.texts.items():
            place = document.line(["texts", name])
            if name not in readers:
                yield Problem(document.name, place, f"'{name}' is no reply, answer or kind of danger; rename it")
            elif set(texts) != set(readers[name]):
                differ = ", ".join(sorted(set(texts) ^ set(readers[name])))
                yield Problem(document.name, place, f"'{name}' is for other readers than the original: {differ}")
    for missing in sorted(set(readers) - set(replies.easier)):
        yield Problem(f"content/{ENGLISH}/easier", 1, f"has no easier words for '{missing}'; write them")


def _may(name: str, value: Told) -> bool:
    return name in FACTS and FACTS[name].allows(value)


def _holds(when: Mapping[str, Told], case: Case) -> bool:
    return all(
        speaks_of_self(case) if (name, value) == ("about", "self") else case.has(name, value)
        for name, value in when.items()
    )


def _is_in(said: str, cue: str) -> bool:
    """Whether words that begin and end with a space hold a cue: as words, or anywhere where it is an emoji."""
    return f" {cue} " in said if cue[0].isalpha() else cue in said


def _wordings_for_all(value: Dict[Reader, List[str]], most: int) -> Dict[Reader, List[str]]:
    for reader in READERS:
        wordings = value.get(reader, [])
        if len(wordings) != WORDINGS:
            raise ValueError(f"has {len(wordings)} wordings for {reader}; write {WORDINGS}")
        _short(wordings, most)
    return value


def _short(texts: Iterable[str], most: int) -> None:
    for text in texts:
        count = len(text.split())
        if count > most:
            raise ValueError(f"has {count} words in '{text}'; shorten it to {most}")
