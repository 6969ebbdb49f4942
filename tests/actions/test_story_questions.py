"""Story questions: a reply may end with a question about what happened, as a listener would ask."""

from typing import Any, Dict

import pytest
from action_driver import REPLIES, STORY_QUESTIONS, TRIAGE, WORDS, Conversation, hinting, prompt_of, typed

from bot.case.story_questions import MOST

STRANGER: Dict[str, Any] = {"role": "harmed", "facts": {"about": "self", "contact": True, "writer": "child"}}
PROMPTS = {words for question in STORY_QUESTIONS.questions for words in question.prompt.values()}


def prompt(question_id: str, audience: Any = "young_person") -> str:
    question = STORY_QUESTIONS.find(question_id)
    assert question is not None
    return question.prompt[audience]


def asked(question_id: str = "demand_meeting") -> Conversation:
    """Return a conversation with a child in touch with a stranger, up to this story question."""
    talk = Conversation()
    talk.says("disclose_stranger_contact", **STRANGER)
    talk.presses("Not right now")
    while talk.last.prompts != [prompt(question_id)]:
        talk.presses("I don't know")
    return talk


def test_danger_is_asked_about_before_the_story() -> None:
    assert Conversation().says("disclose_stranger_contact", **STRANGER).prompts == [prompt_of("danger")]


def test_the_asker_is_asked_about_before_the_story() -> None:
    talk = Conversation()
    talk.says("disclose_stranger_contact", role="harmed", facts={"about": "self", "contact": True})
    assert talk.presses("Not right now").prompts == [prompt_of("asker")]


def test_story_questions_come_before_the_place() -> None:
    talk, told = Conversation(), {"role": "carer", "facts": {"about": "child", "contact": True}}
    talk.says("disclose_stranger_contact", entities={"told_asker": "parent"}, **told)
    prompts = talk.presses("Not right now").prompts
    while prompt_of("place") not in prompts:
        prompts = talk.says("disclose_stranger_contact", **told).prompts
    assert STORY_QUESTIONS.asked_in(talk.case) == MOST


def test_a_known_fact_is_not_asked_about() -> None:
    talk = Conversation()
    talk.says("disclose_stranger_contact", role="harmed", facts={**STRANGER["facts"], "demand_meeting": False})
    assert talk.presses("Not right now").prompts == [prompt("image_asked")]


def test_a_message_is_not_followed_by_a_question_about_what_it_mentions() -> None:
    talk = Conversation()
    talk.says("disclose_stranger_contact", **STRANGER)
    talk.presses("Not right now")
    reply = talk.says("disclose_stranger_contact", text="nobody is MEETING anyone lol", **STRANGER)
    assert reply.prompts == [prompt("image_asked")]


def test_what_an_earlier_message_mentioned_is_asked_about_later() -> None:
    talk = Conversation()
    talk.says("disclose_stranger_contact", text="we might meet", **STRANGER)
    assert talk.presses("Not right now").prompts == [prompt("demand_meeting")]


@pytest.mark.parametrize(("label", "value"), [("Yes", True), ("No", False), ("I don't know", None)])
def test_a_button_sets_the_fact(label: str, value: object) -> None:
    talk = asked()
    talk.presses(label)
    assert talk.case.value("demand_meeting") is value


@pytest.mark.parametrize(
    ("intent", "text", "answer", "value"), [("affirm", "yes", "yes", True), ("deny", "no", "no", False)]
)
def test_a_typed_yes_or_no_sets_the_fact(intent: str, text: str, answer: str, value: bool) -> None:
    talk = asked()
    talk.says(intent, move="answers", text=text, entities={"answer": answer})
    assert talk.case.value("demand_meeting") is value


def test_an_ok_may_only_accept_the_advice_above_the_question() -> None:
    talk = asked()
    talk.says("affirm", 0.99, move="answers", text="ok")
    assert talk.case.value("demand_meeting") is None


def test_a_bare_no_is_a_no_whatever_the_classifier_reads() -> None:
    talk = asked()
    read: Dict[str, Any] = {"text": "no", "entities": {"answer": "no"}, "move": "answers"}
    message = typed("deny", 0.9, "stranger_contact", role="harmed", **read)
    message["context"]["facts"] = [["demand_meeting", True, 0.45]]
    talk.gets(message)
    assert talk.case.value("demand_meeting") is False


def test_a_no_does_not_override_a_fact_in_the_same_message() -> None:
    talk = asked()
    reading = {"entities": {"answer": "no"}, "text": "nah he just said come to mine"}
    message = typed("disclose_stranger_contact", 0.9, "stranger_contact", role="harmed", **reading)
    message["context"]["facts"] = [["demand_meeting", True, 0.6]]
    talk.gets(message)
    assert talk.case.value("demand_meeting") is True


def test_a_longer_message_that_begins_with_an_answer_sets_the_fact() -> None:
    talk = asked()
    text = "no but he keeps asking what school i go to"
    talk.says("disclose_stranger_contact", text=text, entities={"answer": "no"}, **STRANGER)
    assert talk.case.value("demand_meeting") is False


def test_a_message_that_answers_nothing_leaves_the_fact_unknown() -> None:
    talk = asked()
    talk.says("disclose_stranger_contact", text="he has loads of robux", **STRANGER)
    assert talk.case.value("demand_meeting") is None


def test_a_no_to_whether_anybody_knows_means_that_nobody_knows() -> None:
    talk = Conversation()
    talk.says("disclose_own_bullying", role="harmed", facts={"about": "self", "hurt": False, "writer": "child"})
    assert talk.last.prompts == [prompt("told")]
    talk.presses("No")
    assert talk.case.value("told") == "nobody"


def test_a_no_is_not_taken_for_a_refusal_to_answer() -> None:
    texts = " ".join(asked().says("deny", move="answers", text="no", entities={"answer": "no"}).texts)
    assert any(words in texts for words in REPLIES.transitions["answered"].words["young_person"])


def test_an_answer_with_its_own_short_reply_gets_that_reply() -> None:
    texts = asked().presses("Yes").texts
    wanted = next(one for one in REPLIES.by_topic["stranger_contact"] if one.id == "stranger_wants_meeting")
    assert texts[0] in wanted.heard["young_person"]


def test_a_conversation_has_no_more_story_questions_than_the_limit() -> None:
    talk = Conversation()
    prompts = [words for _ in range(14) for words in talk.says("disclose_stranger_contact", **STRANGER).prompts]
    assert sum(words in PROMPTS for words in prompts) == MOST


@pytest.mark.parametrize("move", ["stuck", "objects"])
def test_a_writer_who_is_stuck_or_objects_is_not_asked(move: str) -> None:
    talk = Conversation()
    talk.says("disclose_stranger_contact", **STRANGER)
    prompts = [talk.says("disclose_stranger_contact", move=move, **STRANGER).prompts for _ in range(3)]
    assert not PROMPTS & {words for one in prompts for words in one}


def test_a_writer_with_a_general_question_is_not_asked() -> None:
    talk = Conversation()
    talk.says("ask_stranger_contact", move="asks", entities={"told_asker": "parent"})
    assert not PROMPTS & set(talk.says("ask_stranger_contact", move="asks").prompts)


def test_people_who_worry_about_their_own_behaviour_are_not_asked() -> None:
    talk = Conversation()
    replies = [talk.says("worry_own_behaviour", role="own_behaviour") for _ in range(4)]
    assert not PROMPTS & {words for reply in replies for words in reply.prompts}


def test_children_who_did_harm_are_not_asked_whether_they_were_harmed() -> None:
    talk = Conversation()
    told: Dict[str, Any] = {"role": "own_behaviour", "facts": {"writer": "child"}}
    talk.says("worry_own_behaviour_young", **told)
    replies = [talk.says("disclose_bullying", about="bullying", **told) for _ in range(3)]
    assert not PROMPTS & {words for reply in replies for words in reply.prompts}


def test_why_is_answered_and_the_question_is_asked_again() -> None:
    reply = asked().says("ask_why", 0.9, move="asks", text="why do you ask")
    assert (reply.texts, reply.prompts) == ([WORDS.why_asked], [prompt("demand_meeting")])


def test_why_is_answered_even_if_the_question_has_no_words_for_the_audience() -> None:
    talk = Conversation()
    talk.says("disclose_own_bullying", role="harmed", facts={"about": "self", "hurt": False, "writer": "child"})
    assert talk.last.prompts == [prompt("told")]
    reply = talk.says("ask_why", 0.9, move="asks", text="why, i am a teacher", entities={"told_asker": "professional"})
    assert reply.texts[0] == WORDS.why_asked


def test_a_writer_who_skips_the_question_about_suicide_is_not_asked_a_story_question() -> None:
    talk = hinting()
    assert not PROMPTS & set(talk.presses(TRIAGE.skip.label).prompts)


def test_a_writer_who_tells_only_a_feeling_is_asked_what_happened() -> None:
    talk = Conversation()
    replies = [talk.says("feel_bad", role="harmed") for _ in range(2)]
    assert prompt("what_happened") in {words for reply in replies for words in reply.prompts}


def test_before_any_story_there_is_a_question_and_no_advice() -> None:
    reply = Conversation().says("feel_bad", role="harmed", facts={"writer": "child"})
    advice = {one.now["young_person"] for one in REPLIES.by_topic["emotional_support"] if "young_person" in one.now}
    assert (reply.prompts, advice & set(reply.texts)) == ([prompt("what_happened")], set())


def test_a_writer_who_told_of_no_harm_is_not_offered_words_of_danger() -> None:
    reply = Conversation().says("feel_bad", facts={"writer": "child"})
    assert "I don't want to live" not in reply.labels
