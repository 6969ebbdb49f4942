"""Chooses the next story question, about a part of the story that is still unknown."""

from functools import lru_cache
from typing import Dict, List, Optional, Set

from pydantic import Field, validator

from bot.case.case import Case
from bot.case.facts import FACTS, value_of_answer
from bot.case.reading import words_of
from bot.case.reply_models import Audience, FactValue, check_length, holds
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import ENGLISH, Shape
from bot.content.reader import ContentError

#: The maximum number of story questions in a conversation. More would feel like an interview.
MOST = 3
#: Maximum number of words in a prompt.
PROMPT_WORDS = 16


class StoryQuestion(Shape):
    """A question from content/en/story_questions.yml.

    It has yes and no buttons if its id is a fact that yes or no can set.
    """

    id: str
    topics: List[str] = Field(min_items=1)
    #: Facts that must be known for the question to make sense.
    when: Dict[str, FactValue] = {}
    #: Facts that, if true, make the question pointless.
    unless: List[str] = []
    prompt: Dict[Audience, str]

    @validator("prompt")
    def _short(cls, value: Dict[Audience, str]) -> Dict[Audience, str]:
        check_length(value.values(), PROMPT_WORDS)
        return value

    @property
    def is_about_a_fact(self) -> bool:
        """Whether a yes or a no answers the question."""
        return value_of_answer(self.id, is_yes=True) is not None

    def still_fits(self, case: Case, audience: Audience) -> bool:
        """Whether the question is written for this audience and suits this case, even if it was asked before."""
        did_harm = case.role.value == "own_behaviour"
        is_about_this = case.topic in self.topics and audience in self.prompt and holds(self.when, case)
        return is_about_this and not did_harm and not any(case.has(name) for name in self.unless)


class Mention(Shape):
    """Words that show that a message is about some facts, even if no value was recognised."""

    facts: List[str]
    words: List[str]


class StoryQuestions(Shape):
    """The contents of content/en/story_questions.yml: the button labels, and the questions in order."""

    yes: str
    no: str
    unsure: str
    mentions: List[Mention]
    questions: List[StoryQuestion]

    def find(self, question_id: Optional[str]) -> Optional[StoryQuestion]:
        """Return the question with this id, or None."""
        return next((one for one in self.questions if one.id == question_id), None)

    def asked_in(self, case: Case) -> int:
        """Return the number of these questions that the conversation has asked."""
        return sum(one.id in case.asked for one in self.questions)

    def not_understood(self, text: str, case: Case) -> Set[str]:
        """Return the facts that a message mentions although the case knows nothing about them."""
        words = words_of(text)
        unknown = (one for one in self.mentions if all(case.value(fact) is None for fact in one.facts))
        return {fact for one in unknown if any(word in words for word in one.words) for fact in one.facts}

    def next(self, case: Case, audience: Audience, text: str) -> Optional[StoryQuestion]:
        """Return the first unasked question that fits the case, or None if there is none or `MOST` have been asked.

        Args:
            case: the case.
            audience: the audience of the reply.
            text: the message, whose own words are not asked about in the reply.
        """
        if self.asked_in(case) >= MOST:
            return None
        missed = self.not_understood(text, case)
        return next((one for one in self.questions if one.id not in missed and _fits(one, case, audience)), None)


def _fits(question: StoryQuestion, case: Case, audience: Audience) -> bool:
    is_open = question.id not in case.asked and case.value(question.id) is None
    return is_open and question.still_fits(case, audience)


@lru_cache(maxsize=4)
def load_story_questions(content: Content = CONTENT) -> StoryQuestions:
    """Read and check story_questions.yml.

    Raises:
        ContentError: the file cannot be read, or names a topic or a fact that does not exist.
    """
    document, topics = content.document(f"{ENGLISH}/story_questions.yml"), load_library(content).topics
    found = document.parse(StoryQuestions)
    problems = [
        document.problem(["questions", place], f"in '{one.id}' '{wrong}' is no {kind}; correct it")
        for place, one in enumerate(found.questions)
        for kind, names, known in (("topic", one.topics, topics), ("fact", [*one.when, *one.unless], FACTS))
        for wrong in names
        if wrong not in known
    ]
    problems += [
        document.problem(["mentions", place], f"'{wrong}' is no fact; correct it")
        for place, one in enumerate(found.mentions)
        for wrong in one.facts
        if wrong not in FACTS
    ]
    if problems:
        raise ContentError(problems)
    return found
