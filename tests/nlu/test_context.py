"""Reading a message in its conversation: which messages are kept and joined, and what the heads learn."""

from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest

from bot.nlu.context import LAST, TOGETHER, ContextClassifiers, Turn, joined, kept, read_turns
from bot.nlu.faq import Examples
from bot.nlu.sentences import Sentence

TALK = """version: "3.1"
conversations:
- conversation: X-1
  metadata: {voice: a boy}
  steps:
  - {user: "im scared", move: tells, topic: emotional_support, role: asks, urgency: concern}
  - {user: "14", move: answers, topic: sextortion, role: harmed, urgency: concern, facts: {writer_age: 14, threat: yes}}
"""


@pytest.fixture
def turns(tmp_path: Path) -> List[Turn]:
    (tmp_path / "talk.yml").write_text(TALK, encoding="utf-8")
    return read_turns(tmp_path)


def test_the_first_message_and_the_last_three_are_kept() -> None:
    assert kept(["first", "b", "c", "d", "e", "f"]) == ["first", "d", "e", "f"]


def test_every_message_of_a_short_conversation_is_kept() -> None:
    assert kept(["a", "b"]) == ["a", "b"]


def test_no_more_messages_are_kept_than_are_read_together() -> None:
    assert len(kept([str(number) for number in range(50)])) == TOGETHER == LAST + 1


def test_the_latest_message_comes_first_so_that_it_is_never_cut() -> None:
    assert joined(["first", "second"], "now").split(" | ") == ["now", "second", "first"]


def test_a_turn_has_the_messages_before_it(turns: List[Turn]) -> None:
    assert turns[1].before == ("im scared",)


def test_an_age_is_learned_as_a_number_rather_than_a_fact(turns: List[Turn]) -> None:
    assert (turns[1].facts, turns[1].ages) == (("threat=true",), {"writer_age": 14})


@pytest.fixture(scope="module")
def learned() -> ContextClassifiers:
    """Heads trained on two kinds of turn, distinguished by two features, and on the wordings of a question."""
    labels = {
        "sextortion": {
            "topic": "sextortion",
            "move": "tells",
            "role": "harmed",
            "urgency": "active_harm",
            "asks": "none",
            "remark": "fears_reaction",
        },
        "law_question": {
            "topic": "law_question",
            "move": "asks",
            "role": "asks",
            "urgency": "none",
            "asks": "pay",
            "remark": "none",
        },
    }
    names = ["sextortion", "law_question"] * 40
    rows = np.array([[1.0, 0.0] if name == "sextortion" else [0.0, 1.0] for name in names], np.float32)
    turns = [
        Turn(
            "im 14 he said pay" if name == "sextortion" else "can i pay",
            (),
            labels[name],
            ("threat=true",) if name == "sextortion" else (),
            {"writer_age": 14} if name == "sextortion" else {},
        )
        for name in names
    ]
    texts = ["what age for whatsapp", "how old for whatsapp", "whatsapp age"] * 10
    wordings = Examples(texts, ["age_limit_whatsapp"] * 30)
    return ContextClassifiers.learn(rows, turns, wordings, np.array([[-1.0, 0.0]] * 30, np.float32))


def read(learned: ContextClassifiers, row: List[float], text: str = "ok", before: str = "") -> Dict[str, Any]:
    return learned.read(text, joined([before] if before else [], text), np.array(row, np.float32))


def test_the_likeliest_topic_is_the_topic_of_similar_turns(learned: ContextClassifiers) -> None:
    topics = read(learned, [1.0, 0.0])["topics"]
    assert max(topics, key=topics.get) == "sextortion"


def test_a_fact_is_read_if_similar_turns_stated_it(learned: ContextClassifiers) -> None:
    assert [fact[:2] for fact in read(learned, [1.0, 0.0])["facts"]] == [["threat", True]]


def test_a_direct_question_is_distinguished_from_a_story(learned: ContextClassifiers) -> None:
    asked, told = read(learned, [0.0, 1.0], "can i pay"), read(learned, [1.0, 0.0], "im 14 he said pay")
    assert asked["asks"]["pay"] > 0.5 > told["asks"]["pay"]


def test_a_question_is_read_in_one_sentence_of_a_longer_message(learned: ContextClassifiers) -> None:
    story, question = "im 14 he said pay", "can i pay"
    sentence = Sentence(question, has_intent=False, is_question=True)
    asks = learned.read(story, story, np.array([1.0, 0.0]), [(sentence, np.array([0.0, 1.0]))])["asks"]
    assert asks["pay"] > 0.5


def test_a_statement_in_a_longer_message_is_not_read_as_a_question(learned: ContextClassifiers) -> None:
    story = "im 14 he said pay"
    sentence = Sentence("i can pay", has_intent=False, is_question=False)
    asks = learned.read(story, story, np.array([1.0, 0.0]), [(sentence, np.array([0.0, 1.0]))])["asks"]
    assert asks["pay"] < 0.5


STATEMENT = (Sentence("im 14 he said pay", has_intent=False, is_question=False), np.array([1.0, 0.0]))


@pytest.mark.parametrize(("row", "facts"), [([0.4, 0.6], [["threat", True]]), ([0.0, 1.0], [])])
def test_a_fact_is_read_in_one_sentence_unless_the_whole_message_rules_it_out(
    learned: ContextClassifiers, row: List[float], facts: List[List[Any]]
) -> None:
    found = learned.read("can i pay", "can i pay", np.array(row), [STATEMENT])["facts"]
    assert [fact[:2] for fact in found] == facts


def test_a_remark_is_read_if_similar_turns_had_it(learned: ContextClassifiers) -> None:
    assert [*read(learned, [1.0, 0.0], "im 14 he said pay")["remarks"]] == ["fears_reaction"]


def test_most_messages_have_no_remark(learned: ContextClassifiers) -> None:
    assert read(learned, [0.0, 1.0], "can i pay")["remarks"] == {}


def test_a_frequently_asked_question_is_read_in_a_similar_wording(learned: ContextClassifiers) -> None:
    assert [*read(learned, [-1.0, 0.0], "what is the age for whatsapp")["faq"]] == ["age_limit_whatsapp"]


def test_a_message_similar_to_turns_without_an_faq_asks_none(
    learned: ContextClassifiers,
) -> None:
    assert read(learned, [0.0, 1.0], "can i pay")["faq"] == {}


def test_the_words_of_a_message_influence_its_reading(learned: ContextClassifiers) -> None:
    with_them, without = (read(learned, [0.5, 0.5], text)["moves"]["asks"] for text in ("can i pay", "ok"))
    assert with_them > without


def test_the_words_of_earlier_messages_do_not_count_as_words_of_this_one(learned: ContextClassifiers) -> None:
    assert read(learned, [0.5, 0.5], before="can i pay")["moves"] == read(learned, [0.5, 0.5])["moves"]


def test_the_numbers_of_a_message_are_read(learned: ContextClassifiers) -> None:
    (number,) = read(learned, [1.0, 0.0], "im 14")["numbers"]
    assert number["years"] == 14


def test_saved_heads_load_unchanged(learned: ContextClassifiers, tmp_path: Path) -> None:
    learned.save(tmp_path)
    loaded = ContextClassifiers.load(tmp_path)
    assert read(loaded, [0.6, 0.4], "im 14 pay") == read(learned, [0.6, 0.4], "im 14 pay")
