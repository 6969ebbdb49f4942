"""The action: which kind of answer a message gets, and what an answer on a topic contains."""

from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional

import pytest
from action_driver import (
    CRISIS,
    EMERGENCY_WORDS,
    HELPLINES,
    LIBRARY,
    NOON,
    REPLIES,
    STORY_QUESTIONS,
    TRIAGE,
    WORDS,
    BotReply,
    Conversation,
    asked_whether_it_helped,
    blackmailed,
    fallback,
    faq_answer,
    feeling,
    hinting,
    in_danger,
    in_easier_words,
    next_steps,
    pressed,
    prompt_of,
    question_of,
    replies_to,
    short,
    straight_answer,
    summary_of,
    transition,
    typed,
)

from actions import asides, comparison
from actions.acknowledgement import IN_GUIDANCE
from actions.answer import ASIDES, answer_feeling, answer_subject, choose, say_no
from actions.crisis import answer_danger, answer_hint
from actions.follow_up import follow_up, suggestions
from actions.reply import Reply
from actions.trimming import without_yes_or_no
from actions.turn import CASE
from bot.case.case import Case, dump
from bot.case.derived import ACCUSING
from bot.case.facts import Fact
from bot.case.reply_models import Audience, ShortReply, Suggestion
from bot.content.models import QUESTION_KINDS
from bot.referral.refer import EMERGENCY

STEPS = next_steps("sextortion")
BLACKMAIL: Dict[str, Any] = {"role": "harmed", "facts": {"threat": True, "about": "self"}}
NOW = {"immediate_danger": 0.9}
INTENTS = [name for topic in LIBRARY.topics.values() for name in topic.intents]
OF_QUESTIONS = {question.prompt for question in TRIAGE.questions}
FOR_DOERS = {name for name, service in LIBRARY.services.items() if service.for_doers}


def told_again(times: int) -> Conversation:
    """Return a conversation that repeats a story of blackmail this many times, with no questions left to ask."""
    talk = blackmailed().was_asked_everything()
    for _ in range(times):
        talk.says("disclose_sextortion", **BLACKMAIL)
    return talk


def offered(*choices: Suggestion, talk: Optional[Conversation] = None) -> List[str]:
    """Return the labels offered to a blackmailed young person if a short reply has these choices."""
    turn = (talk or blackmailed()).turn("disclose_sextortion", **BLACKMAIL)
    one = ShortReply(
        id="one", heard={"young_person": ["A.", "B.", "C."]}, now={"young_person": "D."}, choices=list(choices)
    )
    reply = Reply(turn._replace(replies=turn.replies._replace(by_topic={"sextortion": [one]})))
    return [option.label for option in suggestions(reply)]


# The kind of answer


@pytest.mark.parametrize(
    ("intent", "confidence", "read", "answer"),
    [
        pytest.param("thank", 0.95, {"urgencies": NOW}, answer_danger, id="danger before thanks"),
        pytest.param("ask_comparison", 0.95, {"urgencies": NOW}, answer_danger, id="danger before a comparison"),
        pytest.param("disclose_sextortion", 0.95, {"urgencies": NOW}, answer_danger, id="danger before the subject"),
        pytest.param(
            "disclose_suicidal", 1.0, {"facts": {"suicide": "hinted"}}, answer_danger, id="danger before a hint"
        ),
        pytest.param("hesitate", 0.95, {"facts": {"suicide": "hinted"}}, answer_hint, id="a hint before a pause"),
        pytest.param("feel_bad", 0.95, {"facts": {"suicide": "hinted"}}, answer_hint, id="a hint before the subject"),
        pytest.param("greet", 0.95, {}, asides.greet, id="hello"),
        pytest.param("disclose_sextortion", 0.95, {}, answer_subject, id="a subject"),
    ],
)
def test_the_first_message_is_answered_for_what_matters_most(
    intent: str, confidence: float, read: Dict[str, Any], answer: Callable[..., None]
) -> None:
    assert choose(Conversation().turn(intent, confidence, **read)) is answer


@pytest.mark.parametrize("intent", sorted(ASIDES))
def test_an_aside_as_the_first_message_is_answered_as_one(intent: str) -> None:
    assert choose(Conversation().turn(intent, 0.9)) is ASIDES[intent]


@pytest.mark.parametrize(
    ("intent", "confidence", "move", "answer"),
    [
        pytest.param("thank", 0.95, "thanks", asides.thank, id="clear thanks"),
        pytest.param("thank", 0.95, "answers", answer_subject, id="thanks before more of the story"),
        pytest.param("nlu_fallback", 0.3, "tells", answer_subject, id="what was not understood"),
        pytest.param("deny", 0.5, "tells", answer_subject, id="a story that sounds like a no"),
        pytest.param("hesitate", 0.5, "asks", answer_subject, id="a question that sounds like a pause"),
        pytest.param("hesitate", 0.9, "stuck", answer_subject, id="somebody who is stuck"),
        pytest.param("deny", 0.9, "tells", say_no, id="a clear no"),
        pytest.param("deny", 0.4, "answers", answer_subject, id="an answer that only begins with a no"),
        pytest.param("ask_comparison", 0.9, "asks", comparison.show, id="the wish for a comparison"),
    ],
)
def test_within_a_story_an_aside_is_answered_only_if_it_was_meant(
    intent: str, confidence: float, move: str, answer: Callable[..., None]
) -> None:
    assert choose(blackmailed().turn(intent, confidence, move=move)) is answer


@pytest.mark.parametrize(("text", "answer"), [("no", say_no), ("no. not my face", answer_subject)])
def test_without_a_question_a_no_is_answered_as_one_only_if_it_says_nothing_else(
    text: str, answer: Callable[..., None]
) -> None:
    talk = Conversation().was_asked_everything()
    talk.says("disclose_sextortion", **BLACKMAIL)
    assert choose(talk.turn("deny", 0.9, move="answers", text=text)) is answer


def test_known_danger_is_not_answered_as_new() -> None:
    assert choose(in_danger().turn("ask_image_removal")) is answer_subject


# An answer on a topic


def test_the_acknowledgement_comes_before_the_service_the_guidance_and_the_question() -> None:
    assert Conversation().says("disclose_sextortion", **BLACKMAIL).kinds == [
        "text",
        "service",
        "guidance",
        "text",
        "choices",
    ]


def test_the_first_text_is_the_acknowledgement() -> None:
    assert blackmailed().last.texts[0] in short("sextortion").heard["young_person"]


def test_the_second_text_says_the_one_thing_to_do_now() -> None:
    assert blackmailed().last.texts[1:] == [short("sextortion").now["young_person"], WORDS.in_danger]


def test_a_straight_answer_replaces_what_to_do_now() -> None:
    reply = Conversation().says("disclose_sextortion", asks="pay", **BLACKMAIL)
    assert reply.texts[1:] == [" ".join(in_easier_words("pay", "unknown")), WORDS.in_danger]


def test_a_straight_answer_within_a_story_is_given_in_full() -> None:
    assert straight_answer("pay") in blackmailed().says("disclose_sextortion", asks="pay", **BLACKMAIL).texts


@pytest.mark.parametrize(
    ("facts", "reply_id"),
    [
        ({"threat": True}, "sextortion"),
        ({"demand_money": True}, "sextortion_money"),
        ({"demand_money": True, "paid": True}, "sextortion_paid"),
        ({"demand_images": True}, "sextortion_images"),
        ({"image_shared": True}, "sextortion_shared"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_facts_of_the_case_choose_the_acknowledgement(facts: Dict[str, Any], reply_id: str) -> None:
    reply = Conversation().says("disclose_sextortion", role="harmed", facts={"about": "self", **facts})
    assert reply.texts[0] in short(reply_id).heard["young_person"]


@pytest.mark.parametrize(
    ("read", "audience"),
    [
        ({"entities": {"told_asker": "young_person"}}, "young_person"),
        ({"role": "harmed", "facts": {"writer_age": 30, "about": "self"}}, "adult"),
        ({"entities": {"told_asker": "parent"}}, "parent"),
        ({"entities": {"told_asker": "professional"}}, "professional"),
        ({"entities": {"told_asker": "other"}}, "other"),
        ({}, "young_person"),
    ],
    ids=["a child", "an adult", "a parent", "a professional", "somebody else", "nobody known"],
)
def test_what_to_do_now_is_in_the_words_for_the_audience(read: Dict[str, Any], audience: Audience) -> None:
    assert Conversation().says("disclose_sextortion", **read).texts[1] == short("sextortion").now[audience]


@pytest.mark.parametrize("asker", ["parent", "young_person", "professional", "other"])
def test_the_straight_answer_is_in_the_words_for_the_asker(asker: str) -> None:
    reply = Conversation().says("disclose_sextortion", asks="pay", entities={"told_asker": asker})
    assert reply.texts[1] == " ".join(in_easier_words("pay", asker))


@pytest.mark.parametrize("asker", ["parent", "young_person", "professional", "other"])
def test_the_guidance_is_in_the_words_for_the_asker(asker: str) -> None:
    reply = Conversation().says("disclose_sextortion", entities={"told_asker": asker})
    assert reply.summaries == [summary_of("disclose_sextortion", asker)]


def test_a_question_within_a_story_is_answered_for_that_story() -> None:
    reply = blackmailed().says("ask_trouble", 0.6, about="sextortion", asks="trouble_me", move="asks")
    assert reply.texts[0] == straight_answer("trouble_me_images")


#: A clear question within a story, and both versions of its answer.
PAY: Dict[str, Any] = {"asks": "pay", "move": "asks", **BLACKMAIL}
PAY_IN_EASIER_WORDS = " ".join(in_easier_words("pay", "unknown"))


def asked_whether_to_pay() -> Conversation:
    """Return a story of blackmail in which a question was asked and answered."""
    talk = blackmailed()
    talk.says("disclose_sextortion", **PAY)
    return talk


def test_a_repeated_question_is_answered_in_easier_words() -> None:
    assert asked_whether_to_pay().says("disclose_sextortion", **PAY).texts[0] == PAY_IN_EASIER_WORDS


def test_a_repeated_question_is_answered_in_full_if_it_was_answered_in_easier_words() -> None:
    talk = Conversation()
    talk.says("disclose_sextortion", **PAY)
    assert talk.says("disclose_sextortion", **PAY).texts[0] == straight_answer("pay")


def test_a_question_asked_a_third_time_is_not_answered_in_words_used_before() -> None:
    talk = asked_whether_to_pay()
    replies = [talk.says("disclose_sextortion", **PAY) for _ in range(2)]
    assert not {straight_answer("pay"), PAY_IN_EASIER_WORDS} & set(replies[1].texts)


def test_an_answer_whose_versions_are_the_same_is_not_repeated() -> None:
    talk, asked = Conversation(), {"asks": "what_next", "entities": {"told_asker": "professional"}, "move": "asks"}
    texts = [text for _ in range(4) for text in talk.says("disclose_danger", urgencies=NOW, **asked).texts]
    assert texts.count(straight_answer("what_next_crisis", "professional")) == 1


def test_a_repeated_question_is_answered_again_in_easier_mode() -> None:
    talk = blackmailed()
    talk.gets(typed("out_of_scope", 0.9, text="easier words"))
    replies = [talk.says("disclose_sextortion", **PAY).texts[0] for _ in range(2)]
    assert replies == [PAY_IN_EASIER_WORDS, straight_answer("pay")]


@pytest.mark.parametrize("changed", [{"asks": {"pay": 0.8}}, {"facts": {"paid": True}}], ids=["unclear", "a new fact"])
def test_an_answer_is_given_again_only_to_a_clear_question_without_a_new_fact(changed: Dict[str, Any]) -> None:
    reply = asked_whether_to_pay().says("disclose_sextortion", text="so what about it", **{**PAY, **changed})
    assert PAY_IN_EASIER_WORDS not in reply.texts


def test_a_question_in_the_same_words_as_before_is_clear() -> None:
    talk, unclear = blackmailed(), {**PAY, "asks": {"pay": 0.6}}
    talk.says("disclose_sextortion", text="do i pay him", **unclear)
    assert PAY_IN_EASIER_WORDS in talk.says("disclose_sextortion", text="Do I pay him??", **unclear).texts


def test_a_kind_of_question_asked_again_may_be_a_frequently_asked_question() -> None:
    likely = {"trace_account": 0.4}
    assert asked_whether_to_pay().says("disclose_sextortion", faq=likely, **PAY).texts[0] == faq_answer("trace_account")


def opening(**changed: Any) -> BotReply:
    """Return the reply to a first message whose topic is likelier than any other but not clear."""
    read = {"topics": {"parental_controls": 0.4, "image_shared": 0.2}, "is_first": True, "role": "carer", **changed}
    return Conversation().says("ask_parental_controls", 0.4, **read)


def test_a_story_whose_topic_is_a_guess_begins_with_an_open_question_and_no_advice() -> None:
    reply = opening()
    assert (reply.texts, reply.labels) == ([transition("heard_at_length", "parent")[0]], [])


@pytest.mark.parametrize(
    ("asker", "helpline"), [("parent", "nspcc"), ("young_person", "childline"), ("other", "samaritans")]
)
def test_a_story_whose_topic_is_a_guess_begins_with_a_helpline_for_the_asker(asker: str, helpline: str) -> None:
    assert opening(entities={"told_asker": asker}, role=None).cards == [helpline]


def test_a_helpline_that_is_closed_is_not_shown_at_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.turn.now", lambda: NOON.replace(hour=2))
    assert opening().cards == ["samaritans"]


def test_an_open_question_is_not_followed_by_another() -> None:
    talk = Conversation()
    talk.says("ask_talk_to_child", 0.4, topics={"talk_to_child": 0.4}, is_first=True, role="carer")
    talk.says("ask_talk_to_child", topics={"talk_to_child": 0.9}, role="carer")
    assert not set(talk.last.prompts) & {one.prompt.get("parent") for one in STORY_QUESTIONS.questions}


@pytest.mark.parametrize(
    "changed",
    [
        {"move": "asks"},
        {"facts": {"threat": True}},
        {"role": "harmed"},
        {"role": "own_behaviour"},
        {"urgencies": NOW},
        {"remark": "fears_reaction"},
        {"topics": {"parental_controls": 0.6}},
        {"topics": {"parental_controls": 0.4, "image_shared": 0.6}, "ranking": {"disclose_grooming": 0.6}},
    ],
    ids=["a question", "a harm", "somebody harmed", "own behaviour", "danger", "a remark", "a clear topic", "harm"],
)
def test_other_openings_are_not_answered_with_an_open_question(changed: Dict[str, Any]) -> None:
    assert not set(opening(**changed).texts) & set(transition("heard_at_length", "parent"))


def test_a_story_that_has_begun_is_not_answered_with_an_open_question() -> None:
    talk = blackmailed()
    reply = talk.says("ask_parental_controls", 0.4, topics={"parental_controls": 0.45}, role="carer")
    assert not set(reply.texts) & set(transition("heard_at_length"))


def test_a_new_question_on_the_same_topic_is_answered_without_repeating_the_guidance() -> None:
    reply = blackmailed().says("disclose_sextortion", asks="will_they_share", **BLACKMAIL)
    assert (reply.texts[0], reply.titles) == (straight_answer("will_they_share"), [])


def friends_story() -> Conversation:
    """A conversation about a friend's blackmail."""
    talk = Conversation()
    talk.says("disclose_sextortion", role="witness", facts={"threat": True, "about": "friend"})
    return talk


ITS_ME: Dict[str, Any] = {"move": "corrects", "role": "witness", "entities": {"own_story": "true"}}


def test_a_writer_who_admits_that_the_story_is_theirs_gets_words_for_that() -> None:
    reply = friends_story().says("hesitate", 0.9, about="sextortion", **ITS_ME)
    assert reply.texts[0] in transition("own_story")


def test_a_writer_who_admits_that_the_story_is_theirs_gets_the_advice_for_harmed_people() -> None:
    reply = friends_story().says("hesitate", 0.9, about="sextortion", **ITS_ME)
    assert reply.texts[1] == short("sextortion").now["young_person"]


def test_a_question_asked_while_admitting_a_story_is_answered() -> None:
    reply = friends_story().says("hesitate", 0.9, about="sextortion", asks="trouble_me", **ITS_ME)
    assert reply.texts[1] == " ".join(in_easier_words("trouble_me_images", "unknown"))


def test_a_writer_who_admits_that_the_story_is_theirs_is_asked_only_for_their_age() -> None:
    talk = friends_story()
    talk.says("deny")
    assert talk.says("hesitate", 0.9, about="sextortion", **ITS_ME).prompts == [prompt_of("own_age")]


def test_an_admission_is_acknowledged_once() -> None:
    talk = friends_story()
    talk.says("hesitate", 0.9, about="sextortion", **ITS_ME)
    later = talk.says("disclose_sextortion", **{**ITS_ME, "role": "harmed"})
    assert not set(later.texts) & set(transition("own_story"))


def test_a_frequently_asked_question_is_answered_at_once() -> None:
    reply = Conversation().says("ask_app_safety", faq="age_limit_whatsapp", move="asks")
    assert reply.texts[0] == faq_answer("age_limit_whatsapp")


def test_a_story_that_begins_with_a_frequently_asked_question_is_acknowledged_first() -> None:
    reply = Conversation().says("disclose_sextortion", faq="trace_account", move="asks", facts={"threat": True})
    is_acknowledged = reply.texts[0] in short("sextortion").heard["young_person"]
    assert (is_acknowledged, reply.texts[1]) == (True, " ".join(in_easier_words("trace_account", "unknown")))


def test_a_frequently_asked_question_takes_precedence_over_its_kind_of_question() -> None:
    asked: Dict[str, Any] = {"about": "sextortion", "asks": "trouble_me", "faq": "trace_account", "move": "asks"}
    reply = blackmailed().says("ask_trouble", 0.6, **asked)
    assert reply.texts[0] == faq_answer("trace_account")


def test_a_repeated_frequently_asked_question_is_answered_as_its_kind() -> None:
    talk = blackmailed()
    asked: Dict[str, Any] = {"about": "sextortion", "asks": "trouble_me", "faq": "trace_account", "move": "asks"}
    talk.says("ask_trouble", 0.6, **asked)
    assert talk.says("ask_trouble", 0.6, **asked).texts[0] == straight_answer("trouble_me_images")


def test_the_answer_to_a_frequently_asked_question_is_in_the_words_for_the_asker() -> None:
    asker = {"told_asker": "parent"}
    reply = Conversation().says("ask_app_safety", faq="age_limit_whatsapp", move="asks", entities=asker)
    assert faq_answer("age_limit_whatsapp", "parent") in reply.texts


def test_a_frequently_asked_question_that_sounds_off_topic_is_answered() -> None:
    reply = Conversation().says("out_of_scope", 0.95, faq="trace_account", move="asks")
    assert faq_answer("trace_account") in reply.texts


def test_a_frequently_asked_question_does_not_get_the_no_answer_reply() -> None:
    talk = told_again(3)
    reply = talk.says("disclose_sextortion", asks="other", faq="trace_account", move="asks", **BLACKMAIL)
    assert reply.texts[0] == faq_answer("trace_account")


def test_a_repeated_frequently_asked_question_does_not_get_the_no_answer_reply() -> None:
    talk = told_again(3)
    asked: Dict[str, Any] = {"asks": "other", "faq": "trace_account", "move": "asks", **BLACKMAIL}
    talk.says("disclose_sextortion", **asked)
    assert not set(talk.says("disclose_sextortion", **asked).texts) & set(transition("no_answer"))


CHILDLINE: Dict[str, Any] = {"asks": "who_is_told", "move": "asks", "text": "do they tell my dad if i ring childline"}


def test_a_question_that_names_a_helpline_is_answered_about_it() -> None:
    reply = blackmailed().says("disclose_sextortion", **CHILDLINE, **BLACKMAIL)
    assert reply.texts[0] == straight_answer("who_is_told_childline")


def test_the_same_kind_of_question_is_answered_again_if_it_names_a_helpline() -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion", asks="who_is_told", move="asks", **BLACKMAIL)
    reply = talk.says("disclose_sextortion", **CHILDLINE, **BLACKMAIL)
    assert reply.texts[0] == straight_answer("who_is_told_childline")


def test_a_repeated_question_that_names_a_helpline_is_answered_about_it_in_easier_words() -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion", **CHILDLINE, **BLACKMAIL)
    easier = " ".join(in_easier_words("who_is_told_childline", "unknown"))
    assert easier in talk.says("disclose_sextortion", **CHILDLINE, **BLACKMAIL).texts


def test_a_kind_of_question_that_was_answered_about_a_helpline_is_not_offered_as_a_button() -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion", **CHILDLINE, **BLACKMAIL)
    unclear = {"pay": 0.3, "who_is_told": 0.28}
    labels = talk.says("disclose_sextortion", asks=unclear, move="asks", **BLACKMAIL).labels
    asked = [REPLIES.questions[kind]["young_person"] in labels for kind in ("pay", "who_is_told")]
    assert asked == [True, False]


@pytest.mark.parametrize(
    ("probability", "begins"), [(0.9, "Yes, you can"), (0.6, "You can")], ids=["clear", "not clear"]
)
def test_an_answer_begins_with_yes_only_if_the_question_is_clear(probability: float, begins: str) -> None:
    asked: Dict[str, Any] = {"role": "harmed", "about": "bullying", "move": "asks", "asks": {"block": probability}}
    talk = Conversation()
    talk.says("disclose_bullying", role="harmed")
    assert talk.says("disclose_bullying", **asked).texts[0].startswith(begins)


ASKS_FOR_SAMARITANS: Dict[str, Any] = {"move": "asks", "text": "whats the samaritans number"}


def test_a_question_that_names_a_service_brings_its_card() -> None:
    reply = blackmailed().says("disclose_sextortion", **ASKS_FOR_SAMARITANS, **BLACKMAIL)
    assert reply.open_cards == ["samaritans"]


def test_a_question_that_names_a_service_again_brings_its_number() -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion", **ASKS_FOR_SAMARITANS, **BLACKMAIL)
    reply = talk.says("disclose_sextortion", **ASKS_FOR_SAMARITANS, **BLACKMAIL)
    number = str(LIBRARY.services["samaritans"].phone)
    assert ("samaritans" in reply.cards, number in " ".join(reply.texts)) == (False, True)


def test_a_service_that_the_answer_names_is_not_named_again() -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion", move="asks", text="what is childline", **BLACKMAIL)
    reply = talk.says("disclose_sextortion", **CHILDLINE, **BLACKMAIL)
    number = str(LIBRARY.services["childline"].phone)
    assert ("childline" in reply.cards, number in " ".join(reply.texts)) == (False, False)


def test_a_service_without_a_number_is_shown_again_if_a_question_names_it_again() -> None:
    talk = blackmailed()
    asked: Dict[str, Any] = {"move": "asks", "text": "wheres the report remove link", **BLACKMAIL}
    talk.says("disclose_sextortion", **asked)
    assert "report_remove" in talk.says("disclose_sextortion", **asked).open_cards


def test_a_helpline_stays_in_sight_if_a_question_names_a_form() -> None:
    reply = Conversation().says("disclose_sextortion", move="asks", text="should i tell ceop", **BLACKMAIL)
    assert {"ceop", "childline"} <= set(reply.open_cards)


def test_a_message_that_tells_of_a_service_does_not_bring_its_card() -> None:
    reply = blackmailed().says("disclose_sextortion", text="i rang samaritans", **BLACKMAIL)
    assert "samaritans" not in reply.open_cards


def test_a_service_that_does_not_suit_the_writer_is_not_shown_for_being_named() -> None:
    talk = Conversation()
    talk.says("worry_own_behaviour", role="own_behaviour", facts={"writer_age": 41, "writer": "adult"})
    reply = talk.says("worry_own_behaviour", role="own_behaviour", move="asks", text="childline again? i am 41")
    assert "childline" not in reply.open_cards


def test_a_parent_gets_no_answer_that_is_written_only_for_children() -> None:
    asked: Dict[str, Any] = {"faq": "bystander_in_chat", "move": "asks", "entities": {"told_asker": "parent"}}
    assert faq_answer("bystander_in_chat") not in Conversation().says("disclose_bullying", **asked).texts


def test_a_parent_gets_the_version_for_other_adults_if_there_is_none_for_parents() -> None:
    asked: Dict[str, Any] = {"faq": "held_how_long", "move": "asks", "entities": {"told_asker": "parent"}}
    assert faq_answer("held_how_long", "other") in Conversation().says("out_of_scope", 0.95, **asked).texts


def test_no_other_questions_are_offered_below_the_answer_to_a_frequently_asked_one() -> None:
    unclear = {"pay": 0.3, "will_they_share": 0.28}
    reply = blackmailed().says("disclose_sextortion", faq="trace_account", asks=unclear, move="asks", **BLACKMAIL)
    assert not set(reply.prompts) & set(WORDS.you_may_ask)


def test_a_frequently_asked_question_that_sounds_off_topic_is_answered_once() -> None:
    talk = Conversation()
    asked: Dict[str, Any] = {"faq": "trace_account", "move": "asks"}
    talk.says("out_of_scope", 0.95, **asked)
    assert talk.says("out_of_scope", 0.95, **asked).texts == Conversation().says("out_of_scope", 0.95).texts


def test_a_story_that_resembles_a_frequently_asked_question_is_not_answered_with_it() -> None:
    reply = blackmailed().says("disclose_sextortion", faq="trace_account", **BLACKMAIL)
    assert faq_answer("trace_account") not in reply.texts


def test_danger_is_answered_as_danger_even_if_a_question_is_asked() -> None:
    reply = blackmailed().says("disclose_suicidal", 1.0, faq="trace_account", move="asks")
    assert (reply.names_999, faq_answer("trace_account") in reply.texts) == (True, False)


def test_no_comparison_comes_before_the_answer_to_a_frequently_asked_question() -> None:
    reply = Conversation().says("ask_talk_to_child", faq="age_limit_whatsapp", move="asks")
    assert "comparison" not in reply.kinds


def test_guidance_is_folded_below_words_for_the_case() -> None:
    assert [message.get("folded") for message in blackmailed().last.of("guidance")] == [True]


def test_guidance_is_open_if_there_are_no_words_for_the_case() -> None:
    turn = Conversation().turn("disclose_sextortion", **BLACKMAIL)
    reply = Reply(turn._replace(replies=turn.replies._replace(by_topic={})))
    answer_subject(reply)
    assert [message.get("folded") for message in reply.messages if message["kind"] == "guidance"] == [None]


def test_guidance_is_not_repeated_for_the_same_audience() -> None:
    assert blackmailed().says("tell_age", ages={"writer_age": 14}).titles == []


def test_a_writer_who_turns_out_to_be_a_parent_gets_the_words_for_parents() -> None:
    reply = blackmailed().says("tell_asker", entities={"told_asker": "parent"})
    assert reply.summaries == [summary_of("disclose_sextortion", "parent")]


def test_a_topic_that_comes_back_is_not_explained_again() -> None:
    talk = blackmailed()
    talk.says("disclose_bullying")
    assert talk.says("disclose_sextortion", **BLACKMAIL).titles == []


@pytest.mark.parametrize("asker", [None, "young_person", "parent", "professional", "other"])
def test_at_most_one_card_is_open_if_nobody_is_in_danger(asker: "str | None") -> None:
    told = {"told_asker": asker} if asker else {}
    crowded = [
        intent
        for intent in INTENTS
        if LIBRARY.topic_of(intent) != CRISIS and len(Conversation().says(intent, entities=told).open_cards) > 1
    ]
    assert crowded == []


def test_the_first_card_is_the_open_one() -> None:
    reply = blackmailed().last
    assert reply.open_cards == reply.cards[:1]


# A later message


def test_a_new_fact_is_acknowledged() -> None:
    reply = blackmailed().says("disclose_sextortion", facts={"paid": True})
    assert reply.texts[0] in short("sextortion_paid").heard["young_person"]


def test_an_unanswered_question_is_asked_again_in_other_words() -> None:
    talk = blackmailed()
    again = talk.says("affirm", 0.9, move="answers", text="yes well that is what it is about").prompts
    assert again == [question_of("danger").again]


# People who worry about their own behaviour

OWN: Dict[str, Any] = {"role": "own_behaviour", "topics": {"own_behaviour": 0.95}}


def test_someone_who_worries_about_their_own_behaviour_is_asked_whether_they_are_a_child() -> None:
    assert Conversation().says("worry_own_behaviour", **OWN).prompts == [prompt_of("own_age")]


@pytest.mark.parametrize(
    ("told", "service"),
    [("I'm under 18", "shore"), ("I'm 18 or over", "stop_it_now")],
)
def test_their_age_decides_who_can_help(told: str, service: str) -> None:
    talk = Conversation()
    shown = {*talk.says("worry_own_behaviour", **OWN).cards, *talk.presses(told).cards}
    assert service in shown


def test_a_known_age_is_not_asked_for() -> None:
    assert (
        prompt_of("own_age") not in Conversation().says("worry_own_behaviour", facts={"writer_age": 15}, **OWN).prompts
    )


# The summary


SUMMED_UP = REPLIES.summary.sentence.split("{")[0]


def summaries(talk: Conversation, messages: int, **read: Any) -> List[bool]:
    """Send messages that add nothing, and return whether each reply sums up the story."""
    replies = [talk.says("disclose_sextortion", 0.4, **read) for _ in range(messages)]
    return [any(text.startswith(SUMMED_UP) for text in reply.texts) for reply in replies]


def test_the_story_is_summed_up_once_from_the_third_message_on() -> None:
    talk = blackmailed({"demand_money": True})
    assert summaries(talk, 4) == [False, True, False, False]


def test_a_summary_is_followed_by_the_next_step() -> None:
    talk = blackmailed({"writer_age": 14}).was_asked_everything()
    summaries(talk, 2)
    assert talk.last.texts[1] in STEPS


def test_inferred_facts_are_not_summed_up() -> None:
    talk = blackmailed({"demand_money": True})
    talk.slots[CASE] = dump(
        replace(talk.case, facts={name: fact._replace(declared=False) for name, fact in talk.case.facts.items()})
    )
    assert summaries(talk, 4, facts={}) == [False, False, False, False]


def test_a_new_fact_is_acknowledged_before_the_story_is_summed_up() -> None:
    talk = blackmailed()
    summaries(talk, 1)
    said = talk.says("disclose_sextortion", facts={"paid": True}).texts[0]
    assert said in short("sextortion_paid").heard["young_person"]


def test_a_feeling_is_acknowledged_before_the_story_is_summed_up() -> None:
    talk = blackmailed({"demand_money": True})
    summaries(talk, 1)
    assert talk.says("disclose_sextortion", 0.4, text="my dad will kill me").texts[0] == feeling("scared")[0]
    assert summaries(talk, 1) == [True]


def test_a_story_with_few_facts_is_not_summed_up() -> None:
    assert summaries(blackmailed(), 4) == [False] * 4


# Easier words


def test_the_last_reply_is_repeated_in_easier_words_on_request() -> None:
    said = blackmailed().says("nlu_fallback", 0.3, text="Easier words!").texts
    assert said[1:3] == [in_easier_words("sextortion")[0], " ".join(in_easier_words("sextortion")[1:])]


def test_easier_words_stay_on() -> None:
    talk = blackmailed()
    talk.says("nlu_fallback", 0.3, text="easier words")
    assert " ".join(in_easier_words("pay", "unknown")) in talk.says("disclose_sextortion", asks="pay").texts


def test_the_usual_words_come_back_on_request() -> None:
    talk = blackmailed()
    for text in ("easier words", "usual words"):
        talk.says("nlu_fallback", 0.3, text=text)
    assert straight_answer("pay") in talk.says("disclose_sextortion", asks="pay").texts


def test_asking_for_easier_words_does_not_change_the_story() -> None:
    talk = blackmailed()
    before = talk.case
    talk.says("ask_law", 0.9, text="easier words")
    assert (talk.case.topic, talk.case.turn, talk.case.role) == (before.topic, before.turn, before.role)


@pytest.mark.parametrize(("age", "is_easier"), [(9, True), (10, True), (11, False)])
def test_a_child_of_ten_or_younger_gets_easier_words(age: int, is_easier: bool) -> None:
    read = {"role": "harmed", "facts": {"threat": True, "about": "self", "writer_age": age}}
    said = Conversation().says("disclose_sextortion", **read).texts[0]
    assert (said == in_easier_words("sextortion")[0]) == is_easier


def test_a_writer_of_very_short_messages_gets_easier_words() -> None:
    talk = Conversation()
    talk.says("disclose_sextortion", text="he has it", **BLACKMAIL)
    said = talk.says("disclose_sextortion", text="do i pay", asks="pay", **BLACKMAIL).texts
    assert " ".join(in_easier_words("pay", "unknown")) in said


def test_danger_is_answered_in_easier_words_too() -> None:
    talk = Conversation()
    talk.says("greet", text="easier words")
    said = talk.says("disclose_danger", 1.0, facts={"other_near": "outside"})
    assert " ".join(in_easier_words("danger_outside")) == said.texts[0]


def test_a_repeated_fact_is_not_acknowledged_again() -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion", facts={"paid": True})
    again = talk.says("disclose_sextortion", facts={"paid": True}).texts
    assert set(again) & set(short("sextortion_paid").heard["young_person"]) == set()


def test_another_topic_is_answered_with_its_own_words() -> None:
    talk = told_again(5)
    assert talk.says("ask_penalties").texts[0] in short("law_penalties").heard["young_person"]


def test_a_message_that_no_reply_covers_brings_the_next_step() -> None:
    assert told_again(1).last.texts[0] == STEPS[0]


def test_every_step_is_given_once_and_in_order() -> None:
    talk = blackmailed().was_asked_everything()
    texts = [text for _ in range(len(STEPS) + 2) for text in talk.says("disclose_sextortion", **BLACKMAIL).texts]
    assert [text for text in texts if text in STEPS] == STEPS


def test_a_story_question_takes_the_place_of_a_step() -> None:
    talk = blackmailed()
    talk.presses("Not right now")
    reply = talk.says("disclose_sextortion", **BLACKMAIL)
    assert reply.texts[0] == transition("adds_nothing")[0].split(". ")[0] + "."


def test_a_message_that_may_ask_something_gets_no_step() -> None:
    moves = {"tells": 0.6, "asks": 0.35}
    reply = blackmailed().was_asked_everything().says("disclose_sextortion", move=moves, **BLACKMAIL)
    assert not set(reply.texts) & set(STEPS)


def test_once_every_step_was_given_a_message_is_only_acknowledged() -> None:
    assert told_again(len(STEPS) + 1).last.texts[0] == transition("adds_nothing")[0]


def test_a_long_message_that_adds_nothing_is_not_acknowledged_as_a_short_one_is() -> None:
    long = "it was just a normal day and then all of that happened and i went home"
    reply = told_again(len(STEPS)).says("disclose_sextortion", text=long, **BLACKMAIL)
    assert reply.texts[0] == transition("heard_at_length")[0]


def test_a_question_that_gets_buttons_is_not_met_with_an_open_question() -> None:
    talk = told_again(len(STEPS) + 1)
    asked: Dict[str, Any] = {"move": "asks", "asks": UNCLEAR, "text": "and what about it?", **BLACKMAIL}
    talk.says("disclose_sextortion", **asked)
    reply = talk.says("disclose_sextortion", **asked)
    assert not set(reply.texts) & {*transition("adds_nothing"), *transition("heard_at_length")}


def test_messages_that_add_nothing_are_never_acknowledged_in_the_same_words() -> None:
    talk = told_again(len(STEPS))
    texts = [text for _ in range(6) for text in talk.says("disclose_sextortion", **BLACKMAIL).texts]
    assert [text for text in texts if text in transition("adds_nothing")] == transition("adds_nothing")


HOLDS_IN_BLACKMAIL = fallback("sextortion")


def test_a_question_without_a_written_answer_is_first_told_what_holds_in_every_such_story() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks="other", **BLACKMAIL)
    assert reply.texts[:2] == [transition("no_exact_answer")[0], HOLDS_IN_BLACKMAIL]


def test_the_next_question_without_a_written_answer_gets_the_no_answer_reply() -> None:
    talk = blackmailed()
    texts = [talk.says("disclose_sextortion", move="asks", asks="other", **BLACKMAIL).texts[0] for _ in range(2)][-1]
    assert texts == transition("no_answer")[0]


def test_a_message_that_was_not_understood_is_told_what_holds_in_every_such_story_once() -> None:
    talk = blackmailed().was_asked_everything()
    said = [
        talk.says("disclose_sextortion", role="harmed", text="and then the thing with the hat").texts for _ in range(4)
    ]
    assert [HOLDS_IN_BLACKMAIL in texts for texts in said] == [True, False, False, False]


@pytest.mark.parametrize(
    "read",
    [BLACKMAIL, {"remark": "mocked"}, {"text": "ok then"}, {"text": "😭"}],
    ids=["fact", "remark", "word", "emoji"],
)
def test_a_message_that_was_understood_is_not_told_what_holds_in_every_such_story(read: Dict[str, Any]) -> None:
    talk = blackmailed().was_asked_everything()
    replies = [talk.says("disclose_sextortion", **{"role": "harmed", "text": "and then", **read}) for _ in range(4)]
    assert [HOLDS_IN_BLACKMAIL in reply.texts for reply in replies] == [False] * 4


def test_in_danger_nothing_is_said_of_what_holds_in_every_such_story() -> None:
    talk = blackmailed()
    talk.says("disclose_danger", urgencies=NOW, **BLACKMAIL)
    reply = talk.says("disclose_sextortion", urgencies=NOW, move="asks", asks="other", **BLACKMAIL)
    assert HOLDS_IN_BLACKMAIL not in reply.texts


def test_after_a_complaint_nothing_is_said_of_what_holds_in_every_such_story() -> None:
    missed = {"entities": {"missed": "true"}, **BLACKMAIL}
    reply = blackmailed().says("disclose_sextortion", move="asks", asks="other", **missed)
    assert HOLDS_IN_BLACKMAIL not in reply.texts


@pytest.mark.parametrize("topic", sorted(set(REPLIES.next_steps) - ACCUSING))
def test_people_who_may_have_harmed_get_only_words_that_are_also_for_them(topic: str) -> None:
    case = Case(topic=topic, role=Fact("own_behaviour", True, 1))
    assert REPLIES.fallback(case, "young_person") is None or "self_concern" in REPLIES.next_steps[topic].fallback


def test_people_who_were_harmed_are_not_sent_to_a_service_for_people_who_harm() -> None:
    talk = Conversation()
    talk.says("worry_other_person", role="witness", facts={"about": "child"})
    reply = talk.says("worry_other_person", role="witness", move="asks", asks="other")
    assert LIBRARY.services["stop_it_now"].phone not in " ".join(reply.texts)


def test_a_child_who_writes_about_somebody_else_is_not_sent_to_helplines_for_adults() -> None:
    case = Case(topic="grooming_signs", role=Fact("witness", True, 1), facts={"writer_age": Fact(13, True, 1)})
    assert REPLIES.fallback(case, "other") is None


def test_a_service_that_the_words_name_is_not_named_again() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks="other", **BLACKMAIL)
    assert " ".join(reply.texts).count(str(LIBRARY.services["childline"].phone)) == 1


@pytest.mark.parametrize("topic", sorted(set(REPLIES.next_steps) - {CRISIS, *IN_GUIDANCE}))
def test_every_topic_has_words_for_messages_that_were_not_understood(topic: str) -> None:
    audiences: List[Audience] = ["young_person", "adult", "parent", "other", "professional"]
    assert [audience for audience in audiences if REPLIES.fallback(Case(topic=topic), audience) is None] == []


def test_an_off_topic_question_within_a_story_gets_the_no_answer_reply() -> None:
    told = blackmailed({"writer_age": 14})
    reply = told.says("out_of_scope", 0.99, topics={"sextortion": 0.6}, move="asks", text="what do guinea pigs eat")
    assert reply.texts[0] == transition("no_answer")[0]


def test_no_helpline_is_named_for_a_question_about_the_chat_itself() -> None:
    talk = Conversation()
    talk.says("ask_confidential")
    texts = [talk.says("ask_confidential", move="asks", asks="other").texts for _ in range(2)][-1]
    assert set(texts) & set(transition("no_answer")) == set()


def test_who_is_told_is_answered_for_reports_rather_than_this_chat() -> None:
    talk = Conversation()
    talk.says("ask_confidential")
    reply = talk.says("ask_report_traced", move="asks", asks="who_is_told")
    assert straight_answer("who_is_told_report") in reply.texts


UNCLEAR = {"pay": 0.35, "will_they_share": 0.2, "block": 0.05}


def test_possible_questions_are_offered_as_buttons_that_bring_the_answer() -> None:
    talk = blackmailed()
    reply = talk.says("disclose_sextortion", move="asks", asks=UNCLEAR, **BLACKMAIL)
    meant = [REPLIES.questions[kind]["young_person"] for kind in ("pay", "will_they_share")]
    assert (reply.prompts, reply.labels) == ([WORDS.or_one_of_these], meant)
    assert straight_answer("pay", "unknown") in talk.presses(meant[0]).texts


def test_a_single_possible_question_is_offered_by_itself() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks={"block": 0.35}, **BLACKMAIL)
    assert (reply.prompts, reply.labels) == ([WORDS.or_one_of_these], [REPLIES.questions["block"]["young_person"]])


LIKELY = {"block": 0.45, "pay": 0.2}


GUESSES = {line.split(":")[0] for line in WORDS.you_seem_to_ask}


def seems_to_ask(question: str) -> str:
    return WORDS.you_seem_to_ask[0].format(question=REPLIES.questions[question]["young_person"])


def test_a_likely_but_unclear_question_is_named_before_its_answer() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks=LIKELY, **BLACKMAIL)
    assert reply.texts[:2] == [seems_to_ask("block"), straight_answer("block", "unknown")]


def test_other_possible_questions_are_offered_below_the_answer() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks=LIKELY, **BLACKMAIL)
    assert (reply.prompts, reply.labels) == ([WORDS.or_one_of_these], [REPLIES.questions["pay"]["young_person"]])


def test_a_clear_question_is_not_named_before_its_answer() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks="block", **BLACKMAIL)
    assert seems_to_ask("block") not in reply.texts


def test_a_new_fact_is_answered_without_guessing_at_a_question() -> None:
    reply = blackmailed().says("disclose_sextortion", facts={"paid": True}, asks=LIKELY, move="asks", role="harmed")
    assert seems_to_ask("block") not in reply.texts


def test_a_guessed_answer_never_comes_without_its_question() -> None:
    talk, kinds = blackmailed(), ("block", "pay", "is_it_illegal", "can_they_see", "my_fault", "how_long", "too_late")
    replies = [talk.says("disclose_sextortion", move="asks", asks={kind: 0.45}, **BLACKMAIL) for kind in kinds]
    named = [text for reply in replies for text in reply.texts if text.split(":")[0] in GUESSES]
    answers = {straight_answer(kind, "unknown") for kind in kinds} & {text for one in replies for text in one.texts}
    assert len(named) >= len(answers)


def test_a_likely_answer_is_not_given_twice() -> None:
    talk = blackmailed()
    replies = [talk.says("disclose_sextortion", move="asks", asks=LIKELY, **BLACKMAIL) for _ in range(2)]
    assert straight_answer("block", "unknown") not in replies[1].texts


def test_above_questions_offered_as_buttons_is_only_what_holds_in_every_such_story() -> None:
    reply = told_again(4).says("disclose_sextortion", move="asks", asks=UNCLEAR, text="and what about it?", **BLACKMAIL)
    assert reply.texts == [transition("no_exact_answer")[0], HOLDS_IN_BLACKMAIL, WORDS.in_danger]


def test_a_question_of_an_unknown_kind_is_told_what_holds_in_every_such_story() -> None:
    reply = told_again(4).says("disclose_sextortion", move="asks", text="and is it deep?", **BLACKMAIL)
    assert HOLDS_IN_BLACKMAIL in reply.texts


@pytest.mark.parametrize("audience", ["young_person", "adult", "parent", "other", "professional", "self_concern"])
def test_the_first_no_answer_reply_names_a_number_to_call(audience: Audience) -> None:
    assert any(letter.isdigit() for letter in transition("no_answer", audience)[0])


def test_a_story_that_only_seems_to_ask_does_not_get_the_no_answer_reply() -> None:
    reply = told_again(4).says("disclose_sextortion", move={"asks": 0.7, "tells": 0.3}, text="so strict", **BLACKMAIL)
    assert set(reply.texts) & set(transition("no_answer")) == set()


def test_possible_questions_are_offered_with_another_prompt_each_time() -> None:
    talk = blackmailed()
    pairs = [("can_they_see", "my_fault"), ("is_it_illegal", "too_late"), ("how_long", "is_it_a_scam")]
    asked = [{"move": "asks", "asks": {first: 0.35, second: 0.2}} for first, second in pairs]
    prompts = [talk.says("disclose_sextortion", **BLACKMAIL, **one).prompts for one in asked]
    assert prompts == [[one] for one in (WORDS.or_one_of_these, *WORDS.you_may_ask[:2])]


@pytest.mark.parametrize(("probability", "is_answered"), [(0.45, True), (0.35, False)])
def test_a_question_that_was_just_offered_is_answered_if_it_is_typed(probability: float, is_answered: bool) -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion", move="asks", asks={"can_they_see": 0.35}, **BLACKMAIL)
    reply = talk.says("disclose_sextortion", move="asks", asks={"can_they_see": probability}, **BLACKMAIL)
    assert (straight_answer("can_they_see_threat") in reply.texts) == is_answered


def test_an_offered_question_typed_again_after_its_answer_does_not_get_the_no_answer_reply() -> None:
    talk = told_again(4)
    unclear = {"move": "asks", "asks": {"can_they_see": 0.45}, "text": "can they see it?"}
    talk.says("disclose_sextortion", **BLACKMAIL, **unclear)
    texts = [talk.says("disclose_sextortion", **BLACKMAIL, **unclear).texts for _ in range(2)]
    assert not {words for one in texts for words in one} & set(transition("no_answer"))


TWO_QUESTIONS = {"block": 0.9, "pay": 0.6}


def test_the_clearer_of_two_questions_is_answered_and_the_other_becomes_a_button() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks=TWO_QUESTIONS, **BLACKMAIL)
    assert straight_answer("block", "unknown") in reply.texts
    assert (reply.prompts, reply.labels) == ([WORDS.you_also_ask], [REPLIES.questions["pay"]["young_person"]])


def test_a_question_about_safety_takes_precedence_over_the_button_for_a_second_question() -> None:
    reply = Conversation().says("disclose_sextortion", move="asks", asks=TWO_QUESTIONS, **BLACKMAIL)
    assert reply.prompts == [prompt_of("danger")]


def test_whether_to_meet_is_answered_before_any_other_question() -> None:
    asks = {"trouble_me": 0.9, "should_i_meet": 0.6}
    reply = blackmailed().says("disclose_sextortion", move="asks", asks=asks, **BLACKMAIL)
    assert straight_answer("should_i_meet", "unknown") in reply.texts


def test_whether_to_meet_is_answered_before_a_frequently_asked_question() -> None:
    reply = blackmailed().says(
        "disclose_sextortion", move="asks", asks="should_i_meet", faq="trace_account", **BLACKMAIL
    )
    assert straight_answer("should_i_meet", "unknown") in reply.texts


def test_a_second_question_whose_label_needs_its_context_is_not_offered() -> None:
    reply = blackmailed().says(
        "disclose_sextortion", move="asks", asks={"block": 0.9, "do_i_have_to": 0.6}, **BLACKMAIL
    )
    assert WORDS.you_also_ask not in reply.prompts


def test_the_second_question_is_answered_if_the_first_was_already_answered() -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion", move="asks", asks="block", **BLACKMAIL)
    reply = talk.says("disclose_sextortion", move="asks", asks=TWO_QUESTIONS, **BLACKMAIL)
    assert straight_answer("pay", "unknown") in reply.texts


def test_a_second_question_that_was_already_answered_is_not_offered() -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion", move="asks", asks="pay", **BLACKMAIL)
    reply = talk.says("disclose_sextortion", move="asks", asks=TWO_QUESTIONS, **BLACKMAIL)
    assert WORDS.you_also_ask not in reply.prompts


def test_a_question_with_an_answer_takes_precedence_over_an_unknown_kind() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks={"other": 0.9, "block": 0.6}, **BLACKMAIL)
    assert without_yes_or_no(straight_answer("block", "unknown")) in reply.texts


def test_an_unlikely_question_is_not_offered() -> None:
    reply = blackmailed().says("disclose_sextortion", asks={"pay": 0.2}, **BLACKMAIL)
    assert WORDS.you_may_ask[0] not in reply.prompts


def test_a_question_answered_before_does_not_get_the_no_answer_reply() -> None:
    talk = blackmailed()
    texts = [talk.says("disclose_sextortion", move="asks", asks="pay", **BLACKMAIL).texts for _ in range(3)][-1]
    assert set(texts) & set(transition("no_answer")) == set()


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        pytest.param({"intent": "tell_age", "facts": {"writer_age": 14}}, "told_age", id="the writer's age"),
        pytest.param({"intent": "tell_age", "facts": {"about_age": 9}}, "told_age", id="somebody else's age"),
        pytest.param({"intent": "tell_place", "entities": {"place": "Leeds"}}, "told_place", id="a place"),
    ],
)
def test_thanks_for_a_detail_within_a_story_say_what_it_changes(told: Dict[str, Any], kind: str) -> None:
    assert blackmailed().says(**told).texts[0] == transition(kind)[0]


@pytest.mark.parametrize(
    ("times", "texts"),
    [(len(STEPS) + 4, [WORDS.said_before, WORDS.in_danger]), (len(STEPS) + 5, [WORDS.in_danger])],
    ids=["once the steps and the wordings are used up", "from then on"],
)
def test_a_writer_who_keeps_telling_of_harm_is_led_to_a_person_once(times: int, texts: List[str]) -> None:
    assert told_again(times).last.texts == texts


def test_every_reply_to_harm_says_what_to_do_in_danger() -> None:
    assert all(WORDS.in_danger in told_again(times).last.texts for times in range(5))


def test_a_writer_who_asks_for_information_is_not_told_what_to_do_in_danger() -> None:
    assert WORDS.in_danger not in Conversation().says("ask_penalties").texts


@pytest.mark.parametrize("signs", ["😭", "😭" * 200, "💔 😢"])
def test_tears_alone_are_answered_as_sadness_with_a_helpline(signs: str) -> None:
    reply = Conversation().says("affirm", 0.88, text=signs)
    assert (reply.texts[0], reply.cards[0]) == (feeling("sad")[0], "childline")


def test_an_emoji_without_a_feeling_is_answered_as_it_was_read() -> None:
    assert choose(Conversation().turn("thank", 0.9, text="👍")) is not answer_feeling


def test_a_feeling_is_acknowledged() -> None:
    reply = blackmailed().says("disclose_sextortion", text="im so scared", **BLACKMAIL)
    assert reply.texts[0] == feeling("scared")[0]


@pytest.mark.parametrize("text", ["my mum will kill me", "she'll kill me if she sees it", "my dad would go mental"])
def test_fear_of_somebody_at_home_is_answered_as_fear(text: str) -> None:
    assert blackmailed().says("disclose_sextortion", text=text, **BLACKMAIL).texts[0] == feeling("scared")[0]


def test_a_feeling_is_answered_in_the_words_for_the_audience() -> None:
    talk = Conversation()
    talk.says("disclose_sextortion", entities={"told_asker": "parent"})
    assert talk.says("disclose_sextortion", text="im so scared").texts[0] == feeling("scared", "parent")[0]


def test_a_repeated_feeling_is_never_answered_in_the_same_words() -> None:
    talk = blackmailed()
    replies = [talk.says("disclose_sextortion", text="im so scared", **BLACKMAIL) for _ in range(5)]
    assert [text for reply in replies for text in reply.texts if text in feeling("scared")] == feeling("scared")


def test_a_new_fact_takes_precedence_over_a_feeling() -> None:
    reply = blackmailed().says("disclose_sextortion", text="i paid and im scared", facts={"paid": True})
    assert not set(reply.texts) & set(feeling("scared"))


@pytest.mark.parametrize("intent", ["hesitate", "disclose_sextortion"])
def test_a_writer_who_is_stuck_within_a_story_need_not_go_on(intent: str) -> None:
    reply = blackmailed().says(intent, 0.6, move="stuck", role="harmed")
    assert reply.texts[0] == feeling("cannot_go_on_telling")[0]


def test_a_correction_that_changes_a_fact_is_acknowledged_as_one() -> None:
    reply = blackmailed().says("disclose_sextortion", move="corrects", role="harmed", facts={"image_sent": False})
    assert reply.texts[0] == transition("corrected")[0]


def test_an_objection_is_answered_by_asking_for_other_words() -> None:
    reply = blackmailed().says("disclose_sextortion", move="objects", role="harmed")
    assert reply.texts[0] == transition("cannot_tell_what")[0]


def test_a_new_fact_is_not_acknowledged_as_a_correction() -> None:
    reply = blackmailed().says(
        "disclose_sextortion", move="corrects", role="harmed", facts={"other": "stranger_online"}
    )
    assert reply.texts[0] not in transition("corrected")


def test_a_correction_that_changes_no_fact_counts_as_not_understood() -> None:
    reply = blackmailed().was_asked_everything().says("disclose_sextortion", move="corrects", role="harmed")
    assert HOLDS_IN_BLACKMAIL in reply.texts


def test_a_message_that_says_more_than_an_age_brings_the_next_step() -> None:
    reply = blackmailed().was_asked_everything().says("disclose_sextortion", role="harmed", facts={"writer_age": 14})
    assert reply.texts[0] == STEPS[0]


def test_a_step_about_a_new_fact_takes_precedence_over_a_feeling_and_a_summary() -> None:
    talk = blackmailed({"writer_age": 14})
    talk.says("disclose_sextortion", **BLACKMAIL)
    reply = talk.says("disclose_sextortion", text="im so scared", facts={"knows_home": True}, role="harmed")
    (step,) = [one for one in REPLIES.next_steps["sextortion"].steps if one.when == {"knows_home": True}]
    assert reply.texts[0] == " ".join(step.words["young_person"])


def test_a_summary_waits_while_a_question_is_answered() -> None:
    talk = blackmailed({"writer_age": 14})
    talk.says("disclose_sextortion", **BLACKMAIL)
    assert not talk.says("disclose_sextortion", move="asks", asks="pay", **BLACKMAIL).texts[0].startswith(SUMMED_UP)


def test_a_remark_is_acknowledged() -> None:
    reply = blackmailed().says("disclose_sextortion", role="harmed", remark="app_did_nothing")
    assert reply.texts[0] == replies_to("app_did_nothing")[0]


def test_a_repeated_remark_is_acknowledged_in_other_words_until_the_next_step_follows() -> None:
    talk = blackmailed()
    replies = [talk.says("disclose_sextortion", role="harmed", remark="mocked").texts[0] for _ in range(3)]
    assert replies == [*replies_to("mocked"), STEPS[0]]


def test_a_first_message_gets_its_short_reply_whatever_its_remark() -> None:
    reply = Conversation().says("disclose_sextortion", remark="blames_self", **BLACKMAIL)
    assert not {*reply.texts} & {*replies_to("blames_self")}


def test_the_first_reply_on_a_topic_takes_precedence_over_a_remark() -> None:
    talk = Conversation()
    talk.says("greet", move="small_talk")
    reply = talk.says("disclose_sextortion", role="harmed", remark="blames_self")
    assert not {*reply.texts} & {*replies_to("blames_self")}


def test_the_reply_to_a_remark_comes_without_other_advice() -> None:
    talk = Conversation()
    talk.says("disclose_image_spread", role="harmed", facts={"about": "self"})
    reply = talk.says("disclose_image_sent", role="harmed", remark="app_did_nothing")
    to_do = {one.now["young_person"] for one in REPLIES.by_topic["image_shared"]} | {*replies_to("app_did_nothing")}
    assert {*reply.texts} & to_do == {replies_to("app_did_nothing")[0]}


def test_a_corrected_role_is_acknowledged_as_a_correction() -> None:
    mother = Conversation()
    for _ in range(2):
        mother.says("disclose_sextortion", entities={"told_asker": "parent"}, facts={"about": "child"})
    reply = mother.says("disclose_sextortion", move="corrects", entities={"told_asker": "other"})
    assert {*reply.texts} & {*transition("corrected", mother.audience)}


def test_a_new_fact_takes_precedence_over_a_remark() -> None:
    reply = blackmailed().says("disclose_sextortion", role="harmed", facts={"paid": True}, remark="blames_self")
    assert not {*reply.texts} & {*replies_to("blames_self")}


def test_a_remark_takes_precedence_over_a_feeling() -> None:
    reply = blackmailed().says("disclose_sextortion", text="im scared mum will know", remark="fears_reaction")
    assert reply.texts[0] == replies_to("fears_reaction")[0]


def test_a_remark_with_a_question_gets_no_advice_before_the_question_is_answered() -> None:
    talk, remark = told_again(4), REPLIES.remarks["blames_self"].words["young_person"][0]
    reply = talk.says("disclose_sextortion", move="asks", text="and is it deep?", remark="blames_self", **BLACKMAIL)
    assert reply.texts[:2] == [remark[0], transition("no_answer")[0]]


def test_a_straight_answer_takes_precedence_over_a_remark() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks="pay", remark="blames_self")
    assert not {*reply.texts} & {*replies_to("blames_self")}


def test_in_danger_no_remark_is_acknowledged() -> None:
    reply = in_danger().says("disclose_sextortion", role="harmed", remark="blames_self")
    assert not {*reply.texts} & {*replies_to("blames_self")}


def test_a_yes_without_a_question_brings_the_next_step() -> None:
    talk = blackmailed().was_asked_everything()
    talk.presses("Not right now")
    assert talk.says("affirm", 0.95, move="answers", text="yes").texts[0] == STEPS[0]


def asked_for_the_place() -> Conversation:
    """A conversation about blackmail whose writer was asked where they are."""
    talk = blackmailed()
    talk.slots[CASE] = dump(replace(talk.case, open_question="place"))
    return talk


@pytest.mark.parametrize(
    ("text", "entities", "declines"),
    [
        ("no", {}, True),
        ("id rather not say where i live", {"declined": "true"}, True),
        ("i dont want to do that again", {}, False),
    ],
    ids=["no", "a refusal", "something in the story"],
)
def test_a_no_declines_the_question_about_the_place_if_it_says_nothing_else(
    text: str, entities: Dict[str, str], declines: bool
) -> None:
    reply = asked_for_the_place().says("deny", 0.95, move="answers", text=text, entities=entities)
    assert (WORDS.no_problem in reply.texts) == declines


def test_a_no_without_a_question_brings_the_next_step() -> None:
    talk = blackmailed().was_asked_everything()
    talk.presses("Not right now")
    assert talk.says("deny", 0.95, move="answers", text="no").texts[0] == STEPS[0]


def test_no_text_is_repeated_within_a_reply() -> None:
    repeated = [
        (intent, asks)
        for intent in INTENTS
        for asks in QUESTION_KINDS[:3]
        for texts in [Conversation().says(intent, asks=asks).texts]
        if len(texts) != len(set(texts))
    ]
    assert repeated == []


# Questions


def test_the_question_comes_last() -> None:
    talk = Conversation()
    replies = [talk.says("disclose_sextortion", **BLACKMAIL) for _ in range(6)]
    assert all(reply.kinds.index("choices") == len(reply.kinds) - 1 for reply in replies if "choices" in reply.kinds)


def test_at_most_one_question_is_asked_in_a_reply() -> None:
    talk = Conversation()
    assert all(len(talk.says(intent).prompts) <= 1 for intent in INTENTS)


def test_no_question_is_asked_twice() -> None:
    talk = Conversation()
    prompts = [prompt for _ in range(8) for prompt in talk.says("disclose_image_spread").prompts]
    assert [prompts.count(prompt) for prompt in OF_QUESTIONS if prompts.count(prompt) > 1] == []


def test_safety_is_asked_about_first() -> None:
    assert Conversation().says("disclose_image_spread").prompts == [prompt_of("danger")]


def test_the_asker_and_then_the_age_in_the_picture_are_asked_about_next() -> None:
    talk = Conversation()
    talk.says("disclose_image_spread")
    after = talk.presses("Not right now"), talk.says("disclose_image_spread")
    assert [prompt for reply in after for prompt in reply.prompts] == [prompt_of("asker"), prompt_of("age_in_image")]


def test_what_is_known_is_not_asked() -> None:
    talk = Conversation()
    talk.says("tell_asker", entities={"told_asker": "parent"})
    prompts = [prompt for _ in range(6) for prompt in talk.says("disclose_image_spread").prompts]
    assert prompt_of("asker") not in prompts


def test_a_question_can_be_skipped() -> None:
    assert Conversation().says("disclose_image_spread").labels[-1] == TRIAGE.skip.label


def test_possible_danger_is_asked_about_whatever_the_topic() -> None:
    reply = Conversation().says("suspect_grooming", urgencies={"immediate_danger": 0.17, "concern": 0.5})
    assert reply.prompts == [prompt_of("danger")]


def test_skipping_the_question_about_danger_does_not_say_that_there_is_none() -> None:
    talk = blackmailed()
    talk.presses(TRIAGE.skip.label)
    assert talk.case.value("danger") != "none"


# When we did not listen

MISSED = {"entities": {"missed": "true"}, "text": "thats not what i asked"}


def test_a_writer_who_says_that_we_did_not_listen_gets_an_apology_before_the_answer() -> None:
    reply = blackmailed().says("disclose_sextortion", move="asks", asks="pay", **BLACKMAIL, **MISSED)
    assert reply.texts[:2] == [transition("missed")[0], straight_answer("pay")]


def test_a_writer_who_says_that_we_did_not_listen_gets_no_unrelated_advice() -> None:
    reply = told_again(4).says("disclose_sextortion", **BLACKMAIL, **MISSED)
    assert not set(reply.texts) & set(STEPS)


def test_there_is_no_apology_for_missing_a_first_message() -> None:
    assert transition("missed")[0] not in Conversation().says("disclose_sextortion", **BLACKMAIL, **MISSED).texts


@pytest.mark.parametrize("lead", ["self", "none"])
def test_a_professional_without_another_lead_is_told_once_who_to_turn_to_instead(lead: str) -> None:
    talk = Conversation()
    told = {"role": "professional", "facts": {"about": "pupil", "image_shared": True, "lead": lead}}
    texts = [talk.says("disclose_image_spread", **told).texts for _ in range(2)]
    assert [LIBRARY.fill(WORDS.lead[lead]) in one for one in texts] == [True, False]


# Questions within another topic


def test_where_to_report_is_answered_for_the_story() -> None:
    talk = Conversation()
    talk.says("disclose_grooming", role="carer", facts={"about": "child", "contact": True})
    reply = talk.says("ask_how_to_report", role="carer", move="asks", asks="right_service")
    assert straight_answer("right_service_contact", "parent") in reply.texts


def test_where_to_report_without_a_story_is_answered_in_general() -> None:
    reply = Conversation().says("ask_how_to_report", move="asks", asks="right_service")
    assert " ".join(in_easier_words("right_service", "unknown")) in reply.texts


@pytest.mark.parametrize(
    "moved", [{"remark": "blames_self"}, {"text": "i am so ashamed of it"}], ids=["blame", "shame"]
)
def test_the_place_is_not_asked_for_after_a_feeling(moved: Dict[str, Any]) -> None:
    talk = Conversation()
    told = {"role": "carer", "facts": {"about": "child", "contact": True, "danger": "none"}}
    talk.says("disclose_grooming", **told)
    assert prompt_of("place") not in talk.says("disclose_grooming", role="carer", **moved).prompts


def test_after_a_no_to_danger_replies_do_not_repeat_what_to_do_in_danger() -> None:
    talk = blackmailed()
    talk.presses("Not right now")
    assert WORDS.in_danger not in talk.says("disclose_sextortion", **BLACKMAIL).texts


@pytest.mark.parametrize(
    "read",
    [
        pytest.param({"intent": "complain", "move": "objects"}, id="after a complaint"),
        pytest.param({"intent": "out_of_scope", "move": "small_talk"}, id="after something else"),
        pytest.param({"intent": "greet", "move": "small_talk"}, id="after hello"),
    ],
)
def test_a_no_answers_only_the_latest_question(read: Dict[str, Any]) -> None:
    talk = hinting()
    assert talk.says(**read).prompts
    talk.says("deny", 0.95, move="answers")
    assert talk.case.value("suicide") == "hinted"


# Choices


@pytest.mark.parametrize("asker", [None, "young_person", "parent", "professional", "other"])
def test_at_most_three_choices_are_offered(asker: "str | None") -> None:
    told = {"told_asker": asker} if asker else {}
    replies = [Conversation().was_asked_everything().says(intent, entities=told) for intent in INTENTS]
    assert max(len(reply.labels) for reply in replies if WORDS.you_could_say in reply.prompts) == 3


def test_another_intent_of_the_topic_brings_a_next_step_once_its_replies_were_given() -> None:
    talk = Conversation().was_asked_everything()
    for _ in range(2):
        talk.says("disclose_image_spread", role="harmed", facts={"about": "self"})
    reply = talk.says("disclose_image_sent", role="harmed")
    assert {*reply.texts} & {*next_steps("image_shared")}


def test_choices_are_offered_once_no_question_is_left() -> None:
    talk = blackmailed()
    assert talk.was_asked_everything().says("disclose_sextortion", **BLACKMAIL).prompts == [WORDS.you_could_say]


def test_choices_that_were_passed_over_are_not_offered_again() -> None:
    talk = blackmailed().was_asked_everything()
    offered = {*talk.says("disclose_sextortion", **BLACKMAIL).labels}
    assert not offered & {*talk.says("disclose_sextortion", **BLACKMAIL).labels}


def test_only_the_first_of_two_choices_with_the_same_question_is_offered() -> None:
    first, second = (
        Suggestion(label=label, asks="age_matters") for label in ("Does age change it?", "Does age matter?")
    )
    assert offered(first, second) == ["Does age change it?"]


def test_a_choice_that_tells_of_danger_is_never_the_only_one() -> None:
    choice = Suggestion(label="I can't go on", facts={"suicidal": True}, intent="disclose_suicidal")
    other = Suggestion(label="He sent it", facts={"image_shared": True})
    assert [offered(choice), offered(other, choice)] == [[], ["He sent it", "I can't go on"]]


def test_a_repeated_message_always_gets_an_answer() -> None:
    talk = blackmailed().was_asked_everything()
    assert all(talk.says("disclose_sextortion", **BLACKMAIL).messages for _ in range(30))


def test_after_one_choice_the_others_are_offered_again() -> None:
    talk = Conversation()
    talk.says("disclose_image_sent", role="harmed", facts={"about": "self", "image_sent": True})
    offered = talk.was_asked_everything().says("disclose_image_sent", role="harmed").labels
    assert {*offered} - {"Am I in trouble?"} <= {*talk.presses("Am I in trouble?").labels}


def test_a_reply_repeated_in_easier_words_keeps_its_choices() -> None:
    talk = blackmailed().was_asked_everything()
    offered = talk.says("disclose_sextortion", **BLACKMAIL).labels
    assert talk.says("nlu_fallback", 0.3, text="easier words").labels == offered


def test_a_reply_names_999_once() -> None:
    reply = Conversation().says("disclose_meeting", role="harmed", facts={"about": "self"})
    assert ("999" in reply.texts[1], WORDS.in_danger in reply.texts) == (True, False)


def test_a_writer_whose_topic_is_unclear_is_invited_to_say_more() -> None:
    vague = Conversation().gets(typed("hesitate", 0.6, topics={"emotional_support": 0.9}))
    assert vague.texts == [WORDS.take_your_time]


def test_the_choices_are_those_of_the_short_reply_for_the_audience() -> None:
    talk = blackmailed().was_asked_everything()
    labels = talk.says("disclose_sextortion", **BLACKMAIL).labels
    assert labels == [one.label for one in short("sextortion").choices if "young_person" in one.audiences][:3]


def test_a_choice_for_another_audience_is_not_offered() -> None:
    assert offered(Suggestion.parse_obj({"label": "I paid", "asks": "pay", "for": ["parent"]})) == []


def test_only_the_first_three_choices_are_offered() -> None:
    told = ("paid", "met", "image_sent", "image_shared")
    assert offered(
        *(Suggestion(label=label, facts={fact: True}) for label, fact in zip("ABCD", told, strict=True))
    ) == [
        "A",
        "B",
        "C",
    ]


def test_only_the_first_of_two_choices_with_the_same_fact_is_offered() -> None:
    assert offered(*(Suggestion(label=label, facts={"paid": True}) for label in "AB")) == ["A"]


def test_a_choice_that_tells_a_known_fact_is_not_offered() -> None:
    assert offered(Suggestion(label="They threaten me", facts={"threat": True})) == []


def test_a_choice_that_contradicts_a_known_fact_is_not_offered() -> None:
    assert offered(Suggestion(label="No threat", facts={"threat": False})) == []


def test_a_choice_whose_question_was_answered_is_not_offered() -> None:
    talk = Conversation()
    talk.says("disclose_sextortion", asks="pay", **BLACKMAIL)
    assert offered(Suggestion(label="Should I pay?", asks="pay"), talk=talk) == []


def test_a_choice_whose_question_has_no_answer_is_not_offered() -> None:
    assert offered(Suggestion(label="Something else", asks="other")) == []


def test_pressing_a_choice_tells_its_facts() -> None:
    talk = blackmailed().was_asked_everything()
    talk.says("disclose_sextortion", **BLACKMAIL)
    talk.presses("They want money")
    assert talk.case.has("demand_money")


def test_pressing_a_choice_brings_the_reply_to_its_facts() -> None:
    talk = blackmailed().was_asked_everything()
    talk.says("disclose_sextortion", **BLACKMAIL)
    assert talk.presses("They want money").texts[0] in short("sextortion_money").heard["young_person"]


def test_pressing_a_choice_asks_its_question() -> None:
    talk = Conversation().was_asked_everything()
    talk.says("disclose_sextortion", role="harmed", facts={"about": "self", "demand_money": True})
    assert talk.presses("Will they share it?").texts[0] == straight_answer("will_they_share")


def test_pressing_a_choice_keeps_the_topic() -> None:
    talk = Conversation().was_asked_everything()
    talk.says("disclose_sextortion", role="harmed", facts={"about": "self", "demand_money": True})
    talk.presses("Will they share it?")
    assert (talk.case.topic, talk.case.intent) == ("sextortion", "disclose_sextortion")


def test_a_choice_that_tells_of_wanting_to_die_is_danger() -> None:
    talk = blackmailed().was_asked_everything()
    talk.says("disclose_sextortion", **BLACKMAIL)
    assert talk.presses("I can't go on").cards[0] == EMERGENCY


def test_a_comparison_may_be_one_of_the_three_choices() -> None:
    reply = Conversation().says("ask_grooming", entities={"told_asker": "parent"})
    assert (len(reply.labels) <= 3, reply.labels[-1]) == (True, WORDS.compare.label)


def test_if_danger_is_possible_the_helplines_come_before_the_choices() -> None:
    talk = Conversation().was_asked_everything()
    reply = talk.says("suspect_grooming", urgencies={"immediate_danger": 0.17, "concern": 0.5})
    assert (reply.texts[-1], reply.kinds[-1]) == (HELPLINES, "choices")


def test_declining_to_say_whether_anyone_is_in_danger_is_not_thanked_as_a_no() -> None:
    talk = blackmailed()
    reply = talk.says("deny", 0.95, move="answers", text="id rather not say", entities={"declined": "true"})
    assert reply.texts == [WORDS.no_problem, WORDS.in_danger]


def test_a_reply_that_lists_the_helplines_names_no_helpline_a_second_time() -> None:
    talk = blackmailed()
    reply = talk.says("disclose_sextortion", entities={"danger": "less"}, urgencies={"immediate_danger": 0.5})
    assert HELPLINES in reply.texts
    number = str(LIBRARY.services["childline"].phone)
    assert [text for text in reply.texts if number in text] == [HELPLINES]


def test_the_helplines_are_listed_once_while_danger_stays_possible() -> None:
    talk = Conversation().was_asked_everything()
    worried = {"urgencies": {"immediate_danger": 0.17, "concern": 0.5}}
    last = [talk.says("suspect_grooming", **worried).texts[-1] for _ in range(2)]
    assert last == [HELPLINES, WORDS.in_danger]


# Whether it helped


def test_whether_it_helped_is_not_asked_while_there_are_choices() -> None:
    assert Conversation().says("ask_penalties", entities={"told_asker": "parent"}).prompts == [WORDS.you_could_say]


def test_whether_it_helped_is_asked_once_per_topic() -> None:
    talk = asked_whether_it_helped()
    assert WORDS.did_it_help not in [prompt for _ in range(3) for prompt in talk.says("ask_penalties").prompts]


def test_whether_it_helped_is_not_asked_of_a_writer_who_goes_on_with_the_story() -> None:
    talk = Conversation()
    prompts = [p for _ in range(6) for p in talk.says("ask_after_arrest", entities={"told_asker": "parent"}).prompts]
    assert WORDS.did_it_help not in prompts


def test_whether_it_helped_is_never_asked_of_a_writer_who_tells_of_harm() -> None:
    turn = blackmailed().was_asked_everything().turn("disclose_sextortion", **BLACKMAIL)
    reply = Reply(turn._replace(replies=turn.replies._replace(by_topic={})))
    follow_up(reply)
    assert [message["kind"] for message in reply.messages] == ["text"]


# Who the story is about


@pytest.mark.parametrize(
    ("intent", "read"),
    [
        ("ask_who_to_talk_to", {}),
        ("feel_bad", {"asks": "my_fault"}),
        ("ask_trouble", {"asks": "trouble_me"}),
        ("ask_penalties", {}),
        ("ask_after_arrest", {}),
        ("ask_confidential", {"asks": "who_is_told"}),
        ("worry_own_behaviour", {"role": "harmed"}),
        ("complain", {"move": "objects"}),
    ],
)
@pytest.mark.parametrize("age", [None, 35], ids=["of no known age", "an adult"])
def test_somebody_who_was_harmed_is_never_sent_to_help_for_offenders(
    intent: str, read: Dict[str, Any], age: "int | None"
) -> None:
    talk = Conversation()
    told = {**BLACKMAIL["facts"], **({"writer_age": age} if age else {})}
    talk.says("disclose_sextortion", role="harmed", facts=told)
    assert not FOR_DOERS & set(talk.says(intent, 0.9, **{"role": "harmed", **read}).cards)


def test_a_writer_who_worries_about_their_own_behaviour_is_sent_to_help_for_that() -> None:
    assert "stop_it_now" in Conversation().says("worry_own_behaviour", role="own_behaviour").cards


def test_an_earlier_button_does_not_send_a_harmed_writer_to_help_for_offenders() -> None:
    talk = Conversation()
    talk.opens()
    talk.presses("I'm an adult")
    talk.presses("My own behaviour")
    talk.says("disclose_sextortion", **BLACKMAIL)
    talk.slots[CASE] = {**talk.slots[CASE], "shown": []}
    assert not FOR_DOERS & set(talk.says("ask_who_to_talk_to", role="harmed").cards)


def test_a_harmed_writer_who_says_that_they_are_an_adult_is_sent_to_help_for_adults() -> None:
    talk = blackmailed()
    assert talk.presses("Not right now").prompts == [prompt_of("asker")]
    assert "revenge_porn_helpline" in talk.presses("I'm another adult").cards


def test_a_harmed_writer_is_not_asked_whether_they_meant_their_own_behaviour() -> None:
    ranking = {"worry_own_behaviour": 0.3, "disclose_sextortion": 0.25, "feel_bad": 0.2}
    unclear = {"out_of_scope": 0.4, "sextortion": 0.2}
    reply = Conversation().says("nlu_fallback", 0.3, ranking=ranking, topics=unclear, role="harmed")
    label = LIBRARY.topics["own_behaviour"].intents["worry_own_behaviour"].label
    assert (reply.prompts, label in reply.labels) == ([WORDS.did_you_mean], False)


def test_an_apology_is_never_the_whole_reply() -> None:
    talk = told_again(len(STEPS) + 4)
    replies = [talk.says("disclose_sextortion", move="objects", entities={"missed": "true"}) for _ in range(3)]
    assert [is_only_sorry_in(reply) for reply in replies] == [False, False, False]


def is_only_sorry_in(reply: BotReply) -> bool:
    shown = [one for one in reply.messages if not one.get("folded")]
    return [one["kind"] for one in shown] == ["text"]


# Robustness


def test_every_intent_is_answered() -> None:
    silent = [intent for intent in INTENTS if not Conversation().says(intent).messages]
    assert silent == []


def test_no_intent_makes_the_action_fail() -> None:
    failing = [
        intent
        for intent in INTENTS
        for talk in (Conversation(), blackmailed(), in_danger(), hinting())
        if EMERGENCY_WORDS in talk.says(intent).texts or EMERGENCY_WORDS in talk.gets(pressed(intent, {})).texts
    ]
    assert failing == []


def test_a_message_without_a_reading_is_answered() -> None:
    assert Conversation().gets({}).prompts == [WORDS.ask_topic]


def test_the_first_message_of_a_reply_carries_the_topic() -> None:
    assert [message.get("about") for message in blackmailed().last.messages][:2] == ["sextortion", None]


def test_a_case_stored_by_another_version_is_answered() -> None:
    slot = dump(blackmailed().case)
    del slot["misunderstood"]
    assert EMERGENCY_WORDS not in Conversation({CASE: slot}).gets(typed("thank", 0.9)).texts


def test_if_the_action_fails_the_writer_is_told_where_to_turn() -> None:
    assert Conversation({CASE: "no case"}).gets(typed("disclose_sextortion", 0.9)).texts == [EMERGENCY_WORDS]
