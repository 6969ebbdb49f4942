"""Writes the page for `streetwise preview`: every answer for every asker, for editors to read."""

from datetime import datetime
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, NamedTuple

from bot.case.questions import load_triage
from bot.case.replies import load_replies
from bot.case.story_questions import load_story_questions
from bot.commands import write_out
from bot.content.cards import load_cards
from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.content.models import ASKERS, Comparison, Guidance, Library, Version
from bot.content.readability import reading_age
from bot.referral.refer import Situation, refer
from bot.referral.rules import Rules, load_rules
from bot.settings import load_settings
from bot.templates import page_templates

TEMPLATE = Path(__file__).with_name("preview.html.jinja")
#: The time for which services are chosen: a Wednesday at noon, when most are open.
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=LONDON)


class ShownVersion(NamedTuple):
    """A version of an answer: its askers, its reading age, and the services that each asker is offered."""

    askers: str
    version: Version
    age: float
    services: Dict[str, List[str]]


class ShownAnswer(NamedTuple):
    """An answer with all its versions."""

    entry: Guidance
    versions: List[ShownVersion]


class ShownTopic(NamedTuple):
    """A topic, with all its answers and comparisons."""

    name: str
    about: str
    what_if: Mapping[str, str]
    answers: List[ShownAnswer]
    comparisons: List[Comparison]


def write_preview(out: Path) -> int:
    """Write the page, and return the number of answers, comparisons and services on it.

    Raises:
        CommandError: the file cannot be written.
    """
    library, rules = load_library(), load_rules()
    topics = [_topic(name, library, rules) for name in library.topics]
    template = page_templates(TEMPLATE.parent).get_template(TEMPLATE.name)
    page = template.render(
        topics=topics,
        services=library.services,
        words=library.words.dict(),
        triage=load_triage().questions,
        story_questions=load_story_questions().questions,
        replies=load_replies(),
        straight=library.answers,
        faq=library.faq.values(),
        cards=load_cards(),
        fill=library.fill,
    )
    write_out(out, page)
    answers = sum(len(answer.versions) for topic in topics for answer in topic.answers)
    return answers + len(library.comparisons) + len(library.services)


def _topic(name: str, library: Library, rules: Rules) -> ShownTopic:
    answers = [entry for entry in library.guidance.values() if library.topic_of(entry.intents[0]) == name]
    return ShownTopic(
        name,
        library.topics[name].about,
        library.what_if.get(name, {}),
        [ShownAnswer(entry, list(_versions(entry, library, rules))) for entry in answers],
        # A comparison with several topics is shown under the first.
        [one for one in library.comparisons if one.topics[0] == name],
    )


def _versions(entry: Guidance, library: Library, rules: Rules) -> Iterator[ShownVersion]:
    groups: Dict[str, List[str]] = {}
    for asker in ASKERS:
        version_name = asker if asker in entry.versions else entry.default
        groups.setdefault(version_name, []).append(asker)
    for reader, askers in groups.items():
        version = entry.version_for(reader)
        yield ShownVersion(
            ", ".join(askers),
            version,
            round(reading_age(" ".join([version.summary, *version.steps])), 1),
            {asker: _services(entry.intents[0], asker, library, rules) for asker in askers},
        )


def _services(intent: str, asker: str, library: Library, rules: Rules) -> List[str]:
    situation = Situation(library.topic_of(intent), intent, asker, rules.areas.assumed_for(load_settings().area), NOON)
    return [library.services[one.service_id].name for one in refer(situation, library, rules)]
