"""content/ as a whole: it is complete, and a mistake in it is reported with file, line and correction."""

import shutil
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import pytest

from bot.content.checks import WITHOUT_GUIDANCE
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import Library
from bot.content.reader import ContentError, Problem
from bot.settings import ROOT

GROOMING = "en/guidance/grooming_signs.yml"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_every_intent_outside_small_talk_and_out_of_scope_has_guidance_for_parents_and_young_people(
    library: Library,
) -> None:
    unanswered = [
        (intent, version)
        for name, topic in library.topics.items()
        if name not in WITHOUT_GUIDANCE
        for intent in topic.intents
        for version in ("parent", "young_person")
        if (guidance := library.guidance_for(intent)) is None or version not in guidance.versions
    ]
    assert unanswered == []


def test_there_are_at_least_twelve_comparisons(library: Library) -> None:
    assert len(library.comparisons) >= 12


def test_a_topic_is_found_by_its_intent(library: Library) -> None:
    assert library.topic_of("disclose_sextortion") == "sextortion"


def test_an_unknown_intent_is_out_of_scope(library: Library) -> None:
    assert library.topic_of("nlu_fallback") == "out_of_scope"


def test_a_number_in_a_text_comes_from_its_service(library: Library) -> None:
    assert library.fill("Call {childline.name} on {childline.phone}.") == (
        f"Call Childline on {library.services['childline'].phone}."
    )


def test_an_asker_without_their_own_version_gets_the_default(library: Library) -> None:
    guidance = next(g for g in library.guidance.values() if "professional" not in g.versions)
    assert guidance.version_for("professional") == guidance.versions[guidance.default]


def test_a_comparison_has_different_versions_for_young_people_and_parents(library: Library) -> None:
    comparison = library.comparisons[0]
    assert comparison.scene_for("young_person") != comparison.scene_for("parent")


class Mistakes(NamedTuple):
    """The problems found in a broken copy of content/, and the line of each planted mistake."""

    problems: List[Problem]
    lines: Dict[str, int]

    def at(self, mistake: str, file: str) -> List[str]:
        """Return the problems reported at the line of a mistake."""
        return [p.message for p in self.problems if (p.file, p.line) == (f"content/{file}", self.lines[mistake])]


def broken(directory: Path, changes: Dict[str, Tuple[str, str, str]], missing: str = "") -> Mistakes:
    """Copy content/, make each change (file, old, new), and return the problems found."""
    shutil.copytree(CONTENT.base, directory)
    if missing:
        (directory / missing).unlink()
    for name, old, new in changes.values():
        before, found, after = (directory / name).read_text(encoding="utf-8").partition(old)
        assert found, f"content/{name} has no {old!r} to change"
        (directory / name).write_text(before + new + after, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_library(Content(directory))
    return Mistakes(
        caught.value.problems,
        {
            mistake: (directory / name).read_text(encoding="utf-8").partition(new)[0].count("\n") + 1
            for mistake, (name, _, new) in changes.items()
        },
    )


@pytest.fixture(scope="module")
def unreadable(tmp_path_factory: pytest.TempPathFactory) -> Mistakes:
    """A copy of content/ with files that cannot be read."""
    return broken(
        tmp_path_factory.mktemp("unreadable") / "content",
        {
            "summary": (GROOMING, "summary: >-", f"summary: {'word ' * 81}\n      say: >-"),
            "syntax": ("sources.yml", "name: ", "name: [unclosed: "),
            "field": ("services.yml", "  name: Samaritans", "  fax: '1'\n  name: Samaritans"),
        },
        missing="en/style.yml",
    )


@pytest.fixture(scope="module")
def inconsistent(tmp_path_factory: pytest.TempPathFactory) -> Mistakes:
    """A copy of content/ whose files can be read but contradict each other."""
    return broken(
        tmp_path_factory.mktemp("inconsistent") / "content",
        {
            "source": ("services.yml", "sources: [samaritans_contact]", "sources: [a_rumour]"),
            "service": ("services.yml", "police_101:", "police_new:"),
            "number": (GROOMING, "call 999 now", "call {helpline.phone} now"),
            "style": ("en/guidance/bullying.yml", "title: ", "title: Help! "),
            "answer": (
                "en/answers.yml",
                "topics: [viewed_illegal_content]",
                "topics: [fairies]\n  intents: [ask_elves]",
            ),
            "faq": ("en/faq/words.yml", "id: meaning_grooming", "id: trace_account"),
            "faq_source": ("en/faq/apps.yml", "sources: [", "sources: [a_friend, "),
        },
    )


def test_a_summary_that_is_too_long_is_reported_with_its_length_and_the_limit(unreadable: Mistakes) -> None:
    (message,) = unreadable.at("summary", GROOMING)
    assert "has 81 words; shorten it to 80" in message


def test_a_yaml_syntax_error_is_reported_at_most_a_line_late(unreadable: Mistakes) -> None:
    (problem,) = [p for p in unreadable.problems if p.file == "content/sources.yml"]
    assert problem.line - unreadable.lines["syntax"] in (0, 1)


def test_a_yaml_syntax_error_is_reported_as_one(unreadable: Mistakes) -> None:
    (problem,) = [p for p in unreadable.problems if p.file == "content/sources.yml"]
    assert problem.message.startswith("is not YAML here:")
    assert problem.message.endswith("mend the line")


def test_an_unknown_field_is_reported_by_name_at_its_line(unreadable: Mistakes) -> None:
    (message,) = unreadable.at("field", "services.yml")
    assert message.startswith("'samaritans fax' ")


def test_a_missing_file_is_reported_by_name(unreadable: Mistakes) -> None:
    assert Problem("content/en/style.yml", 1, "is missing; restore it") in unreadable.problems


def test_every_unreadable_file_is_reported_at_once(unreadable: Mistakes) -> None:
    assert len({problem.file for problem in unreadable.problems}) == 4


def test_an_unknown_source_is_reported_where_it_is_named(inconsistent: Mistakes) -> None:
    (message,) = inconsistent.at("source", "services.yml")
    assert "a_rumour" in message


def test_a_missing_service_that_the_code_refers_to_is_reported_by_its_id(inconsistent: Mistakes) -> None:
    message = "lacks the service 'police_101', which the program shows by its id; add it"
    assert Problem("content/services.yml", 1, message) in inconsistent.problems


def test_an_unknown_number_is_reported_at_its_line(inconsistent: Mistakes) -> None:
    assert inconsistent.at("number", GROOMING) == ["{helpline.phone} is not in services.yml; correct it"]


def test_an_answer_for_an_unknown_topic_is_reported(inconsistent: Mistakes) -> None:
    reported = [p.message for p in inconsistent.problems if p.file == "content/en/answers.yml"]
    assert "'fairies' is no topic of topics.yml; correct it" in reported


def test_an_answer_for_an_unknown_intent_is_reported(inconsistent: Mistakes) -> None:
    reported = [p.message for p in inconsistent.problems if p.file == "content/en/answers.yml"]
    assert "'ask_elves' is no intent of topics.yml; correct it" in reported


def test_two_answers_with_the_same_id_are_reported(inconsistent: Mistakes) -> None:
    (message,) = inconsistent.at("faq", "en/faq/words.yml")
    assert message == "'trace_account' is the id of another answer; rename one"


def test_an_unknown_source_of_an_answer_is_reported(inconsistent: Mistakes) -> None:
    reported = [p.message for p in inconsistent.problems if p.file == "content/en/faq/apps.yml"]
    assert [message for message in reported if "'a_friend'" in message] != []


def test_a_breach_of_house_style_is_reported_at_its_line(inconsistent: Mistakes) -> None:
    (message,) = inconsistent.at("style", "en/guidance/bullying.yml")
    assert message.startswith("holds '!'; ")


def test_a_problem_reads_as_file_line_and_message() -> None:
    assert str(Problem("content/services.yml", 7, "lacks it; add it")) == "content/services.yml:7: lacks it; add it"


def test_the_content_is_read_from_this_repository() -> None:
    assert CONTENT.base == ROOT / "content"
