"""Chooses the next question about an unknown fact: first for safety, then for services, then for the place."""

from functools import lru_cache
from typing import Callable, List, Literal, Mapping, Optional, Union

from pydantic import Field, StrictBool

from bot.case.case import Case
from bot.case.derived import UNKNOWN, admitted_own_story, age_band, asker, image_age, speaks_of_self, urgency
from bot.content.areas import load_areas
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import ENGLISH, Button, Library, Shape, Urgency
from bot.content.reader import ContentError

#: A function that returns whether the answer to a question would change the services offered.
Changes = Callable[["Question"], bool]


class QuestionChoice(Button):
    """A possible answer to a question: its button, and the value for the question's field."""

    value: Union[StrictBool, str]


class Question(Shape):
    """A question from content/en/triage.yml, whose answer sets `field`."""

    id: str
    field: Literal["suicide", "danger", "own_age", "asker", "age_in_image", "area"]
    #: Whether to ask the question even if the answer would not change the services.
    for_safety: bool = False
    #: The urgencies at which the question is asked. None means all urgencies.
    urgencies: Optional[List[Urgency]] = None
    prompt: str
    #: The prompt to use if the question was asked before but not answered.
    again: str
    choices: List[QuestionChoice] = Field(min_items=2)


class Triage(Shape):
    """The contents of content/en/triage.yml: the questions, in the order they are asked, and the button to skip one."""

    questions: List[Question]
    skip: Button

    def question(self, question_id: Optional[str]) -> Optional[Question]:
        """Return the question with this id, or None."""
        return next((one for one in self.questions if one.id == question_id), None)


@lru_cache(maxsize=4)
def load_triage(content: Content = CONTENT) -> Triage:
    """Read and check triage.yml.

    Raises:
        ContentError: the file cannot be read, or a choice names an intent or an area that does not exist.
    """
    library, areas = load_library(content), load_areas(content).areas
    document = content.document(f"{ENGLISH}/triage.yml")
    triage = document.parse(Triage)
    problems = [
        document.problem(["questions", place, "choices", number], f"'{wrong}' is no {kind}; correct it")
        for place, question in enumerate(triage.questions)
        for number, choice in enumerate(question.choices)
        for wrong, kind, is_wrong in (
            (choice.intent, "intent", library.intent(choice.intent) is None),
            (choice.value, "area of areas.yml", question.field == "area" and choice.value not in areas),
        )
        if is_wrong
    ]
    if problems:
        raise ContentError(problems)
    return triage


def next_question(case: Case, triage: Triage, library: Library, changes: Changes) -> Optional[Question]:
    """Return the first question not yet asked or answered that suits this urgency and is worth asking, or None.

    Args:
        case: the case.
        triage: the questions, most important first.
        library: all content. The intent's urgency is used unless the facts imply a higher one.
        changes: returns whether the answer to a question would change the services.
    """
    intent = library.intent(case.intent)
    level = urgency(case, intent.urgency if intent else "none")
    for question in triage.questions:
        is_open = question.id not in case.asked and not IS_KNOWN[question.field](case)
        is_meant = question.urgencies is None or level in question.urgencies
        if is_open and is_meant and (question.for_safety or changes(question)):
            return question
    return None


#: For each question field, a function that checks whether the case already has the answer.
IS_KNOWN: Mapping[str, Callable[[Case], bool]] = {
    # Asked only after a hint, and only if the writer is writing about themselves.
    "suicide": lambda case: not (case.has("suicide", "hinted") and speaks_of_self(case)),
    "danger": lambda case: case.value("danger") in ("now", "none", "over"),
    "own_age": lambda case: (
        not (case.role.value == "own_behaviour" or admitted_own_story(case)) or age_band(case) != UNKNOWN
    ),
    "asker": lambda case: asker(case) != UNKNOWN or age_band(case) != UNKNOWN or admitted_own_story(case),
    "age_in_image": lambda case: image_age(case) is not None or (speaks_of_self(case) and age_band(case) != UNKNOWN),
    "area": lambda case: case.value("place") is not None,
}
