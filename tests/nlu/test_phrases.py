"""Phrases of the safety net and cues: the texts that each must or must not match, and unreadable files."""

import re
from itertools import chain
from pathlib import Path
from typing import Any, Dict, List

import pytest

from bot.nlu.cues import EXPRESSIONS
from bot.nlu.phrases import PatternError, Phrase, Sections, parse_phrases, read_phrases
from bot.nlu.safety_net import WORDS, Phrases
from bot.settings import ROOT

NET = read_phrases(ROOT / "data" / "safety_net.yml", WORDS)
CUES = read_phrases(ROOT / "data" / "cues.yml", EXPRESSIONS)


def each(sections: Sections) -> Any:
    return pytest.mark.parametrize("phrase", chain(*sections.values()), ids=lambda phrase: phrase.id)


def is_found(phrase: Phrase, text: str) -> bool:
    """Return whether a safety net with only this phrase finds a match."""
    return Phrases({("disclose_danger",): [phrase]}).find(text) is not None


def is_cued(phrase: Phrase, text: str) -> bool:
    return re.search(phrase.pattern, text.replace("’", "'"), re.IGNORECASE) is not None


@each(NET)
def test_a_phrase_of_the_safety_net_matches_its_text(phrase: Phrase) -> None:
    assert is_found(phrase, phrase.match)


@each(NET)
def test_a_phrase_of_the_safety_net_does_not_match_similar_texts(phrase: Phrase) -> None:
    assert [text for text in phrase.near if is_found(phrase, text)] == []


@each(CUES)
def test_a_cue_matches_its_text(phrase: Phrase) -> None:
    assert is_cued(phrase, phrase.match)


@each(CUES)
def test_a_cue_does_not_match_similar_texts(phrase: Phrase) -> None:
    assert [text for text in phrase.near if is_cued(phrase, text)] == []


def exceptions() -> Dict[str, List[Phrase]]:
    """Map each exception to its phrases."""
    found: Dict[str, List[Phrase]] = {}
    for phrase in chain(*NET.values()):
        for exception in phrase.but_not:
            found.setdefault(exception, []).append(phrase)
    return found


@pytest.mark.parametrize(("exception", "phrases"), exceptions().items(), ids=exceptions())
def test_an_exception_is_needed_by_a_similar_text_of_one_of_its_phrases(exception: str, phrases: List[Phrase]) -> None:
    without = [one._replace(but_not=tuple(other for other in one.but_not if other != exception)) for one in phrases]
    assert any(is_found(phrase, text) for phrase in without for text in phrase.near)


@each({section: [phrase for phrase in phrases if phrase.but_not] for section, phrases in NET.items()})
def test_a_phrase_needs_its_exceptions(phrase: Phrase) -> None:
    assert any(is_found(phrase._replace(but_not=()), text) for text in phrase.near)


CONTENT: Dict[str, Any] = {
    "groups": {"want": "want/wanna"},
    "disclose_danger": [{"id": "die", "pattern": "{want} to die", "match": "i wanna die", "near": "i die"}],
}


def read(**changes: Any) -> Sections:
    """Return the phrases of a file whose only phrase has these changes; None removes a key."""
    phrase = {key: value for key, value in {**CONTENT["disclose_danger"][0], **changes}.items() if value is not None}
    return parse_phrases({**CONTENT, "disclose_danger": [phrase]}, WORDS, "net.yml")


def test_a_group_is_replaced_by_its_words() -> None:
    assert read()[("disclose_danger",)][0].pattern == "want/wanna to die"


def test_a_group_in_an_expression_is_put_in_brackets() -> None:
    (phrase,) = parse_phrases(CONTENT, EXPRESSIONS, "cues.yml")[("disclose_danger",)]
    assert phrase.pattern.startswith("(?:want/wanna) to")


def test_kinship_words_are_groups_in_every_file() -> None:
    assert read(pattern="{want} {sibling}")[("disclose_danger",)][0].pattern == "want/wanna brother/sister"


def test_a_group_of_patterns_can_be_used_as_exceptions() -> None:
    content = {**CONTENT, "groups": {"want": "want", "joke": ["die {want}", "die laughing"]}}
    content["disclose_danger"] = [{**CONTENT["disclose_danger"][0], "but_not": ["{joke}", "to die for"]}]
    (phrase,) = parse_phrases(content, WORDS, "net.yml")[("disclose_danger",)]
    assert phrase.but_not == ("die want", "die laughing", "to die for")


@pytest.mark.parametrize("key", ["id", "pattern", "match", "near"])
def test_a_phrase_without_one_of_its_keys_is_refused(key: str) -> None:
    with pytest.raises(PatternError, match=rf"net.yml, disclose_danger: the phrase '.+' has no '{key}'"):
        read(**{key: None})


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"note": "x"}, "the phrase 'die' has a key 'note'"),
        ({"match": 14}, "the phrase 'die': 'match' is no text. Put it in quotes"),
        ({"near": ["a", 14]}, "the phrase 'die': 'near' is no text"),
        ({"pattern": "{want} {missing}"}, r"the phrase 'die': the group \{missing\} is not defined"),
        ({"pattern": "to die"}, r"net.yml: no phrase uses the group \{want\}. Use it or delete it"),
    ],
)
def test_a_phrase_with_a_wrong_layout_is_refused_by_name(changes: Dict[str, Any], complaint: str) -> None:
    with pytest.raises(PatternError, match=complaint):
        read(**changes)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ([], "must hold sections of phrases"),
        ({"disclose_danger": "die"}, "net.yml, disclose_danger: write a list of phrases"),
        ({"disclose_danger": ["die"]}, "'die' is only a text. Write a phrase with id, pattern, match, near"),
        ({"groups": ["want"]}, "write each group with its words"),
        ({"groups": {"want": None}}, "write each group with its words"),
        ({"groups": {"sibling": "bro/sis"}}, r"the group \{sibling\} is also in bot/text/kinship.yml"),
        ({**CONTENT, "groups": {"want": ["a", "b"]}}, "a list of patterns. Only 'but_not' can use it"),
        ({**CONTENT, "doubtful": {"x": CONTENT["disclose_danger"]}}, "the id 'die' is used twice"),
    ],
)
def test_a_file_with_a_wrong_layout_is_refused(content: Any, complaint: str) -> None:
    with pytest.raises(PatternError, match=complaint):
        parse_phrases(content, WORDS, "net.yml")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match=r"net\.yml is missing\. Restore it, or mend config\.yml"):
        read_phrases(tmp_path / "net.yml", WORDS)
