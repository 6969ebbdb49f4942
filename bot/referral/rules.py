"""Reads and checks the referral rules in content/."""

from functools import lru_cache
from typing import Dict, FrozenSet, Iterator, List, Literal, Mapping, NamedTuple, Optional, Sequence, Tuple, get_args

from pydantic import Field

from bot.case.case import Case
from bot.case.facts import FACTS
from bot.content.areas import Areas, load_areas
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import ASKERS, Asker, Library, QuestionKind, Shape
from bot.content.reader import ContentError, Document, Part, Problem

#: Reasons for leaving out a service that a rule names.
Reason = Literal["audience", "harmed", "area", "age", "age_in_image", "anonymous", "limit"]
#: Names that a rule uses in place of the service that covers the person's area.
LOCAL = ("police", "police_chat")


class Rule(Shape):
    """A rule from content/referral.yml. A condition that is None fits every situation."""

    id: str
    topics: List[str] = Field(min_items=1)
    intents: Optional[List[str]] = None
    askers: Optional[List[Asker]] = None
    age_in_image: Optional[Literal["under_18", "18_or_over"]] = None
    anonymous: Optional[bool] = None
    #: The previous subject must be one of these intents from other topics.
    about: Optional[List[str]] = None
    offer: List[str]
    #: Whether to offer the services for the previous subject again, after those in `offer`.
    with_earlier: bool = False
    limit: Optional[int] = None


class Implied(Shape):
    """A fact, and the intent whose first service it adds when the conversation is about something else."""

    fact: str
    intent: str


class Asked(Shape):
    """A direct question, and the intent whose first service it adds when the conversation is about something else."""

    asks: QuestionKind
    intent: str
    #: The case must have at least one of these facts, unless the list is empty.
    facts: List[str] = []

    def fits(self, asks: Optional[str], case: Case) -> bool:
        """Whether `asks` is this kind of question and the case has one of the required facts."""
        return asks == self.asks and (not self.facts or any(case.has(fact) for fact in self.facts))


class RuleFile(Shape):
    """The contents of content/referral.yml."""

    limit: int
    last_resort: Dict[Asker, List[str]]
    danger: Dict[Asker, List[str]]
    not_in_danger: List[str]
    reporting: List[str]
    reasons: Dict[Reason, str]
    about_doers: List[str]
    subjects: List[str]
    implied: List[Implied]
    asked: List[Asked]
    rules: List[Rule]


class Rules(NamedTuple):
    """The referral rules and the police areas."""

    limit: int
    last_resort: Mapping[str, List[str]]
    danger: Mapping[str, List[str]]
    not_in_danger: FrozenSet[str]
    reporting: FrozenSet[str]
    reasons: Mapping[str, str]
    about_doers: FrozenSet[str]
    """Topics about somebody who may do harm."""
    subjects: FrozenSet[str]
    """Topics, and individual intents from other topics, that can be the subject of a conversation."""
    implied: Tuple[Implied, ...]
    asked: Tuple[Asked, ...]
    rules: Tuple[Rule, ...]
    areas: Areas

    def is_subject(self, intent: str, topic: Optional[str]) -> bool:
        """Whether an intent can be the subject of a conversation, so that later questions are taken to be about it."""
        return topic in self.subjects or intent in self.subjects


@lru_cache(maxsize=4)
def load_rules(content: Content = CONTENT) -> Rules:
    """Read and check referral.yml and areas.yml.

    Raises:
        ContentError: the files cannot be read, or a rule names something that does not exist.
    """
    library, areas = load_library(content), load_areas(content)
    document = content.document("referral.yml")
    file = document.parse(RuleFile)
    problems = [
        document.problem(["rules", index], f"'{rule.id}' {fault}")
        for index, rule in enumerate(file.rules)
        for fault in _faults(rule, library)
    ]
    problems += [
        document.problem(["about_doers"], f"'{name}' is no topic of topics.yml; correct it")
        for name in file.about_doers
        if name not in library.topics
    ]
    problems += [
        document.problem(["subjects"], f"'{name}' is neither a topic nor an intent; correct it")
        for name in file.subjects
        if name not in library.topics and library.intent(name) is None
    ]
    problems += [
        document.problem([name, index], f"{fault}; correct it")
        for name, entries in (
            ("implied", [([one.fact], one.intent) for one in file.implied]),
            ("asked", [(one.facts, one.intent) for one in file.asked]),
        )
        for index, (facts, intent) in enumerate(entries)
        for fault in (
            *(f"'{fact}' is no fact of bot/case/facts.py" for fact in facts if fact not in FACTS),
            *([f"'{intent}' is no intent"] if library.intent(intent) is None else []),
        )
    ]
    problems += [
        document.problem(place, f"'{service}' is not in services.yml; correct it")
        for place, services in _lists_of_services(file)
        for service in services
        if service not in library.services
    ]
    problems += _uncovered(document, file, library) + _unhelped(document, file, library)
    if problems:
        raise ContentError(problems)
    return Rules(
        limit=file.limit,
        last_resort=dict(file.last_resort.items()),
        danger=dict(file.danger.items()),
        not_in_danger=frozenset(file.not_in_danger),
        reporting=frozenset(file.reporting) | areas.services,
        reasons=dict(file.reasons.items()),
        about_doers=frozenset(file.about_doers),
        subjects=frozenset(file.subjects),
        implied=tuple(file.implied),
        asked=tuple(file.asked),
        rules=tuple(file.rules),
        areas=areas,
    )


def _faults(rule: Rule, library: Library) -> List[str]:
    intents = {intent for topic in rule.topics if topic in library.topics for intent in library.topics[topic].intents}
    return [
        *(f"names the topic '{t}', which topics.yml lacks; correct it" for t in rule.topics if t not in library.topics),
        *(f"names '{i}', no intent of its topics; correct it" for i in rule.intents or [] if i not in intents),
        *(f"is about '{i}', which is no intent; correct it" for i in rule.about or [] if library.intent(i) is None),
        *(
            f"offers '{s}', which services.yml lacks; correct it"
            for s in rule.offer
            if s not in library.services and s not in LOCAL
        ),
    ]


def _lists_of_services(file: RuleFile) -> Iterator[Tuple[Sequence[Part], List[str]]]:
    """Yield every list of services outside the rules, with its place in the file."""
    for name, by_asker in (("last_resort", file.last_resort), ("danger", file.danger)):
        yield from (([name, asker], services) for asker, services in by_asker.items())
    yield ["not_in_danger"], file.not_in_danger
    yield ["reporting"], file.reporting


def _unhelped(document: Document, file: RuleFile, library: Library) -> List[Problem]:
    lists = {"last_resort": file.last_resort, "danger": file.danger}
    unhelped = [
        document.problem([name], f"{name} gives '{asker}' no service that services.yml has; add one")
        for name, services in lists.items()
        for asker in ASKERS
        if asker not in services or not set(services[asker]) & set(library.services)
    ]
    missing = sorted(set(get_args(Reason)) - set(file.reasons))
    return unhelped + [
        document.problem(["reasons"], f"the reason '{reason}' has no words; add them") for reason in missing
    ]


def _uncovered(document: Document, file: RuleFile, library: Library) -> List[Problem]:
    general = {
        topic
        for rule in file.rules
        if not rule.intents
        and not rule.askers
        and not rule.about
        and rule.age_in_image is None
        and rule.anonymous is None
        for topic in rule.topics
    }
    return [
        document.problem(["rules"], f"no rule fits every '{topic}'; add one without conditions")
        for topic in library.topics
        if topic not in general
    ]
