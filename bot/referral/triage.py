"""Which question is worth asking: one whose reply would change the services offered. Pure but for reading content."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Collection, Dict, List, Literal, Optional, Union

from pydantic import Field, StrictBool

from bot.content.checks import ENGLISH
from bot.content.library import CONTENT_DIR, Library, load_library
from bot.content.models import ChoiceWords, Shape, Urgency
from bot.content.reader import ContentError, Document, Problem
from bot.referral.refer import Situation, refer
from bot.referral.rules import Rules


class TriageChoice(ChoiceWords):
    """A reply: its button, and what the situation then knows."""

    value: Union[StrictBool, str]


class Question(Shape):
    """A question of content/en/triage.yml, about one field of the situation."""

    id: str
    field: Literal["asker", "danger", "age_in_image", "area"]
    urgencies: Optional[List[Urgency]] = None
    prompt: str
    choices: List[TriageChoice] = Field(min_items=2)


class Triage(Shape):
    """content/en/triage.yml: the questions in the order in which they are asked, and the way past each."""

    questions: List[Question]
    skip: ChoiceWords


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


def next_question(
    situation: Situation, known: Collection[str], asked: Collection[str], library: Library, rules: Rules, triage: Triage
) -> Optional[Question]:
    """The first question that was not asked, whose field is not known and whose replies lead to different services.

    Args:
        situation: what is known or assumed.
        known: fields of the situation that were told or heard, not assumed.
        asked: ids of questions asked in this conversation.
        library: all content.
        rules: the referral rules.
        triage: the questions.
    """
    intent = library.intent(situation.intent)
    urgency = intent.urgency if intent else "none"
    for question in triage.questions:
        is_open = question.id not in asked and question.field not in known
        is_meant = question.urgencies is None or urgency in question.urgencies
        if is_open and is_meant and _changes_the_answer(question, situation, library, rules):
            return question
    return None


def _changes_the_answer(question: Question, situation: Situation, library: Library, rules: Rules) -> bool:
    answers = set()
    for choice in question.choices:
        known: Dict[str, Any] = {question.field: choice.value}
        offered = refer(situation._replace(**known), library, rules)
        answers.add(tuple(one.service_id for one in offered))
    return len(answers) > 1
