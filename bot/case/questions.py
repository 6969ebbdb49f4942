"""What to ask next: the unknown fact that most changes safety, then the service, then the place."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, List, Literal, Mapping, Optional, Union

from pydantic import Field, StrictBool

from bot.case.case import Case
from bot.case.derived import UNKNOWN, age_band, asker, image_age, speaks_of_self, urgency
from bot.content.checks import ENGLISH
from bot.content.library import CONTENT_DIR, Library, load_library
from bot.content.models import ChoiceWords, Shape, Urgency
from bot.content.reader import ContentError, Document, Problem

#: Whether an answer to a question would change which services are offered.
Changes = Callable[["Question"], bool]


class QuestionChoice(ChoiceWords):
    """A reply: its button, and what the situation then knows."""

    value: Union[StrictBool, str]


class Question(Shape):
    """A question of content/en/triage.yml. `field` is what its answer tells."""

    id: str
    field: Literal["suicide", "danger", "asker", "age_in_image", "area"]
    #: Whether it is asked for its own sake, whatever it changes.
    for_safety: bool = False
    #: Urgencies at which it is worth asking; any where there are none.
    urgencies: Optional[List[Urgency]] = None
    prompt: str
    #: The same where it was asked before and the reply did not answer it.
    again: str
    choices: List[QuestionChoice] = Field(min_items=2)


class Triage(Shape):
    """content/en/triage.yml: the questions in the order in which they are asked, and the way past each."""

    questions: List[Question]
    skip: ChoiceWords

    def question(self, question_id: Optional[str]) -> Optional[Question]:
        """A question by its id, or None."""
        return next((one for one in self.questions if one.id == question_id), None)


@lru_cache(maxsize=4)
def load_triage(directory: Path = CONTENT_DIR) -> Triage:
    """Read and check triage.yml.

    Raises:
        ContentError: it cannot be read, or a choice names an intent that does not exist.
    """
    library = load_library(directory)
    document = Document(directory / ENGLISH / "triage.yml", "content/en/triage.yml")
    triage = document.parse(Triage)
    problems = [
        Problem(
            document.name, document.line(["questions", place, "choices", number]), f"'{choice.intent}' is no intent"
        )
        for place, question in enumerate(triage.questions)
        for number, choice in enumerate(question.choices)
        if library.intent(choice.intent) is None
    ]
    if problems:
        raise ContentError(problems)
    return triage


def next_question(case: Case, triage: Triage, library: Library, changes: Changes) -> Optional[Question]:
    """The first question that is open, meant for the case, and worth asking; None where there is none.

    Args:
        case: what is known.
        triage: the questions, most important first.
        library: all content; the topic says how urgent it is where the facts do not.
        changes: whether the answer would change the services.
    """
    intent = library.intent(case.intent)
    level = urgency(case, intent.urgency if intent else "none")
    for question in triage.questions:
        is_open = question.id not in case.asked and not IS_KNOWN[question.field](case)
        is_meant = question.urgencies is None or level in question.urgencies
        if is_open and is_meant and (question.for_safety or changes(question)):
            return question
    return None


#: Whether a case knows what a question asks for.
IS_KNOWN: Mapping[str, Callable[[Case], Any]] = {
    # Asked after a hint only: whether nothing was said of it counts as known.
    "suicide": lambda case: not case.has("suicide", "hinted"),
    "danger": lambda case: case.value("danger") in ("now", "none", "over"),
    "asker": lambda case: asker(case) != UNKNOWN or age_band(case) != UNKNOWN,
    "age_in_image": lambda case: image_age(case) is not None or (speaks_of_self(case) and age_band(case) != UNKNOWN),
    "area": lambda case: case.value("place") is not None,
}
