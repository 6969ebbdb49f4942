"""Short replies, which are the visible part of an answer. The case's facts decide which reply is shown.

The guidance is folded below the reply.
"""

from functools import lru_cache
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
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import ENGLISH, Library, QuestionKind, Shape
from bot.content.reader import ContentError, Document, Problem

#: Who a reply is written for. `young_person` includes people of unknown age, and `other` is for people who ask about
#: somebody else.
Audience = Literal["young_person", "adult", "parent", "other", "professional", "self_concern"]
AUDIENCES: Tuple[Audience, ...] = get_args(Audience)
#: Maps an audience to the audience that replaces it if a topic has no words for it.
AUDIENCE_FALLBACKS: Mapping[Audience, Audience] = {"self_concern": "adult", "professional": "other"}
FactValue = Union[StrictBool, str]
#: The point of view of a summary, by audience. People who worry about their own behaviour get no summary.
Side = Literal["self", "parent", "other"]
SIDES: Mapping[Audience, Side] = {
    "young_person": "self",
    "adult": "self",
    "parent": "parent",
    "other": "other",
    "professional": "other",
}
#: In a summary piece, "any" matches every age. A summary has two or three pieces.
ANY, MAX_PIECES, MIN_PIECES = "any", 3, 2
#: The number of wordings of a text that may be needed more than once in a conversation.
WORDINGS = 3
#: Word limits for an acknowledgement, a next step, the first words about danger (those before the first button), later
#: words about danger, and a reply to a single turn.
HEARD_WORDS, NOW_WORDS, DANGER_WORDS, AGAIN_WORDS, TURN_WORDS = 20, 22, 25, 15, 18
#: Limits for easier words: sentences in a text, words in a sentence, and words in a text.
EASIER_SENTENCES, EASIER_SENTENCE, EASIER_WORDS = range(2, 6), 10, 32

#: In a message with more words than this, a feeling counts as the writer's own only if there is also a word for "I".
FEW_WORDS = 3
_I = frozenset(("i", "im", "i'm", "ive", "i've", "me", "my"))
_NOT = frozenset("not dont don't never isnt isn't aint wasnt wasn't didnt didn't".split())


class Suggestion(Shape):
    """A suggested next message, in the person's own words. It asks a direct question or states facts."""

    label: str = Field(max_length=40)
    asks: Optional[QuestionKind] = None
    facts: Dict[str, FactValue] = {}
    #: The intent that is sent when the suggestion is pressed. None means the conversation's current intent.
    intent: Optional[str] = None
    audiences: List[Audience] = Field(default=list(AUDIENCES), alias="for")


class ShortReply(Shape):
    """The reply to a case with certain facts: an acknowledgement, in three wordings, and a single thing to do now."""

    id: str
    when: Dict[str, FactValue] = {}
    #: The topic's intents that the reply is for. None means all the topic's intents.
    intents: Optional[List[str]] = None
    heard: Dict[Audience, List[str]]
    now: Dict[Audience, str]
    choices: List[Suggestion] = []

    @validator("heard")
    def _heard(cls, value: Dict[Audience, List[str]]) -> Dict[Audience, List[str]]:
        for audience, wordings in value.items():
            if len(wordings) != WORDINGS:
                raise ValueError(f"has {len(wordings)} wordings for {audience}; write {WORDINGS}")
            _check_length(wordings, HEARD_WORDS)
        return value

    @validator("now")
    def _now(cls, value: Dict[Audience, str], values: Mapping[str, object]) -> Dict[Audience, str]:
        _check_length(value.values(), NOW_WORDS)
        heard = values.get("heard")
        if set(value) != (set(heard) if isinstance(heard, dict) else set()):
            raise ValueError("is for other readers than `heard`; write it for the same")
        return value


class ReplyFile(Shape):
    """The contents of content/en/replies/<topic>.yml."""

    topic: str
    replies: List[ShortReply] = Field(min_items=1)


class DangerKind(Shape):
    """The first words for a kind of danger, and three wordings for later turns."""

    id: str
    when: Dict[str, FactValue] = {}
    words: Dict[Audience, str]
    again: Dict[Audience, List[str]]

    @validator("words")
    def _all(cls, value: Dict[Audience, str]) -> Dict[Audience, str]:
        missing = set(AUDIENCES) - set(value)
        if missing:
            raise ValueError(f"lacks the words for {', '.join(sorted(missing))}; write them")
        _check_length(value.values(), DANGER_WORDS)
        return value

    @validator("again")
    def _three(cls, value: Dict[Audience, List[str]]) -> Dict[Audience, List[str]]:
        return _wordings_for_all(value, AGAIN_WORDS)


class DangerFile(Shape):
    """The contents of content/en/danger.yml. The first kind that fits is used, and the last one fits every case."""

    kinds: List[DangerKind] = Field(min_items=1)


class TurnWords(Shape):
    """The reply to a feeling, or to a message that adds nothing, in three wordings for each audience."""

    id: str
    #: Words and emoji that name the feeling.
    cues: List[str] = []
    words: Dict[Audience, List[str]]

    @validator("words")
    def _all(cls, value: Dict[Audience, List[str]]) -> Dict[Audience, List[str]]:
        return _wordings_for_all(value, TURN_WORDS)


class TurnsFile(Shape):
    """The contents of content/en/turns.yml."""

    feelings: List[TurnWords]
    transitions: List[TurnWords]


class Piece(Shape):
    """The words that certain facts add to the summary, for each point of view. The value `any` matches every age."""

    when: Dict[str, FactValue]
    by: Dict[Side, str]


class Summary(Shape):
    """The contents of content/en/summary.yml: a one-line summary of what has been understood so far."""

    sentence: str
    between: str
    last: str
    pieces: List[Piece]

    def of(self, case: Case, audience: Audience) -> Optional[str]:
        """Return a case's summary, or None if too little is known or the audience gets no summary."""
        known = [said for piece in self.pieces for said in _said(piece, case, SIDES.get(audience))][:MAX_PIECES]
        if len(known) < MIN_PIECES:
            return None
        return self.sentence.format(known=self.last.join([self.between.join(known[:-1]), known[-1]]))


def _said(piece: Piece, case: Case, side: Optional[Side]) -> Iterator[str]:
    years = next((case.value(name) for name, value in piece.when.items() if value == ANY), None)
    told = {name: value for name, value in piece.when.items() if value != ANY}
    has_years = len(told) == len(piece.when) or years is not None
    if side in piece.by and has_years and _holds(told, case):
        yield piece.by[side].format(age=years)


class EasierFile(Shape):
    """A content/en/easier/*.yml file: replies, answers and kinds of danger in easier words, by id and audience."""

    texts: Dict[str, Dict[str, List[str]]]

    @validator("texts", each_item=True)
    def _easy(cls, value: Dict[str, List[str]]) -> Dict[str, List[str]]:
        for audience, sentences in value.items():
            if len(sentences) not in EASIER_SENTENCES:
                raise ValueError(f"has {len(sentences)} sentences for {audience}; write 2 to 5")
            _check_length(sentences, EASIER_SENTENCE)
            _check_length([" ".join(sentences)], EASIER_WORDS)
        return value


class Replies(NamedTuple):
    """All short replies: those for each topic, in the order they are tried, and those for danger and single turns."""

    by_topic: Mapping[str, Sequence[ShortReply]]
    danger: Sequence[DangerKind]
    feelings: Sequence[TurnWords]
    transitions: Mapping[str, TurnWords]
    summary: Summary
    easier: Mapping[str, Mapping[str, Sequence[str]]]
    """Sentences in easier words, by the id of a reply, an answer or a kind of danger, and then by audience."""

    def fitting(self, case: Case, audience: Audience) -> List[ShortReply]:
        """Return the replies that fit a case and an audience, most specific first."""
        return [
            one
            for one in self.by_topic.get(case.topic, ())
            if audience in one.heard and (one.intents is None or case.intent in one.intents) and _holds(one.when, case)
        ]

    def choose(self, case: Case, audience: Audience) -> Optional[ShortReply]:
        """Return the first reply that has not been used yet, or None.

        Replies to a fact from this message are tried first, and then the most specific of all fitting replies.
        """
        fitting = self.fitting(case, audience)
        new = [one for one in fitting if any(case.facts[name].turn == case.turn for name in one.when)]
        return next((one for one in (*new, *fitting[:1]) if said_key(one) not in case.said), None)

    def audience_for(self, case: Case) -> Audience:
        """Return the case's audience, or its fallback if the topic has no words for that audience."""
        audience = audience_of(case)
        of_topic = self.by_topic.get(case.topic, ())
        has_words = not of_topic or any(audience in one.heard for one in of_topic)
        return audience if has_words else AUDIENCE_FALLBACKS.get(audience, audience)

    def danger_for(self, case: Case) -> DangerKind:
        """Return the first kind of danger that fits a case."""
        return next(one for one in self.danger if _holds(one.when, case))

    def feeling_in(self, text: str) -> Optional[TurnWords]:
        """Return the feeling that the writer names as their own, or None. A message with a negation never counts."""
        words = [word.strip(".,!?…") for word in text.casefold().replace("’", "'").split()]
        if set(words) & _NOT or (len(words) > FEW_WORDS and not set(words) & _I):
            return None
        said = f" {' '.join(words)} "
        return next((one for one in self.feelings if any(_is_in(said, cue) for cue in one.cues)), None)


def said_key(reply: ShortReply) -> str:
    """Return a reply's key in `Case.said`."""
    return f"reply/{reply.id}"


def audience_of(case: Case) -> Audience:
    """Return a case's audience. People who write about somebody else are `other`, whatever their age."""
    role = case.role.value
    if role == "own_behaviour":
        return "young_person" if asker(case) == "young_person" else "self_concern"
    if role in ("carer", "professional"):
        return "parent" if role == "carer" else "professional"
    if role == "relative" or not speaks_of_self(case):
        return "other"
    return "adult" if age_band(case) == GROWN_UP else "young_person"


def unused(wordings: Sequence[str], key: str, said: Sequence[str]) -> Optional[Tuple[str, str]]:
    """Return the first unused wording and its key, or None if all have been used."""
    keys = [f"{key}/{number}" for number in range(len(wordings))]
    return next(((words, one) for words, one in zip(wordings, keys, strict=True) if one not in said), None)


@lru_cache(maxsize=4)
def load_replies(content: Content = CONTENT) -> Replies:
    """Read and check content/en/replies, danger.yml, turns.yml, summary.yml and easier.

    Raises:
        ContentError: the files have problems. The error lists every problem with its file, line and fix.
    """
    library = load_library(content)
    documents = [content.document(name) for name in content.names(f"{ENGLISH}/replies/*.yml")]
    files = [(document, document.parse(ReplyFile)) for document in documents]
    danger = content.document(f"{ENGLISH}/danger.yml").parse(DangerFile)
    turns = content.document(f"{ENGLISH}/turns.yml").parse(TurnsFile)
    summary = content.document(f"{ENGLISH}/summary.yml")
    easier = [
        (document, document.parse(EasierFile))
        for name in content.names(f"{ENGLISH}/easier/*.yml")
        for document in [content.document(name)]
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
        summary.problem(["pieces", place], f"'{name}' cannot be '{value}'; correct it")
        for place, piece in enumerate(replies.summary.pieces)
        for name, value in piece.when.items()
        if not (_is_possible(name, value) or (value == ANY and name in FACTS and FACTS[name].years))
    ]
    problems += _problems_of_easier(easier, replies, library)
    if problems:
        raise ContentError(problems)
    return replies


def _problems(document: Document, file: ReplyFile, library: Library) -> Iterator[Problem]:
    if file.topic not in library.topics:
        yield document.problem(["topic"], f"'{file.topic}' is no topic of topics.yml; correct it")
    if file.replies[-1].when:
        yield document.problem(["replies"], "the last reply fits every case; take its `when` away")
    for place, reply in enumerate(file.replies):
        facts = (reply.when, *(choice.facts for choice in reply.choices))
        named = [*(reply.intents or []), *(choice.intent for choice in reply.choices if choice.intent)]
        faults = [
            *(
                f"'{name}' cannot be '{value}'"
                for told in facts
                for name, value in told.items()
                if not _is_possible(name, value)
            ),
            *(f"'{name}' is no intent" for name in named if library.intent(name) is None),
            *(
                f"'{choice.label}' needs either what it asks or the facts that it tells"
                for choice in reply.choices
                if bool(choice.asks) == bool(choice.facts)
            ),
        ]
        for fault in faults:
            yield document.problem(["replies", place], f"in '{reply.id}' {fault}; correct it")


def _problems_of_easier(
    files: Sequence[Tuple[Document, EasierFile]], replies: Replies, library: Library
) -> Iterator[Problem]:
    """Yield problems with easier words, such as a missing text, an unknown id, or audiences unlike the original's."""
    readers: Dict[str, Iterable[str]] = {
        **{one.id: one.heard for of_topic in replies.by_topic.values() for one in of_topic},
        **{one.id: one.versions for one in library.answers},
        **{one.id: one.words for one in replies.danger},
    }
    for document, file in files:
        for name, texts in file.texts.items():
            place = ["texts", name]
            if name not in readers:
                yield document.problem(place, f"'{name}' is no reply, answer or kind of danger; rename it")
            elif set(texts) != set(readers[name]):
                differ = ", ".join(sorted(set(texts) ^ set(readers[name])))
                yield document.problem(place, f"'{name}' is for other readers than the original: {differ}")
    for missing in sorted(set(readers) - set(replies.easier)):
        yield Problem(f"content/{ENGLISH}/easier", 1, f"has no easier words for '{missing}'; write them")


def _is_possible(name: str, value: FactValue) -> bool:
    return name in FACTS and FACTS[name].allows(value)


def _holds(when: Mapping[str, FactValue], case: Case) -> bool:
    return all(
        speaks_of_self(case) if (name, value) == ("about", "self") else case.has(name, value)
        for name, value in when.items()
    )


def _is_in(said: str, cue: str) -> bool:
    """Whether a text, padded with spaces, contains a cue as whole words (or anywhere, if the cue is an emoji)."""
    return f" {cue} " in said if cue[0].isalpha() else cue in said


def _wordings_for_all(value: Dict[Audience, List[str]], most: int) -> Dict[Audience, List[str]]:
    for audience in AUDIENCES:
        wordings = value.get(audience, [])
        if len(wordings) != WORDINGS:
            raise ValueError(f"has {len(wordings)} wordings for {audience}; write {WORDINGS}")
        _check_length(wordings, most)
    return value


def _check_length(texts: Iterable[str], most: int) -> None:
    for text in texts:
        count = len(text.split())
        if count > most:
            raise ValueError(f"has {count} words in '{text}'; shorten it to {most}")
