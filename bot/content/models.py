"""Models for the content files, and `Library`, which holds all content."""

import re
from datetime import date
from typing import Dict, List, Literal, Mapping, NamedTuple, Optional, Tuple, get_args

from pydantic import BaseModel, Extra, Field, root_validator, validator

from bot.content.hours import Hours

#: The folder in content/ with the English texts. The facts and rules next to it apply to every language.
ENGLISH = "en"
WORDS = f"{ENGLISH}/words.yml"
ANSWERS = f"{ENGLISH}/answers.yml"
MANIFEST = f"{ENGLISH}/language.yml"

#: Services that the code refers to by id: 999 for danger, and two to show if the chat does not answer or cannot help.
NAMED_SERVICES = ("police_999", "police_101", "childline")

#: A placeholder in a text for a service's phone number, text number or name.
PLACEHOLDER = re.compile(r"\{(\w+)\.(phone|text|name)\}")

ASKERS = ("parent", "young_person", "professional", "self_concern", "other", "unknown")
Asker = Literal["parent", "young_person", "professional", "self_concern", "other", "unknown"]
Urgency = Literal["none", "concern", "active_harm", "immediate_danger"]

#: All urgencies, from least to most urgent.
URGENCIES = ("none", "concern", "active_harm", "immediate_danger")

#: Kinds of direct question. data/conversations/README.md explains what each kind covers.
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
    """Base class of all the models. Unknown fields are rejected, and values are immutable."""

    class Config:
        extra = Extra.forbid
        frozen = True


class Intent(Shape):
    """An intent: its meaning, its urgency, and the asker to assume if a message does not show who is asking."""

    meaning: str
    urgency: Urgency
    asker: Asker = "unknown"
    #: Its button label when the assistant asks what the writer meant. If this is None, the intent is never offered.
    label: Optional[str] = Field(default=None, max_length=LABEL_LETTERS)
    #: Whether to offer a comparison after the answer to this intent.
    comparison_helps: bool = False
    #: Whether to show a comparison as part of the answer.
    shows_comparison: bool = False


class Topic(Shape):
    """A topic and its intents."""

    about: str
    intents: Dict[str, Intent]


class Source(Shape):
    """A source of facts, and the day on which it was read."""

    name: str
    url: str
    read_on: date
    note: Optional[str] = None

    @validator("url")
    def _url(cls, value: str) -> str:
        return _https(value)


class Anonymous(Shape):
    """Whether people can use a service without giving their name, as a fixed value and in words."""

    can: Literal["yes", "no", "partly"]
    words: str


class Service(Shape):
    """A service that people are referred to. Its phone numbers and web addresses appear in no other file."""

    name: str
    does: str
    phone: Optional[str]
    text: Optional[str]
    url: Optional[str]
    hours: Hours
    anonymous: Anonymous
    audiences: List[Asker]
    topics: List[str]
    #: Whether the service is for people who are worried that they, or somebody close to them, may do harm.
    for_doers: bool = False
    age_in_image: Literal["any", "under_18", "18_or_over"]
    min_age: Optional[int]
    max_age: Optional[int]
    #: An area in areas.yml, or a larger area that contains at least one of them.
    area: str
    cost: Literal["free", "paid", "standard_rate", "unknown"]
    note: Optional[str]
    #: A complete sentence that says what to do if nobody answers.
    if_closed: Optional[str]
    sources: List[str] = Field(min_items=1)
    checked_on: date
    confirmed_live: bool
    doubts: List[str]

    @validator("url")
    def _url(cls, value: Optional[str]) -> Optional[str]:
        return None if value is None else _https(value)


class Version(Shape):
    """A version of some guidance, written for one asker."""

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
    """The answer to one or more intents, with a version for each asker."""

    id: str
    intents: List[str] = Field(min_items=1)
    title: str
    sources: List[str] = Field(min_items=1)
    #: Replies to "and what if …?" after this answer, by asker. Needed only if the topic's replies do not fit.
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
        """Return the version written for `asker`, or the default version if there is none."""
        return self.versions[asker if asker in self.versions else self.default]


class GuidanceFile(Shape):
    """The contents of content/en/guidance/<topic>.yml."""

    topic: str
    #: Replies to "and what if …?" after an answer on this topic, by asker.
    what_if: Dict[Asker, str] = {}
    guidance: List[Guidance]


class SceneChoice(Shape):
    """A choice in a comparison. It leads to an answer about what it means online or, for a disclosure, to an intent."""

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
    """Words to say to a child, with a version for each age group."""

    up_to_10: str
    from_11_to_13: str
    from_14: str

    def at(self, age: int) -> str:
        """Return the words for a child aged `age`."""
        if age <= 10:
            return self.up_to_10
        return self.from_11_to_13 if age <= 13 else self.from_14


class Scene(Shape):
    """A comparison as written for one kind of asker."""

    real_world: str
    online: str
    question: str
    choices: List[SceneChoice] = Field(min_items=2, max_items=4)
    say: Optional[Say] = None


class Scenes(Shape):
    """Both versions of a comparison."""

    young_person: Scene
    parent: Scene


class Comparison(Shape):
    """A scene in the street, compared with the same thing online. The project is named after these comparisons."""

    id: str
    #: The drawing of the scene, which is a symbol in bot/chat/templates/scenes.html.
    picture: Picture
    topics: List[str] = Field(min_items=1)
    sources: List[str] = Field(min_items=1)
    versions: Scenes

    def scene_for(self, asker: str) -> Scene:
        """Return the version for young people or, for any other asker, the version to use with a child."""
        return self.versions.young_person if asker == "young_person" else self.versions.parent


class ComparisonFile(Shape):
    """The contents of content/en/comparisons/<topic>.yml."""

    comparisons: List[Comparison]


class StraightAnswer(Shape):
    """A short, straight answer to a question, with a version for each asker."""

    id: str
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

    def version_key(self, asker: str) -> Asker:
        """Return the key in `versions` to use for `asker`, which is "unknown" if that asker has no version.

        Parents and professionals without a version of their own use the one for other adults.
        """
        own = "other" if asker in ("parent", "professional") and asker not in self.versions else asker
        return own if own in self.versions else "unknown"

    def suits(self, asker: str) -> bool:
        """Whether `asker` may get this answer. Parents get none that has no version for any adult who helps a child."""
        return asker != "parent" or not {"parent", "other", "professional"}.isdisjoint(self.versions)


class DirectAnswer(StraightAnswer):
    """The answer to one kind of direct question."""

    asks: QuestionKind
    #: The topics that this answer covers. None means every topic. If there are none, it is given only if a question
    #: names somebody (named.yml).
    topics: Optional[List[str]] = None
    #: Intents of other topics that this answer also covers. It takes precedence over those topics' own answers.
    intents: List[str] = []

    @property
    def is_general(self) -> bool:
        """Whether this is the answer for all topics without their own."""
        return self.topics is None


class AnswersFile(Shape):
    """The contents of content/en/answers.yml."""

    answers: List[DirectAnswer]


class FaqAnswer(StraightAnswer):
    """The answer to a frequently asked question. The model learns the ways people ask it from data/faq/."""

    #: What people want to know when they ask this, for annotators and editors.
    means: str


class FaqFile(Shape):
    """A content/en/faq/*.yml file."""

    answers: List[FaqAnswer]


class Button(Shape):
    """A button, with its label and the intent and entities that it sends when pressed."""

    label: str
    intent: str
    entities: Dict[str, str] = {}


#: Maximum number of words in a message that counts as little more than a sign of harm (see `Words.is_alarm`).
FEW_WORDS = 3
#: Messages that have the same effect at any point in a conversation.
Command = Literal["help", "easier", "usual"]


class Words(Shape):
    """The contents of content/en/words.yml, the assistant's fixed sentences."""

    welcome: List[str] = Field(min_items=1)
    commands: Dict[Command, List[str]]
    alarms: List[str]
    easier_on: str
    easier_off: str
    help_is_here: str
    ask_asker: str
    askers: List[Button] = Field(min_items=2, max_items=2)
    ask_about: str
    about: List[Button]
    ask_topic: str
    capabilities: List[Button]
    ask_own_topic: str
    own_capabilities: List[Button]
    you_could_say: str
    you_may_ask: List[str] = Field(min_items=1)
    you_also_ask: str
    you_may_mean: str
    you_seem_to_ask: List[str] = Field(min_items=1)
    or_one_of_these: str
    compare: Button
    not_meant: str
    not_meant_choice: Button
    in_danger: str
    helplines: List[str] = Field(min_items=1)
    helplines_adult: List[str] = Field(min_items=1)
    offer_comparison: str
    offer_comparison_choices: List[Button]
    another_comparison: str
    no_comparison: str
    not_now: str
    how_old_is_your_child: str
    child_ages: List[Button]
    did_it_help: str
    did_it_help_choices: List[Button]
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
    still_there: List[str] = Field(min_items=1)
    other_force: str
    hint_heard: str
    hint_heard_other: List[str] = Field(min_items=1)
    lead: Dict[str, str]
    instead_of_lead: Dict[str, str]
    hint_unsure: List[str] = Field(min_items=1)
    said_before: str
    a_person_may_help: List[str] = Field(min_items=1)
    did_you_mean: str
    something_else: Button
    not_understood_again: str
    other_language: str
    say_with_child: str
    emergency: str
    open_until: str
    opens: str
    closed: str

    def is_alarm(self, text: str) -> bool:
        """Whether `text` is little more than a sign of harm, such as a knife or pill emoji."""
        words = re.findall(r"[^\W_]{1,1000}", text)
        return len(words) <= FEW_WORDS and any(sign in text for sign in self.alarms)

    def command(self, text: str) -> Optional[Command]:
        """Return the command that `text` consists of, if any, ignoring case, punctuation and repeated letters."""
        letters = " ".join(re.sub(r"[^\w\s🆘]", "", text.casefold()).split())
        typed = re.sub(r"(.)\1{1,1000}", r"\1", letters)
        return next((name for name, spellings in self.commands.items() if typed in spellings), None)


class Language(Shape):
    """The contents of content/<language>/language.yml."""

    name: str
    #: The files that a second reader has read, each with the day on which they read it.
    reviewed: Dict[str, date]


class StyleRule(Shape):
    """A pattern that house style forbids, and what to write instead."""

    never: str
    instead: str


class Style(Shape):
    """The contents of content/en/style.yml."""

    #: Maximum reading ages, in years, for long texts and for replies.
    reading_age_young_person: int
    reading_age_others: int
    reply_age_young_person: int
    reply_age_others: int
    sentence_words: int
    #: A fact is stale if it was last checked more than this many days ago.
    fresh_for_days: int
    rules: List[StyleRule]


class Library(NamedTuple):
    """All content. Texts may contain placeholders such as {childline.phone}, which `fill` replaces."""

    topics: Mapping[str, Topic]
    services: Mapping[str, Service]
    sources: Mapping[str, Source]
    guidance: Mapping[str, Guidance]
    what_if: Mapping[str, Mapping[str, str]]
    """Replies to "and what if …?" after an answer, keyed by topic and then by asker (see `what_if_after`)."""
    comparisons: Tuple[Comparison, ...]
    answers: Tuple[DirectAnswer, ...]
    faq: Mapping[str, FaqAnswer]
    """The answers to frequently asked questions, by id."""
    words: Words
    style: Style

    def topic_of(self, intent: str) -> str:
        """Return an intent's topic, or `out_of_scope` for an unknown intent such as the fallback."""
        for name, topic in self.topics.items():
            if intent in topic.intents:
                return name
        return "out_of_scope"

    def intent(self, name: str) -> Optional[Intent]:
        """Return the intent with this name, or None if there is none."""
        return next((t.intents[name] for t in self.topics.values() if name in t.intents), None)

    def guidance_for(self, intent: str) -> Optional[Guidance]:
        """Return the guidance that answers an intent, or None if there is none."""
        return next((g for g in self.guidance.values() if intent in g.intents), None)

    def what_if_after(self, intent: str) -> Mapping[str, str]:
        """Return the replies to "and what if …?" after the answer to an intent, by asker."""
        entry = self.guidance_for(intent)
        if entry is not None and entry.what_if:
            return dict(entry.what_if.items())
        return self.what_if.get(self.topic_of(intent), {})

    def direct_answer(self, asks: str, topic: str, intent: str = "") -> Optional[DirectAnswer]:
        """Return the first straight answer to a kind of question that fits an intent or, if none does, its topic."""
        answers = [one for one in self.answers if one.asks == asks]
        of_intent = [one for one in answers if intent in one.intents]
        of_topic = [one for one in answers if one.topics is None or topic in one.topics]
        return next(iter([*of_intent, *of_topic]), None)

    def straight_answer(self, answer_id: str) -> Optional[StraightAnswer]:
        """Return the answer with this id to a direct or a frequently asked question, or None if there is none."""
        return self.faq.get(answer_id) or next((one for one in self.answers if one.id == answer_id), None)

    def checked_on(self, entry: Guidance) -> date:
        """Return the day on which guidance was checked, which is the earliest `read_on` among its sources."""
        return min(self.sources[source].read_on for source in entry.sources)

    def comparisons_for(self, topic: str) -> List[Comparison]:
        """Return the comparisons offered for a topic, in the order of the files."""
        return [c for c in self.comparisons if topic in c.topics]

    def comparison(self, comparison_id: str) -> Optional[Comparison]:
        """Return the comparison with this id, or None if there is none."""
        return next((c for c in self.comparisons if c.id == comparison_id), None)

    def fill(self, text: str) -> str:
        """Return `text` with {service.phone}, {service.text} and {service.name} filled in."""
        return PLACEHOLDER.sub(lambda m: str(getattr(self.services[m.group(1)], m.group(2))), text)


def _https(value: str) -> str:
    if not value.startswith("https://"):
        raise ValueError(f"is '{value}'; an address begins with https://")
    return value


def _at_most(words: int, value: str) -> str:
    count = len(value.split())
    if count > words:
        raise ValueError(f"has {count} words; shorten it to {words}")
    return value
