"""The shapes of content files. Each field that an editor may set is named here, and nothing else is accepted."""

import re
from datetime import date
from typing import Dict, List, Literal, Optional, Tuple, get_args

from pydantic import BaseModel, Extra, Field, root_validator, validator

from bot.content.hours import Hours

ASKERS = ("parent", "young_person", "professional", "self_concern", "other", "unknown")
Asker = Literal["parent", "young_person", "professional", "self_concern", "other", "unknown"]
Urgency = Literal["none", "concern", "active_harm", "immediate_danger"]

#: In this order, from least to most.
URGENCIES = ("none", "concern", "active_harm", "immediate_danger")

#: Kinds of direct question; data/conversations/README.md says what belongs to each.
QuestionKind = Literal[
    "pay",
    "trouble_me",
    "trouble_them",
    "who_is_told",
    "age_matters",
    "is_it_illegal",
    "right_service",
    "can_they_see",
    "is_it_grooming",
    "my_fault",
    "will_they_share",
    "can_it_be_removed",
    "delete_or_keep",
    "block",
    "should_i_tell",
    "confront",
    "is_it_a_scam",
    "what_next",
    "how_long",
    "do_i_have_to",
    "is_it_normal",
    "can_you",
    "will_it_stop",
    "too_late",
    "should_i_meet",
    "should_i_reply",
    "are_you_real",
    "is_it_free_or_open",
    "how_to_say_it",
    "other",
]
QUESTION_KINDS: Tuple[str, ...] = get_args(QuestionKind)

SUMMARY_WORDS = 80
STEP_WORDS = 45
ANSWER_WORDS = 50
TITLE_LETTERS = 60
LABEL_LETTERS = 60


Picture = Literal["street", "door", "swings", "school", "shop", "letter", "key", "bag", "friends"]


class Shape(BaseModel):
    """Base of all: unknown fields are refused, values do not change."""

    class Config:
        extra = Extra.forbid
        frozen = True


class Intent(Shape):
    """One intent: what belongs to it, how urgent it is, and who it comes from when the words do not say."""

    meaning: str
    urgency: Urgency
    asker: Asker = "unknown"
    #: What its button says when the assistant asks which of two was meant; without one it is never asked about.
    label: Optional[str] = Field(default=None, max_length=LABEL_LETTERS)
    #: Whether a comparison is offered after its answer.
    comparison_helps: bool = False
    #: Whether one is shown with its answer.
    shows_comparison: bool = False


class Topic(Shape):
    """One topic and its intents."""

    about: str
    intents: Dict[str, Intent]


class Source(Shape):
    """Where a fact was read, and when."""

    name: str
    url: str
    read_on: date
    note: Optional[str] = None

    @validator("url")
    def _url(cls, value: str) -> str:
        return _https(value)


class Anonymous(Shape):
    """Whether a service can be used without a name, and that in words."""

    can: Literal["yes", "no", "partly"]
    words: str


class Service(Shape):
    """One service people are sent to. Numbers and addresses stand here and nowhere else."""

    name: str
    does: str
    phone: Optional[str]
    text: Optional[str]
    url: Optional[str]
    hours: Hours
    anonymous: Anonymous
    audiences: List[Asker]
    topics: List[str]
    #: Whether it is for people who worry that they, or somebody close to them, may do harm.
    for_doers: bool = False
    age_in_image: Literal["any", "under_18", "18_or_over"]
    min_age: Optional[int]
    max_age: Optional[int]
    area: Literal["uk", "essex", "england_wales", "england_wales_ni", "scotland", "northern_ireland", "world"]
    cost: Literal["free", "paid", "standard_rate", "unknown"]
    note: Optional[str]
    #: What to do if nobody answers, as a whole sentence.
    if_closed: Optional[str]
    sources: List[str] = Field(min_items=1)
    checked_on: date
    confirmed_live: bool
    doubts: List[str]

    @validator("url")
    def _url(cls, value: Optional[str]) -> Optional[str]:
        return None if value is None else _https(value)


class Version(Shape):
    """A piece of guidance as one kind of asker reads it."""

    summary: str
    steps: List[str] = Field(min_items=1, max_items=7)
    say: Optional[str] = None

    @validator("summary")
    def _summary(cls, value: str) -> str:
        return _at_most(SUMMARY_WORDS, value)

    @validator("steps", each_item=True)
    def _step(cls, value: str) -> str:
        return _at_most(STEP_WORDS, value)


class Guidance(Shape):
    """The answer to one or several intents, in a version for each kind of asker."""

    id: str
    intents: List[str] = Field(min_items=1)
    title: str
    sources: List[str] = Field(min_items=1)
    #: What is said to "and what if …?" after this answer, where the topic's does not fit.
    what_if: Dict[Asker, str] = {}
    versions: Dict[Asker, Version]
    default: Asker

    @validator("title")
    def _title(cls, value: str) -> str:
        if len(value) > TITLE_LETTERS:
            raise ValueError(f"has {len(value)} letters; shorten it to {TITLE_LETTERS}")
        return value

    @validator("versions")
    def _both(cls, value: Dict[Asker, Version]) -> Dict[Asker, Version]:
        missing = {"parent", "young_person"} - set(value)
        if missing:
            raise ValueError(f"lacks a version for {' and '.join(sorted(missing))}; write it")
        return value

    @validator("default")
    def _default(cls, value: Asker, values: Dict[str, object]) -> Asker:
        versions = values.get("versions")
        if isinstance(versions, dict) and value not in versions:
            raise ValueError(f"is '{value}', for whom there is no version; name one of {', '.join(versions)}")
        return value

    def version_for(self, asker: str) -> Version:
        """The version written for `asker`, or the default one."""
        return self.versions.get(asker) or self.versions[self.default]  # type: ignore[call-overload]


class GuidanceFile(Shape):
    """content/en/guidance/<topic>.yml."""

    topic: str
    #: What is said to "and what if …?" after an answer of this topic.
    what_if: Dict[Asker, str] = {}
    guidance: List[Guidance]


class Choice(Shape):
    """One answer to a comparison's question, and what it means online or, where it is a disclosure, its intent."""

    id: str
    label: str
    answer: Optional[str] = None
    leads_to: Optional[str] = None

    @root_validator
    def _one_of(cls, values: Dict[str, object]) -> Dict[str, object]:
        if (values.get("answer") is None) == (values.get("leads_to") is None):
            raise ValueError("needs either an answer or, for a disclosure, the intent it leads_to")
        return values


class Say(Shape):
    """Words to use with a child, by the child's age."""

    up_to_10: str
    from_11_to_13: str
    from_14: str

    def at(self, age: int) -> str:
        """The words for a child of `age` years."""
        if age <= 10:
            return self.up_to_10
        return self.from_11_to_13 if age <= 13 else self.from_14


class Scene(Shape):
    """A comparison as one kind of asker meets it."""

    real_world: str
    online: str
    question: str
    choices: List[Choice] = Field(min_items=2, max_items=4)
    say: Optional[Say] = None


class Scenes(Shape):
    """Both versions of a comparison."""

    young_person: Scene
    parent: Scene


class Comparison(Shape):
    """A scene in the street beside the same thing online: the idea the project is named after."""

    id: str
    #: The drawing beside the scene; each is a symbol of bot/chat/templates/scenes.html.
    picture: Picture
    topics: List[str] = Field(min_items=1)
    sources: List[str] = Field(min_items=1)
    versions: Scenes

    def scene_for(self, asker: str) -> Scene:
        """Young people are spoken to directly; everybody else gets the version to use with a child."""
        return self.versions.young_person if asker == "young_person" else self.versions.parent


class ComparisonFile(Shape):
    """content/en/comparisons/<topic>.yml."""

    comparisons: List[Comparison]


class DirectAnswer(Shape):
    """A short, straight answer to a kind of direct question, in the words for each kind of asker."""

    id: str
    asks: QuestionKind
    #: Topics of the conversation in which it is the answer; in all where there are none.
    topics: Optional[List[str]] = None
    sources: List[str] = []
    versions: Dict[Asker, str]

    @validator("versions")
    def _default(cls, value: Dict[Asker, str]) -> Dict[Asker, str]:
        if "unknown" not in value:
            raise ValueError("lacks the version for 'unknown', which everybody else reads; write it")
        return value

    @validator("versions", each_item=True)
    def _short(cls, value: str) -> str:
        return _at_most(ANSWER_WORDS, value)

    def reader(self, asker: str) -> Asker:
        """Whose words `asker` reads: their own, or those for everybody."""
        return asker if asker in self.versions else "unknown"  # type: ignore[return-value]


class AnswersFile(Shape):
    """content/en/answers.yml."""

    answers: List[DirectAnswer]


class ChoiceWords(Shape):
    """A button: its label and what pressing it tells the assistant."""

    label: str
    intent: str
    entities: Dict[str, str] = {}


#: Words beside a sign of harm at most, for it to be an alarm.
FEW_WORDS = 3
#: Messages that always do the same.
Command = Literal["help", "easier", "usual"]


class Words(Shape):
    """content/en/words.yml: fixed sentences that actions say."""

    welcome: List[str] = Field(min_items=1)
    commands: Dict[Command, List[str]]
    alarms: List[str]
    easier_on: str
    easier_off: str
    help_is_here: str
    ask_asker: str
    askers: List[ChoiceWords] = Field(min_items=2, max_items=2)
    ask_about: str
    about: List[ChoiceWords]
    ask_topic: str
    capabilities: List[ChoiceWords]
    ask_own_topic: str
    own_capabilities: List[ChoiceWords]
    you_could_say: str
    compare: ChoiceWords
    not_meant: str
    not_meant_choice: ChoiceWords
    in_danger: str
    helplines: List[str] = Field(min_items=1)
    offer_comparison: str
    offer_comparison_choices: List[ChoiceWords]
    another_comparison: str
    no_comparison: str
    not_now: str
    how_old_is_your_child: str
    child_ages: List[ChoiceWords]
    did_it_help: str
    did_it_help_choices: List[ChoiceWords]
    it_helped: str
    it_did_not_help: str
    go_on: str
    no_need_to_ring: str
    no_problem: str
    not_in_danger: str
    asker_noted: str
    age_noted: str
    place_noted: str
    why_asked: str
    greet: str
    take_your_time: str
    thank: str
    goodbye: str
    sorry_misread: List[str]
    outside: List[str]
    still_there: str
    hint_heard: str
    said_before: str
    did_you_mean: str
    something_else: ChoiceWords
    not_understood_again: str
    other_language: str
    say_with_child: str
    emergency: str
    open_until: str
    open_always: str
    opens: str
    closed: str

    def is_alarm(self, text: str) -> bool:
        """Whether `text` is hardly more than a sign of harm, a knife or pills."""
        words = re.findall(r"[^\W_]{1,1000}", text)
        return len(words) <= FEW_WORDS and any(sign in text for sign in self.alarms)

    def command(self, text: str) -> Optional[Command]:
        """Which message that always does the same `text` is: case, punctuation and repeated letters do not count."""
        letters = " ".join(re.sub(r"[^\w\s🆘]", "", text.casefold()).split())
        typed = re.sub(r"(.)\1{1,1000}", r"\1", letters)
        return next((name for name, spellings in self.commands.items() if typed in spellings), None)


class Language(Shape):
    """content/<language>/language.yml."""

    name: str
    #: Files of the folder that somebody other than their writer has read, and when.
    reviewed: Dict[str, date]


class StyleRule(Shape):
    """Words that house style forbids, and what to write instead."""

    never: str
    instead: str


class Style(Shape):
    """content/en/style.yml."""

    #: Years of age at which a text can be read at the latest, for young people's texts and for all others.
    reading_age_young_person: int
    reading_age_others: int
    reply_age_young_person: int
    reply_age_others: int
    sentence_words: int
    #: A fact that was checked longer ago is stale.
    fresh_for_days: int
    rules: List[StyleRule]


def _https(value: str) -> str:
    if not value.startswith("https://"):
        raise ValueError(f"is '{value}'; an address begins with https://")
    return value


def _at_most(words: int, value: str) -> str:
    count = len(value.split())
    if count > words:
        raise ValueError(f"has {count} words; shorten it to {words}")
    return value
