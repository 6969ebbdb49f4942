"""Models for the files that hold the visible parts of answers, such as replies/, next_steps/ and remarks.yml."""

from typing import Dict, Iterable, Iterator, List, Literal, Mapping, Optional, Tuple, TypeVar, Union, get_args

from pydantic import Field, StrictBool, validator

from bot.case.case import Case
from bot.case.derived import speaks_of_self
from bot.case.facts import HARM
from bot.content.models import QUESTION_KINDS, QuestionKind, Shape

#: Who a reply is written for. `young_person` includes people of unknown age, and `other` is for people who ask about
#: somebody else.
Audience = Literal["young_person", "adult", "parent", "other", "professional", "self_concern"]
AUDIENCES: Tuple[Audience, ...] = get_args(Audience)
FactValue = Union[StrictBool, str]
Key = TypeVar("Key", bound=str)
#: The point of view of a summary, by audience.
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
#: The kind of question that has no written answer.
OTHER_QUESTION = "other"
#: The number of wordings of a text that a conversation may need more than once.
WORDINGS = 3
#: Word limits for an acknowledgement, a next step, the first words about danger (those before the first button), later
#: words about danger, and a reply to a single turn.
HEARD_WORDS, NOW_WORDS, DANGER_WORDS, AGAIN_WORDS, TURN_WORDS = 20, 22, 25, 15, 18
#: Limits for easier words: sentences in a text, words in a sentence, words in an answer to a frequently asked question,
#: and words in any other text. The last is lower, because a reply often contains several such texts.
EASIER_SENTENCES, EASIER_SENTENCE, EASIER_FAQ_WORDS, EASIER_WORDS = range(2, 6), 10, 50, 32
#: Limits for a next step: sentences and words. Its sentences are as short as in easier words.
STEP_SENTENCES, STEP_WORDS = range(2, 4), 28
#: The number of replies to a remark. Each is as short as a next step.
REMARK_REPLIES = 2


class Suggestion(Shape):
    """A suggested next message, in the person's own words. It asks a direct question or states facts."""

    label: str = Field(max_length=40)
    asks: Optional[QuestionKind] = None
    facts: Dict[str, FactValue] = {}
    #: The intent that is sent when the suggestion is pressed. None means the conversation's current intent.
    intent: Optional[str] = None
    audiences: List[Audience] = Field(default=list(AUDIENCES), alias="for")


class ShortReply(Shape):
    """The reply to a case with certain facts: an acknowledgement in three wordings, and one thing to do now."""

    id: str
    when: Dict[str, FactValue] = {}
    #: The topic's intents that the reply is for. None means all of them.
    intents: Optional[List[str]] = None
    #: Further facts required for giving the reply in another topic's story. None means that it is never given there.
    elsewhere: Optional[Dict[str, FactValue]] = None
    heard: Dict[Audience, List[str]]
    now: Dict[Audience, str]
    choices: List[Suggestion] = []

    @validator("heard")
    def _heard(cls, value: Dict[Audience, List[str]]) -> Dict[Audience, List[str]]:
        for audience, wordings in value.items():
            if len(wordings) != WORDINGS:
                raise ValueError(f"has {len(wordings)} wordings for {audience}; write {WORDINGS}")
            check_length(wordings, HEARD_WORDS)
        return value

    @validator("now")
    def _now(cls, value: Dict[Audience, str], values: Mapping[str, object]) -> Dict[Audience, str]:
        check_length(value.values(), NOW_WORDS)
        heard = values.get("heard")
        if set(value) != (set(heard) if isinstance(heard, dict) else set()):
            raise ValueError("is for other readers than `heard`; write it for the same")
        return value


class ReplyFile(Shape):
    """The contents of content/en/replies/<topic>.yml."""

    topic: str
    replies: List[ShortReply] = Field(min_items=1)


class NextStep(Shape):
    """A later reply in a story: something that is true of such situations, and one more thing to do.

    It is given when a message adds a detail that no short reply covers. It is already written in easier words, so it
    has no easier version.
    """

    id: str
    when: Dict[str, FactValue] = {}
    words: Dict[Audience, List[str]]

    @validator("words")
    def _easy(cls, value: Dict[Audience, List[str]]) -> Dict[Audience, List[str]]:
        return _in_short_sentences(value, STEP_SENTENCES, STEP_WORDS)


class StepFile(Shape):
    """The contents of content/en/next_steps/<topic>.yml. Steps are given in the file's order."""

    topic: str
    #: Whether the steps are only for people who describe something that happened, rather than people who only ask.
    for_stories: bool = False
    steps: List[NextStep] = Field(min_items=1)
    #: Advice that applies to every story in the topic, for a message that was not understood. It is also in easier
    #: words.
    fallback: Dict[Audience, List[str]] = {}

    @validator("fallback")
    def _easy(cls, value: Dict[Audience, List[str]]) -> Dict[Audience, List[str]]:
        return _in_short_sentences(value, EASIER_SENTENCES, EASIER_WORDS)


class Remark(Shape):
    """Something that messages say besides facts, such as that an app ignored a report, and the replies to it.

    The model recognises remarks (`bot/nlu/context.py`). The replies are in easy words, so they have no easier version.
    """

    id: str
    #: What a message with this remark says, for annotators.
    means: str
    #: Whether only people worried about their own behaviour say this.
    own_behaviour: bool = False
    #: The replies for each audience that may say this, each as a list of sentences.
    words: Dict[Audience, List[List[str]]]

    @validator("words")
    def _easy(cls, value: Dict[Audience, List[List[str]]]) -> Dict[Audience, List[List[str]]]:
        for audience, replies in value.items():
            if len(replies) != REMARK_REPLIES:
                raise ValueError(f"has {len(replies)} replies for {audience}; write {REMARK_REPLIES}")
            for sentences in replies:
                _in_short_sentences({audience: sentences}, STEP_SENTENCES, STEP_WORDS)
        return value


class RemarksFile(Shape):
    """The contents of content/en/remarks.yml."""

    remarks: List[Remark]

    @validator("remarks")
    def _unique(cls, value: List[Remark]) -> List[Remark]:
        ids = [remark.id for remark in value]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"has {', '.join(twice)} twice; rename one")
        return value


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
        check_length(value.values(), DANGER_WORDS)
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


class QuestionsFile(Shape):
    """The contents of content/en/questions.yml: each kind of direct question in the words of each audience."""

    questions: Dict[str, Dict[Audience, str]]

    @validator("questions")
    def _all(cls, value: Dict[str, Dict[Audience, str]]) -> Dict[str, Dict[Audience, str]]:
        unknown = set(value) - set(QUESTION_KINDS)
        if unknown:
            raise ValueError(f"has {', '.join(sorted(unknown))}, which is no kind of question; correct it")
        for kind in (one for one in QUESTION_KINDS if one != OTHER_QUESTION):
            missing = set(AUDIENCES) - set(value.get(kind, {}))
            if missing:
                raise ValueError(f"lacks '{kind}' for {', '.join(sorted(missing))}; write it")
        return value


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
        """Return a case's summary, or None if too little is known.

        A summary that does not say what happened sounds as if nobody listened. People who worry about their own
        behaviour get none, because the facts are about what they did to somebody else.
        """
        is_harm_told = any(case.has(name) and case.was_told([name]) for name in HARM)
        if case.role.value == "own_behaviour" or not is_harm_told:
            return None
        known = [said for piece in self.pieces for said in _said(piece, case, SIDES.get(audience))][:MAX_PIECES]
        if len(known) < MIN_PIECES:
            return None
        return self.sentence.format(known=self.last.join([self.between.join(known[:-1]), known[-1]]))


def _said(piece: Piece, case: Case, side: Optional[Side]) -> Iterator[str]:
    if not case.was_told(piece.when):
        # An inferred fact may be wrong, and a wrong summary shows that nobody listened.
        return
    years = next((case.value(name) for name, value in piece.when.items() if value == ANY), None)
    told = {name: value for name, value in piece.when.items() if value != ANY}
    has_years = len(told) == len(piece.when) or years is not None
    if side in piece.by and has_years and holds(told, case):
        yield piece.by[side].format(age=years)


class EasierFile(Shape):
    """A content/en/easier/*.yml file: replies, answers and kinds of danger in easier words, by id and audience."""

    texts: Dict[str, Dict[str, List[str]]]

    @validator("texts", each_item=True)
    def _easy(cls, value: Dict[str, List[str]]) -> Dict[str, List[str]]:
        return _in_short_sentences(value, EASIER_SENTENCES, EASIER_FAQ_WORDS)


def just_told(when: Iterable[str], case: Case) -> bool:
    """Whether the latest message stated any of these facts."""
    return any(case.facts[name].turn == case.turn for name in when if name in case.facts)


def holds(when: Mapping[str, FactValue], case: Case) -> bool:
    """Whether a case has all of these facts. For `about: self`, see `speaks_of_self`."""
    return all(
        speaks_of_self(case) if (name, value) == ("about", "self") else case.has(name, value)
        for name, value in when.items()
    )


def _in_short_sentences(value: Dict[Key, List[str]], count: range, most: int) -> Dict[Key, List[str]]:
    for audience, sentences in value.items():
        if len(sentences) not in count:
            raise ValueError(f"has {len(sentences)} sentences for {audience}; write {count.start} to {count.stop - 1}")
        check_length(sentences, EASIER_SENTENCE)
        check_length([" ".join(sentences)], most)
    return value


def _wordings_for_all(value: Dict[Audience, List[str]], most: int) -> Dict[Audience, List[str]]:
    for audience in AUDIENCES:
        wordings = value.get(audience, [])
        if len(wordings) != WORDINGS:
            raise ValueError(f"has {len(wordings)} wordings for {audience}; write {WORDINGS}")
        check_length(wordings, most)
    return value


def check_length(texts: Iterable[str], most: int) -> None:
    """Raise ValueError if a text has more than `most` words."""
    for text in texts:
        count = len(text.split())
        if count > most:
            raise ValueError(f"has {count} words in '{text}'; shorten it to {most}")
