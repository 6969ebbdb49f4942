"""The rubric: each rule catches the replies that break it, and no others."""

from typing import Any, Dict, List

import pytest

from evaluation.understanding.rubric import JudgedReply, failures, summary, visible_words

HELPLINE = {"kind": "service", "id": "childline", "name": "Childline", "phone": "0800 1111", "hours": "any time"}
QUESTION = {"kind": "choices", "prompt": "Where are you?", "choices": [{"id": "1", "label": "Essex"}]}


def text(words: str) -> Dict[str, Any]:
    return {"kind": "text", "text": words}


def reply(*messages: Dict[str, Any], **more: Any) -> JudgedReply:
    known = {"harm": False, "danger": False, "wrong_services": set(), "blames": False}
    return JudgedReply(messages, **{**known, **more})


def broken(*replies: JudgedReply) -> List[str]:
    """Return the rules that the last reply breaks."""
    return failures(replies)[-1]


GOOD = reply(text("That was heard."), HELPLINE, QUESTION, harm=True)


def test_a_good_reply_breaks_no_rule() -> None:
    assert broken(GOOD) == []


@pytest.mark.parametrize(
    ("replies", "rule"),
    [
        ([reply(HELPLINE, wrong_services={"childline"})], "wrong service"),
        ([reply(HELPLINE, blames=True)], "victim addressed as offender"),
        ([GOOD, reply(text("That was heard."))], "the same wording twice"),
        ([GOOD, reply(QUESTION)], "the same question twice"),
        ([reply(text("word " * 91))], "too long"),
        ([reply(text("word " * 26), HELPLINE, danger=True)], "in danger, too much before help"),
        ([reply(text("word " * 25 + "999"), danger=True)], "in danger, too much before help"),
        ([reply(text("That was heard."), harm=True)], "harm told and no number to call"),
        ([reply(QUESTION, {**QUESTION, "prompt": "Who asks?"})], "two questions at once"),
        ([reply()], "nothing said"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_reply_that_breaks_a_rule_is_reported_with_that_rule(replies: List[JudgedReply], rule: str) -> None:
    assert broken(*replies) == [rule]


def test_where_to_turn_in_danger_may_be_repeated() -> None:
    danger = reply(text("Call 999."), HELPLINE, danger=True)
    assert broken(danger, danger) == []


def test_a_line_that_says_to_call_999_counts_as_help_whatever_follows() -> None:
    assert broken(reply(text("If they are not safe, call 999."), text("word " * 40), danger=True)) == []


def test_a_number_that_was_shown_before_counts_from_then_on() -> None:
    assert broken(GOOD, reply(text("Go on."), harm=True)) == []


def test_folded_words_are_not_counted_as_visible() -> None:
    assert visible_words([text("two words"), {**text("not these three"), "folded": True}]) == 2


def test_hours_are_visible_if_nobody_answers() -> None:
    closed = {**HELPLINE, "open_now": False, "hours": "closed until nine"}
    assert visible_words([closed]) - visible_words([HELPLINE]) == 3


def test_the_summary_counts_replies_by_broken_rule_and_clean_replies() -> None:
    counted = summary([[GOOD, reply(QUESTION)]])
    assert (counted["clean"], counted["broken"]["the same question twice"]) == (0.5, 1)
