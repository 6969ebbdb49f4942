"""The wordings of frequently asked questions, and the annotated turns that the FAQ head learns from."""

from pathlib import Path

from bot.nlu.faq import TURNS_PER_EXAMPLE, is_example, read_wordings

WORDINGS = """questions:
  age_limit_whatsapp:
  - "what age for whatsapp"
  - "WHATSAPP age limit?"
"""


def test_every_wording_is_read_with_its_question(tmp_path: Path) -> None:
    (tmp_path / "apps.yml").write_text(WORDINGS, encoding="utf-8")
    assert read_wordings(tmp_path).questions == ["age_limit_whatsapp"] * 2


def test_wordings_are_folded_like_messages(tmp_path: Path) -> None:
    (tmp_path / "apps.yml").write_text(WORDINGS.replace("what age", "wh\u0430t age"), encoding="utf-8")
    assert read_wordings(tmp_path).texts[0] == "what age for whatsapp"


def test_a_turn_that_asks_something_else_is_learned_from() -> None:
    assert all(is_example(f"question {number}", asks=True) for number in range(50))


def test_only_some_turns_that_ask_nothing_are_learned_from() -> None:
    chosen = sum(is_example(f"story {number}", asks=False) for number in range(1000))
    assert 0.7 < chosen * TURNS_PER_EXAMPLE / 1000 < 1.3
