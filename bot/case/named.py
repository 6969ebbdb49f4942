"""Finds the answer for the person, service or thing that a question names: "if i ring childline does my dad know"."""

import re
from functools import cache, lru_cache
from typing import Collection, Dict, Iterator, List, Optional, Sequence, Tuple

from pydantic import Field, root_validator, validator

from bot.case.case import Case
from bot.case.derived import asker, speaks_of_self
from bot.case.facts import FACTS
from bot.case.reading import words_of
from bot.case.reply_models import FactValue
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import ENGLISH, Asker, Library, QuestionKind, Shape
from bot.content.reader import ContentError

_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")
#: Words that may come between a verb of telling and the person who is told.
_LINKS = frozenset("to with it this that my his her their our the a an all both like another any other".split())
#: Words for somebody who was mentioned before.
_SOMEBODY = ("he", "him", "she", "her")
#: Words that rule telling out if one of them is among the last few before the verb: "without telling my teacher".
_RULING_OUT, _BEFORE_VERB = frozenset(("without", "not", "dont", "don", "never", "instead", "cant", "wont")), 4


class NamedAnswer(Shape):
    """The answer to questions of some kinds that name a person, a service or a thing."""

    asks: List[QuestionKind] = Field(min_items=1)
    #: The id of a direct or frequently asked question's answer.
    answer: str
    #: The only askers and topics with this answer. None means all of them.
    askers: Optional[List[Asker]] = None
    topics: Optional[List[str]] = None
    #: Whether to give this answer only in stories about somebody else.
    about_another: bool = False
    #: Facts that make it unsuitable.
    unless: Dict[str, FactValue] = {}

    def fits(self, asks: str, case: Case) -> bool:
        """Whether this is the answer to a kind of question in this case."""
        is_for_asker = self.askers is None or asker(case) in self.askers
        is_ruled_out = any(case.has(name, value) for name, value in self.unless.items())
        is_for_story = not is_ruled_out and not (self.about_another and speaks_of_self(case))
        is_for_topic = self.topics is None or case.topic in self.topics
        return asks in self.asks and is_for_asker and is_for_story and is_for_topic


class Named(Shape):
    """A person, a service or a thing, and the answers to questions that name it."""

    #: The words that name it, or the id of the service that it is.
    words: Tuple[str, ...] = ()
    service: Optional[str] = None
    #: Whether the words count only after a verb of telling.
    told: bool = False
    #: Whether the words count only in the last sentence, because elsewhere they are part of the story.
    last: bool = False
    answers: List[NamedAnswer] = Field(min_items=1)

    @root_validator
    def _one_of(cls, values: Dict[str, object]) -> Dict[str, object]:
        if bool(values.get("words")) == bool(values.get("service")):
            raise ValueError("needs words or a service, and not both; write one of them")
        return values


class NamedAnswers(Shape):
    """The contents of content/en/named.yml."""

    #: The words by which people call services, by service id.
    services: Dict[str, Tuple[str, ...]]
    #: Words for others who may be told, such as the police.
    authorities: Tuple[str, ...]
    telling: List[str] = Field(min_items=1)
    named: List[Named]

    @validator("services")
    def _have_words(cls, value: Dict[str, Tuple[str, ...]]) -> Dict[str, Tuple[str, ...]]:
        wordless = [name for name, words in value.items() if not words]
        if wordless:
            raise ValueError(f"has no words for {', '.join(wordless)}; write some, or remove it")
        return value

    def services_in(self, text: str) -> List[str]:
        """Return the ids of the services that a text names, in the file's order."""
        said = " ".join(words_of(text))
        return [name for name, words in self.services.items() if _pattern(words).search(said)]

    def find(self, text: str, asks: str, case: Case) -> Optional[str]:
        """Return the id of the answer for the person, service or thing that a question of a kind names, or None.

        The last sentence that names one counts, because people tell their story before they ask. If a later one
        mentions another service or authority, or a "her" or a "him", the question may be about them.
        """
        fits = [(one, answer) for one in self.named for answer in one.answers if answer.fits(asks, case)]
        sentences = filter(None, map(words_of, _SENTENCE_END.split(text) if fits else ()))
        for place, words in enumerate(reversed(list(sentences))):
            said = " ".join(words)
            counts = ((one, answer) for one, answer in fits if place == 0 or not one.last)
            found = next((answer.answer for one, answer in counts if self._is_named(one, said)), None)
            if found is not None:
                return found
            if self.services_in(said) or _pattern(_SOMEBODY + self.authorities).search(said):
                return None
        return None

    def _is_named(self, one: Named, said: str) -> bool:
        words = self.services[one.service] if one.service else one.words
        before = (said[: found.start()].split() for found in _pattern(words).finditer(said))
        return any(not one.told or _ends_in_telling(words_before, self.telling) for words_before in before)

    def of_kind(self, asks: str) -> List[str]:
        """Return the ids of all the answers to a kind of question, sorted."""
        return sorted({answer.answer for one in self.named for answer in one.answers if asks in answer.asks})


@cache
def _pattern(words: Tuple[str, ...]) -> "re.Pattern[str]":
    """Return a pattern for any of these words or phrases, in a text whose words have one space between them."""
    return re.compile(rf"\b(?:{'|'.join(' '.join(words_of(one)) for one in words)})\b")


def _ends_in_telling(words: Sequence[str], telling: Collection[str]) -> bool:
    """Whether the words before a name end in a verb of telling, apart from words such as "to" and "my"."""
    verb = next((place for place in reversed(range(len(words))) if words[place] not in _LINKS), None)
    if verb is None or words[verb] not in telling:
        return False
    return _RULING_OUT.isdisjoint(words[max(0, verb - _BEFORE_VERB) : verb])


@lru_cache(maxsize=4)
def load_named_answers(content: Content = CONTENT) -> NamedAnswers:
    """Read and check named.yml.

    Raises:
        ContentError: the file cannot be read, or names an answer, a topic, a fact or a service that does not exist.
    """
    document, library = content.document(f"{ENGLISH}/named.yml"), load_library(content)
    found = document.parse(NamedAnswers)
    problems = [
        document.problem(["named", place, "answers", index], f"{fault}; correct it")
        for place, named in enumerate(found.named)
        for index, answer in enumerate(named.answers)
        for fault in _faults(answer, library)
    ]
    problems += [
        document.problem(["services", name], f"'{name}' is no service; correct it")
        for name in found.services
        if name not in library.services
    ]
    problems += [
        document.problem(["named", place], f"'{named.service}' is not under services; add its words there")
        for place, named in enumerate(found.named)
        if named.service is not None and named.service not in found.services
    ]
    if problems:
        raise ContentError(problems)
    return found


def _faults(answer: NamedAnswer, library: Library) -> Iterator[str]:
    if library.straight_answer(answer.answer) is None:
        yield f"'{answer.answer}' is the id of no answer"
    yield from (f"'{topic}' is no topic" for topic in answer.topics or () if topic not in library.topics)
    yield from (f"'{fact}' is no fact" for fact in answer.unless if fact not in FACTS)
