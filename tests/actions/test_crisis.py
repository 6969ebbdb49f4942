"""Danger and hints of it."""

from typing import Any, Callable, Dict

import pytest
from action_driver import (
    CALM,
    CRISIS,
    HELPLINES,
    REPLIES,
    TRIAGE,
    WORDS,
    BotReply,
    Conversation,
    blackmailed,
    followed,
    hinting,
    in_danger,
    name_of,
    prompt_of,
    question_of,
    title_of,
)

from actions.answer import ASIDES
from bot.case.reply_models import AUDIENCES, Audience, DangerKind
from bot.referral.refer import EMERGENCY

NOT_MEANT = WORDS.not_meant_choice.label
#: A first message for each audience.
SAYS_FIRST: Dict[Audience, Dict[str, Any]] = {
    "young_person": {"intent": "tell_asker", "entities": {"told_asker": "young_person"}},
    "adult": {"intent": "tell_age", "role": "harmed", "facts": {"writer_age": 30}},
    "parent": {"intent": "tell_asker", "entities": {"told_asker": "parent"}},
    "other": {"intent": "tell_asker", "entities": {"told_asker": "other"}},
    "professional": {"intent": "tell_asker", "entities": {"told_asker": "professional"}},
    "self_concern": {"intent": "worry_own_behaviour", "role": "own_behaviour"},
}
#: The likelier reading. Thresholds can put danger ahead of it; the safety net and the heads do so without them.
PHOTO = {"ask_image_removal": 0.7}


def kind_of(kind_id: str) -> DangerKind:
    return next(kind for kind in REPLIES.danger if kind.id == kind_id)


def told_by(audience: Audience) -> Conversation:
    """Return a conversation whose writer is in this audience."""
    talk = Conversation()
    talk.says(**SAYS_FIRST[audience])
    assert talk.audience == audience
    return talk


def words_before_a_button(reply: BotReply) -> int:
    kinds = [message["kind"] for message in reply.messages]
    return sum(len(message["text"].split()) for message in reply.messages[: kinds.index("service")])


def of_a_photo_too(found: str) -> BotReply:
    """Return the reply to a message about a photo that also discloses danger. `found` says how the danger is found."""
    if found == "by thresholds":
        return Conversation().says(
            "disclose_suicidal", 0.2, ranking=PHOTO, topics={CRISIS: 0.7}, urgencies={"immediate_danger": 0.7}
        )
    if found == "by its words":
        return Conversation().says("disclose_suicidal", 1.0, ranking=PHOTO)
    return Conversation().says(
        "ask_image_removal",
        0.7,
        ranking={"disclose_suicidal": 0.2},
        topics={CRISIS: 0.7},
        urgencies={"immediate_danger": 0.7},
    )


# Danger


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"helped": True, "other_near": "outside"}, "danger_called"),
        ({"other_near": "with_them"}, "danger_with_them"),
        ({"other_near": "inside"}, "danger_inside"),
        ({"other_near": "outside"}, "danger_outside"),
        ({"other_near": "coming"}, "danger_coming"),
        ({"missing": True}, "danger_missing"),
        ({"self_harm": True}, "danger_self_harm"),
        ({"suicide": "said", "about": "self"}, "danger_suicidal_self"),
        ({"suicide": "said", "about": "friend"}, "danger_suicidal"),
        ({"meeting_planned": True}, "danger_meeting"),
        ({}, "danger_default"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_facts_of_the_case_choose_the_first_words(facts: Dict[str, Any], kind: str) -> None:
    talk = Conversation()
    # Only a phrase can establish that help has been called.
    called = {name: "true" for name in facts if name == "helped"}
    reply = talk.says("disclose_danger", 1.0, facts=facts, entities=called)
    assert reply.messages[0]["text"] == kind_of(kind).words[talk.audience]


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_first_words_are_those_for_the_audience(audience: Audience) -> None:
    assert told_by(audience).says("disclose_danger", 1.0).texts == [kind_of("danger_default").words[audience]]


def test_the_first_words_are_shorter_the_second_time() -> None:
    talk = Conversation()
    texts = [talk.says("disclose_danger", 1.0, facts={"other_near": "outside"}).texts[0] for _ in range(2)]
    outside = kind_of("danger_outside")
    assert texts == [outside.words["young_person"], outside.again["young_person"][0]]


def test_danger_that_comes_back_is_answered_in_full_again() -> None:
    talk = Conversation()
    outside = {"facts": {"other_near": "outside"}}
    first = talk.says("disclose_danger", 1.0, **outside)
    talk.says("thank", 0.8, entities={"danger": "over"})
    assert talk.says("disclose_danger", 1.0, **outside).texts[0] == first.texts[0]


def test_another_kind_of_danger_is_answered_in_full() -> None:
    talk = Conversation()
    talk.says("disclose_danger", 1.0, facts={"other_near": "outside"})
    reply = talk.says("disclose_danger", 1.0, facts={"other_near": "inside"})
    assert reply.texts[0] == kind_of("danger_inside").words["young_person"]


@pytest.mark.parametrize("kind", REPLIES.danger, ids=lambda kind: kind.id)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_at_most_25_words_come_before_the_first_button(kind: DangerKind, audience: Audience) -> None:
    talk = told_by(audience)
    replies = [talk.says("disclose_danger", 1.0, facts=kind.when) for _ in range(2)]
    assert max(words_before_a_button(reply) for reply in replies) <= 25


def test_the_helplines_come_before_the_guidance() -> None:
    assert in_danger().last.kinds == ["text", "service", "guidance", "choices"]


def test_999_and_a_helpline_are_the_open_cards() -> None:
    assert in_danger().last.open_cards == [EMERGENCY, "childline"]


def test_in_danger_a_helpline_that_was_shown_before_is_an_open_card_again() -> None:
    assert blackmailed().says("disclose_suicidal", 1.0).open_cards == [EMERGENCY, "childline"]


def test_the_other_cards_and_the_guidance_are_folded() -> None:
    rest = [message for message in in_danger().last.messages if message["kind"] in ("service", "guidance")][2:]
    assert [message.get("folded") for message in rest] == [True] * len(rest)


def test_a_reply_to_danger_ends_with_the_not_meant_choice() -> None:
    last = in_danger().last.messages[-1]
    assert (last["prompt"], [choice["label"] for choice in last["choices"]]) == (WORDS.not_meant, [NOT_MEANT])


def test_somebody_in_danger_is_asked_nothing_else() -> None:
    assert in_danger().last.prompts == [WORDS.not_meant]


@pytest.mark.parametrize("begun", [in_danger, followed], ids=["said outright", "that adds up"])
def test_the_reply_to_the_not_meant_choice_still_names_999(begun: Callable[[], Conversation]) -> None:
    assert begun().presses(NOT_MEANT).names_999


def test_danger_that_follows_from_the_facts_is_danger_too() -> None:
    assert followed().last.messages[0]["text"] == kind_of("danger_outside").words["young_person"]


def test_an_answer_to_the_question_about_danger_that_is_clearly_danger_brings_999() -> None:
    talk = blackmailed()
    reply = talk.says("disclose_danger", 0.99, about="sextortion", urgencies={"immediate_danger": 0.15}, role="harmed")
    assert (talk.case.value("danger"), reply.cards[0]) == ("now", EMERGENCY)


def test_once_danger_is_only_possible_the_conversation_returns_to_its_story() -> None:
    talk = in_danger()
    talk.says("disclose_bullying", 0.6, about="bullying", facts={"danger": "none"}, urgencies={"concern": 0.9})
    assert (talk.case.value("danger"), talk.case.topic) == ("possible", "bullying")


def test_likely_danger_in_a_message_that_says_everybody_is_safe_is_possible_danger() -> None:
    talk = blackmailed()
    likely = {"immediate_danger": 0.5}
    talk.says("disclose_sextortion", entities={"danger": "less"}, urgencies=likely, role="harmed")
    assert talk.case.value("danger") == "possible"


def test_danger_that_becomes_possible_is_asked_about_once_more() -> None:
    talk, doubtful = blackmailed(), {"entities": {"danger": "less"}, "urgencies": {"immediate_danger": 0.5}}
    prompts = [talk.says("disclose_sextortion", role="harmed", **doubtful).prompts for _ in range(2)]
    assert [question_of("danger").again in one for one in prompts] == [True, False]


def test_a_bare_no_to_the_question_about_danger_is_not_danger() -> None:
    talk = blackmailed()
    likely = {"immediate_danger": 0.25}
    talk.says("deny", 0.9, move="answers", text="no", entities={"answer": "no"}, urgencies=likely)
    assert talk.case.value("danger") != "now"


def test_a_no_that_sounds_like_danger_is_asked_again_without_thanks() -> None:
    likely = {"immediate_danger": 0.25}
    no: Dict[str, Any] = {"text": "no", "entities": {"answer": "no"}, "move": "answers", "urgencies": likely}
    reply = blackmailed().says("deny", 0.9, **no)
    assert (WORDS.not_in_danger in reply.texts, reply.prompts) == (False, [question_of("danger").again])


def test_not_being_in_danger_does_not_take_back_thoughts_of_suicide() -> None:
    talk = Conversation()
    talk.says("disclose_suicidal", 1.0, facts={"suicide": "said", "about": "self"})
    likely = {"immediate_danger": 0.7}
    talk.says("disclose_suicidal", 0.9, entities={"danger": "less"}, urgencies=likely)
    assert talk.case.value("suicide") == "said"


def test_very_likely_danger_in_a_message_that_says_everybody_is_safe_is_danger() -> None:
    talk = blackmailed()
    very_likely = {"immediate_danger": 0.8}
    talk.says("disclose_sextortion", entities={"danger": "less"}, urgencies=very_likely, role="harmed")
    assert talk.case.value("danger") == "now"


def test_danger_told_again_after_it_eased_is_not_answered_with_another_topic() -> None:
    talk = in_danger()
    eased: Dict[str, Any] = {"entities": {"danger": "less"}, "urgencies": {"immediate_danger": 0.3}}
    talk.says("disclose_danger", 0.6, topics={"crisis": 0.75, "parental_controls": 0.06}, **eased)
    assert talk.case.topic == "crisis"


def test_help_that_only_the_classifier_reads_is_not_answered_as_a_call_to_999() -> None:
    talk = in_danger()
    talk.says("disclose_danger", 0.9, facts={"helped": True}, urgencies={"immediate_danger": 0.9})
    assert talk.danger.id != "danger_called"


def test_while_danger_lasts_999_is_a_line_instead_of_the_same_card() -> None:
    reply = in_danger().says("ask_image_removal", topics=CALM)
    assert ("999" in reply.texts[0], EMERGENCY in reply.cards) == (True, False)


def test_danger_told_again_puts_999_first_again() -> None:
    talk = in_danger()
    assert talk.says("disclose_self_harm", 1.0).cards[0] == EMERGENCY


@pytest.mark.parametrize("found", ["by thresholds", "by its words", "by the conversation"])
def test_the_likelier_topic_is_answered_below_the_helplines_however_danger_was_found(found: str) -> None:
    messages = list(of_a_photo_too(found).messages)
    kinds = [message["kind"] for message in messages]
    places = [place for place, one in enumerate(messages) if one.get("title") == title_of("ask_image_removal")]
    assert places
    assert kinds.index("service") < places[0]


@pytest.mark.parametrize("found", ["by thresholds", "by its words", "by the conversation"])
def test_999_comes_first_however_danger_was_found(found: str) -> None:
    assert [message["kind"] for message in of_a_photo_too(found).messages][:2] == ["text", "service"]
    assert of_a_photo_too(found).cards[0] == EMERGENCY


def test_no_service_is_shown_twice_in_a_reply() -> None:
    cards = of_a_photo_too("by thresholds").cards
    assert len(cards) == len(set(cards))


def test_a_helpline_shown_as_a_card_is_not_also_a_line_in_the_reply() -> None:
    reply = of_a_photo_too("by thresholds")
    assert not [name for name in map(name_of, reply.cards) if name in " ".join(reply.texts[1:])]


# While danger lasts


@pytest.mark.parametrize("intent", sorted(ASIDES))
@pytest.mark.parametrize("begun", [in_danger, followed], ids=["said outright", "that adds up"])
def test_in_danger_every_later_reply_names_999(begun: Callable[[], Conversation], intent: str) -> None:
    talk = begun()
    assert talk.says(intent, 0.8, move="small_talk").names_999


@pytest.mark.parametrize("intent", ["affirm", "ask_why", "deny", "hesitate"])
def test_in_danger_999_is_named_after_another_topic_too(intent: str) -> None:
    talk = in_danger()
    talk.says("ask_image_removal")
    assert talk.says(intent, 0.9, move="answers").names_999


def test_a_no_does_not_end_danger() -> None:
    talk = in_danger()
    talk.says("deny", 0.95, move="answers")
    assert "999" in talk.says("ask_image_removal").texts[0]


def test_a_refusal_to_ring_is_answered_with_999_and_reassurance() -> None:
    talk = in_danger()
    assert talk.says("deny", 0.95).texts == [talk.danger.again[talk.audience][0], WORDS.no_need_to_ring]


def test_in_danger_an_unclear_no_is_not_taken_as_a_refusal() -> None:
    assert WORDS.no_need_to_ring not in in_danger().says("deny", 0.6, move="answers").texts


def test_a_no_in_danger_offers_only_the_not_meant_choice() -> None:
    assert in_danger().says("deny", 0.95).labels == [WORDS.not_meant_choice.label]


def test_a_writer_who_says_that_danger_is_over_is_no_longer_sent_to_999() -> None:
    talk = in_danger()
    talk.says("thank", 0.8, entities={"danger": "over"})
    reply = talk.says("ask_image_removal")
    assert (reply.texts[-1], EMERGENCY in reply.cards) == (WORDS.in_danger, False)


def test_a_topic_raised_in_danger_is_answered_below_999() -> None:
    talk = in_danger()
    reply = talk.says("ask_image_removal")
    assert (reply.texts[0], reply.titles) == (talk.danger.again[talk.audience][0], [title_of("ask_image_removal")])


def test_in_danger_a_message_with_nothing_new_is_only_told_where_to_turn() -> None:
    talk = in_danger()
    talk.says("ask_image_removal")
    texts = [talk.says("ask_image_removal").texts for _ in range(4)][-1]
    assert (len(texts), set(texts) - set(talk.danger.again[talk.audience])) == (1, set())


def test_danger_told_again_is_answered_in_three_wordings() -> None:
    talk = in_danger()
    said = [talk.says("disclose_suicidal", 1.0).texts[0] for _ in range(3)]
    assert said == talk.danger.again[talk.audience]


@pytest.mark.parametrize("times", [1, 4])
def test_in_danger_a_reply_on_another_topic_offers_only_the_not_meant_choice(times: int) -> None:
    talk = in_danger()
    for _ in range(times):
        talk.says("ask_image_removal")
    assert talk.last.labels == [NOT_MEANT]


def test_no_comparison_is_shown_in_danger() -> None:
    assert "comparison" not in in_danger().says("ask_talk_to_child").kinds


# The question about danger


def test_yes_is_answered_with_999_first() -> None:
    assert blackmailed().presses("Yes, or maybe").cards[0] == EMERGENCY


def test_a_typed_yes_is_answered_like_the_button() -> None:
    typed, pressed = blackmailed(), blackmailed()
    replies = typed.says("affirm", 0.95, move="answers", text="yes"), pressed.presses("Yes, or maybe")
    assert replies[0].cards == replies[1].cards
    assert replies[0].titles == replies[1].titles


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "pressed"])
def test_no_is_answered_with_what_to_do_if_that_changes(is_typed: bool) -> None:
    talk = blackmailed()
    reply = talk.says("deny", 0.95, move="answers") if is_typed else talk.presses("Not right now")
    assert (reply.texts, talk.case.value("danger")) == ([WORDS.not_in_danger], "none")


# A hint


def test_a_hint_is_asked_about_with_the_word_suicide() -> None:
    assert hinting().last.prompts == [prompt_of("suicide")]
    assert "suicide" in prompt_of("suicide")


def test_a_hint_from_a_carer_is_not_taken_to_be_about_the_carer() -> None:
    hint = {"role": "carer", "facts": {"about": "child", "suicide": "hinted"}}
    assert Conversation().says("feel_bad", **hint).prompts == [prompt_of("danger")]


def test_the_helplines_are_named_before_the_question() -> None:
    assert hinting().last.texts == [WORDS.hint_heard, HELPLINES]


@pytest.mark.parametrize(("years", "helpline"), [(14, "childline"), (30, "samaritans")])
def test_a_hint_shows_a_helpline_for_that_age(years: int, helpline: str) -> None:
    talk = Conversation()
    talk.says("tell_age", role="harmed", facts={"writer_age": years})
    assert talk.says("nlu_fallback", 0.3, text="🔪").open_cards == [helpline]


def test_an_adult_who_writes_about_themselves_is_not_told_about_childline() -> None:
    talk = Conversation()
    talk.says("tell_age", role="harmed", facts={"writer_age": 41})
    assert not any("Childline" in words for words in talk.says("nlu_fallback", 0.3, text="🔪").texts)


@pytest.mark.parametrize("text", ["🔪", "💊💊💊", "bye 🔪"])
def test_a_sign_of_harm_is_asked_about_like_a_hint(text: str) -> None:
    reply = Conversation().says("nlu_fallback", 0.3, text=text)
    assert (reply.prompts, reply.names_999) == ([prompt_of("suicide")], True)


def test_a_sign_of_harm_in_a_longer_message_is_not_a_hint() -> None:
    reply = Conversation().says("ask_parental_controls", 0.9, text="my son has to take his 💊 at school every day")
    assert prompt_of("suicide") not in reply.prompts


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "pressed"])
def test_yes_to_a_hint_is_danger(is_typed: bool) -> None:
    talk = hinting()
    reply = talk.says("affirm", 0.95, move="answers", text="yes") if is_typed else talk.presses("Yes")
    assert (reply.kinds[:2], reply.cards[0]) == (["text", "service"], EMERGENCY)


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "pressed"])
def test_no_to_a_hint_is_answered_with_what_to_do_if_that_changes(is_typed: bool) -> None:
    talk = hinting()
    reply = talk.says("deny", 0.95, move="answers") if is_typed else talk.presses("No")
    assert (reply.texts, talk.case.value("suicide")) == ([WORDS.not_in_danger], "denied")


@pytest.mark.parametrize("about", ["emotional_support", "small_talk"])
def test_a_typed_no_is_an_answer_whatever_topic_it_sounds_like(about: str) -> None:
    assert hinting().says("deny", 0.95, about=about, move="answers").texts == [WORDS.not_in_danger]


def test_a_writer_who_is_not_sure_sees_the_helplines_and_is_not_asked_again() -> None:
    reply = hinting().presses("I'm not sure")
    assert reply.names_999
    assert prompt_of("suicide") not in reply.prompts


def test_a_writer_who_is_not_sure_does_not_get_the_same_sentence_again() -> None:
    assert WORDS.hint_heard not in hinting().presses("I'm not sure").texts


def test_a_writer_who_would_rather_not_say_has_not_said_no() -> None:
    talk = hinting()
    talk.presses(TRIAGE.skip.label)
    assert talk.case.value("suicide") == "hinted"


def test_an_unanswered_hint_is_asked_about_once_more() -> None:
    talk = hinting()
    again = [talk.says("disclose_suicidal", 0.8, about="emotional_support").prompts for _ in range(3)]
    assert again == [[question_of("suicide").again], [], []]


def test_a_denied_hint_is_not_asked_about_again() -> None:
    talk = hinting()
    talk.presses("No")
    later = [talk.says("feel_bad", urgencies={"immediate_danger": 0.2, "concern": 0.5}) for _ in range(3)]
    assert prompt_of("suicide") not in [prompt for reply in later for prompt in reply.prompts]


def test_danger_after_a_denied_hint_is_still_danger() -> None:
    talk = hinting()
    talk.presses("No")
    assert talk.says("disclose_suicidal", 1.0).cards[0] == EMERGENCY


@pytest.mark.parametrize("answer", ["perhaps", "unsure"])
def test_a_writer_who_types_that_they_are_not_sure_is_thanked_and_not_sent_to_999(answer: str) -> None:
    talk = hinting()
    reply = talk.says("disclose_suicidal", 0.5, urgencies={"immediate_danger": 0.5}, entities={"answer": answer})
    assert (reply.texts[0], EMERGENCY in reply.cards) == (WORDS.hint_unsure[0], False)


def test_a_writer_who_would_not_act_on_thoughts_of_suicide_is_asked_about_them() -> None:
    talk = Conversation()
    talk.says("disclose_suicidal", 0.8, urgencies={"immediate_danger": 0.8})
    reply = talk.says("disclose_suicidal", 0.5, urgencies={"immediate_danger": 0.5}, entities={"no_plan": "true"})
    assert (reply.prompts, EMERGENCY in reply.cards) == ([prompt_of("suicide")], False)


def test_a_hint_about_somebody_else_is_answered_with_words_about_them() -> None:
    hint = {"role": "witness", "facts": {"about": "friend", "suicide": "hinted"}}
    assert Conversation().says("feel_bad", **hint).texts[0] == WORDS.hint_heard_other[0]
