"""Short replies: which one a case gets, for which audience, and how unusable content is reported."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from bot.case.case import Case
from bot.case.facts import Fact, Value
from bot.case.replies import Replies, audience_of, load_replies, said_key, step_key, unused
from bot.case.reply_models import (
    AUDIENCES,
    Audience,
    DangerKind,
    NextStep,
    Remark,
    ShortReply,
    StepFile,
    Suggestion,
    TurnWords,
)
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.reader import ContentError, Problem
from bot.referral.refer import EMERGENCY

LIBRARY = load_library()
REPLIES = load_replies()
#: Topics that are answered without a short reply.
WITHOUT = {"small_talk", "out_of_scope"}
TOPICS = sorted(set(LIBRARY.topics) - WITHOUT)


def short(reply_id: str, audience: Audience = "young_person", **more: Any) -> ShortReply:
    wordings = [f"{reply_id} {letter}." for letter in "abc"]
    return ShortReply(id=reply_id, heard={audience: wordings}, now={audience: "Do this."}, **more)


def step(step_id: str, audience: Audience = "young_person", **when: Value) -> NextStep:
    return NextStep(id=step_id, when=when, words={audience: [f"This is {step_id}.", "Do this."]})


def kind(kind_id: str, **when: Any) -> DangerKind:
    words = dict.fromkeys(AUDIENCES, f"{kind_id}.")
    again = {audience: ["A.", "B.", "C."] for audience in AUDIENCES}
    return DangerKind(id=kind_id, when=when, words=words, again=again)


def feeling(feeling_id: str, *cues: str) -> TurnWords:
    return TurnWords(id=feeling_id, cues=list(cues), words={audience: ["A.", "B.", "C."] for audience in AUDIENCES})


def case_of(turn: int = 1, said: "tuple[str, ...]" = (), intent: str = "disclose_sextortion", **facts: Value) -> Case:
    """A case of blackmail whose facts were all stated in the latest turn."""
    told = {name: Fact(value, True, turn) for name, value in facts.items()}
    return Case(turn=turn, facts=told, topic="sextortion", intent=intent, said=said)


def next_step(case: Case, *steps: NextStep, for_stories: bool = False) -> Optional[str]:
    """Return the id of the step that a young person gets next if sextortion has these steps."""
    file = StepFile(topic="sextortion", for_stories=for_stories, steps=list(steps))
    one = REPLIES._replace(next_steps={"sextortion": file}).next_step(case, "young_person")
    return one.id if one else None


def of_sextortion(*replies: ShortReply) -> Replies:
    return REPLIES._replace(by_topic={"sextortion": replies}, danger=(kind("default"),))


def ids(replies: List[ShortReply]) -> List[str]:
    return [one.id for one in replies]


def chosen(replies: Replies, case: Case) -> Optional[str]:
    one = replies.choose(case, "young_person")
    return one.id if one else None


# The replies that fit


def test_replies_fit_if_their_facts_hold() -> None:
    replies = of_sextortion(
        short("paid", when={"paid": True}), short("money", when={"demand_money": True}), short("any")
    )
    assert ids(replies.fitting(case_of(demand_money=True), "young_person")) == ["money", "any"]


def test_a_reply_fits_only_if_all_its_facts_hold() -> None:
    both = short("both", when={"paid": True, "demand_money": True})
    assert of_sextortion(both).fitting(case_of(paid=True), "young_person") == []


def with_another_topic(reply: ShortReply) -> Replies:
    """Return replies in which `reply` belongs to a different topic from the case."""
    return REPLIES._replace(by_topic={"sextortion": (), "image_shared": (reply,)}, danger=(kind("default"),))


SENT = short("sent", when={"image_sent": True}, elsewhere={})


def harmed(**facts: Value) -> Case:
    return replace(case_of(**facts), role=Fact("harmed", False, 1))


def test_a_harm_without_a_reply_in_its_topic_gets_another_topics_reply() -> None:
    assert chosen(with_another_topic(SENT), harmed(image_sent=True)) == "sent"


def test_another_topics_reply_is_given_only_if_it_is_written_for_other_stories() -> None:
    assert chosen(with_another_topic(short("sent", when={"image_sent": True})), harmed(image_sent=True)) is None


def test_another_topics_reply_is_given_only_if_its_further_facts_hold() -> None:
    met = short("met", when={"met": True}, elsewhere={"other": "stranger_online"})
    assert chosen(with_another_topic(met), harmed(met=True, other="peer")) is None


def test_another_topics_reply_is_given_only_for_a_harm_that_the_message_tells_of() -> None:
    told_before = replace(harmed(image_sent=True), turn=2)
    assert chosen(with_another_topic(SENT), told_before) is None


@pytest.mark.parametrize("changes", [{"topic": "young_person_harmful_behaviour"}, {"role": Fact("asks", False, 1)}])
def test_people_who_may_have_done_harm_get_no_reply_of_another_topic(changes: Dict[str, Any]) -> None:
    assert chosen(with_another_topic(SENT), replace(harmed(image_sent=True), **changes)) is None


def test_a_denied_fact_does_not_hold() -> None:
    assert of_sextortion(short("paid", when={"paid": True})).fitting(case_of(paid=False), "young_person") == []


def test_a_reply_for_some_intents_fits_only_those() -> None:
    replies = of_sextortion(short("what", intents=["ask_sextortion"]), short("any"))
    assert ids(replies.fitting(case_of(), "young_person")) == ["any"]


def test_a_reply_fits_only_audiences_that_it_has_words_for() -> None:
    assert of_sextortion(short("for_parents", "parent")).fitting(case_of(), "young_person") == []


def test_no_reply_fits_a_topic_without_replies() -> None:
    assert of_sextortion(short("any")).fitting(Case(topic="bullying"), "young_person") == []


# The reply that is chosen


def test_the_first_reply_that_fits_is_chosen() -> None:
    replies = of_sextortion(short("paid", when={"paid": True}), short("any"))
    assert chosen(replies, case_of(paid=True)) == "paid"


def test_a_reply_that_was_used_is_not_chosen_again() -> None:
    any_reply = short("any")
    assert chosen(of_sextortion(any_reply), case_of(said=(said_key(any_reply),))) is None


def test_a_reply_to_a_new_fact_comes_before_a_more_specific_reply() -> None:
    replies = of_sextortion(
        short("shared", when={"image_shared": True}), short("paid", when={"paid": True}), short("any")
    )
    case = case_of(2, paid=True)
    earlier = case.with_facts({**case.facts, "image_shared": Fact(True, True, 1)})
    assert chosen(replies, earlier) == "paid"


def test_without_a_new_fact_no_less_specific_reply_is_chosen() -> None:
    paid = short("paid", when={"paid": True})
    replies = of_sextortion(paid, short("any"))
    told_before = case_of(said=(said_key(paid),), paid=True)
    assert chosen(replies, Case(**{**vars(told_before), "turn": 2})) is None


# Danger


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"other_near": "outside"}, "outside"),
        ({"missing": True}, "missing"),
        ({"missing": True, "other_near": "outside"}, "outside"),
        ({"other_near": "gone"}, "default"),
        ({}, "default"),
    ],
    ids=["one fact", "another", "the first of two", "another value", "no fact"],
)
def test_the_first_kind_of_danger_that_fits_is_chosen(facts: Dict[str, Any], expected: str) -> None:
    kinds = (kind("outside", other_near="outside"), kind("missing", missing=True), kind("default"))
    assert REPLIES._replace(danger=kinds).danger_for(case_of(**facts)).id == expected


def test_the_last_kind_of_danger_fits_every_case() -> None:
    assert REPLIES.danger[-1].when == {}


@pytest.mark.parametrize("one", REPLIES.danger, ids=lambda one: one.id)
@pytest.mark.parametrize("said", ["words", "again"])
def test_every_wording_in_danger_names_999(one: DangerKind, said: str) -> None:
    texts = {audience: [text] if isinstance(text, str) else text for audience, text in getattr(one, said).items()}
    assert [audience for audience, wordings in texts.items() if not all("999" in text for text in wordings)] == []


@pytest.mark.parametrize("one", REPLIES.danger, ids=lambda one: one.id)
def test_danger_told_again_is_answered_in_other_words(one: DangerKind) -> None:
    assert [audience for audience in AUDIENCES if one.words[audience] in one.again[audience]] == []


# Feelings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scared", "scared"),
        ("so scared", "scared"),
        ("SCARED!!", "scared"),
        ("i am so scared of him now", "scared"),
        ("i’m worn out and scared", "scared"),
        ("what do i do 😱", "scared"),
        ("i cant say it", "stuck"),
    ],
)
def test_a_feeling_of_the_writer_is_found(text: str, expected: str) -> None:
    replies = REPLIES._replace(
        feelings=(feeling("scared", "scared", "😱"), feeling("stuck", "cant say it"), feeling("sad", "sad"))
    )
    found = replies.feeling_in(text)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="no words"),
        pytest.param("she is very scared of him", id="another person's"),
        pytest.param("im not scared", id="one that is denied"),
        pytest.param("i don’t feel scared", id="one that is denied with a curly quote"),
        pytest.param("i am scaredy", id="part of a word"),
        pytest.param("i sent it", id="none"),
    ],
)
def test_no_feeling_is_found(text: str) -> None:
    assert REPLIES._replace(feelings=(feeling("scared", "scared"),)).feeling_in(text) is None


# The audience


@pytest.mark.parametrize(
    ("role", "facts", "audience"),
    [
        ("asks", {}, "young_person"),
        ("harmed", {"about": "self"}, "young_person"),
        ("harmed", {"about": "self", "writer_age": 14}, "young_person"),
        ("harmed", {"about": "self", "writer_age": 30}, "adult"),
        ("harmed", {"about": "friend"}, "other"),
        ("carer", {"about": "child"}, "parent"),
        ("professional", {"about": "pupil"}, "professional"),
        ("witness", {"writer_age": 14}, "other"),
        ("witness", {"about": "self"}, "young_person"),
        ("relative", {"about": "sibling"}, "other"),
        ("own_behaviour", {}, "self_concern"),
        ("own_behaviour", {"writer_age": 30}, "self_concern"),
        ("own_behaviour", {"writer_age": 15}, "young_person"),
    ],
)
def test_the_audience_follows_from_role_and_age(role: str, facts: Dict[str, Value], audience: Audience) -> None:
    told = {name: Fact(value, True, 1) for name, value in facts.items()}
    assert audience_of(Case(facts=told, role=Fact(role, True, 1))) == audience


# Wordings


def test_the_first_unused_wording_comes_with_its_key() -> None:
    assert unused(["A.", "B."], "key", ["key/0"]) == ("B.", "key/1")


def test_once_all_wordings_were_used_none_is_left() -> None:
    assert unused(["A.", "B."], "key", ["key/1", "key/0"]) is None


def test_wordings_of_another_key_do_not_count() -> None:
    assert unused(["A."], "key", ["another/0"]) == ("A.", "key/0")


# The summary


@pytest.mark.parametrize(
    ("audience", "facts", "line"),
    [
        ("young_person", {"writer_age": 14, "demand_money": True}, "you are 14 and someone wants money"),
        ("parent", {"about_age": 12, "image_sent": True}, "your child is 12 and your child sent a picture"),
        ("other", {"demand_images": True, "told": "nobody"}, "someone wants more pictures and nobody else knows yet"),
        (
            "young_person",
            {"writer_age": 14, "threat": True, "image_sent": True, "blocked": True},
            "you are 14, a picture was sent and you are being threatened",
        ),
    ],
    ids=["a child's", "a parent's", "a friend's", "the first three"],
)
def test_the_facts_are_summed_up_from_the_point_of_view_of_the_audience(
    audience: Audience, facts: Dict[str, Value], line: str
) -> None:
    assert REPLIES.summary.of(case_of(**facts), audience) == REPLIES.summary.sentence.format(known=line)


@pytest.mark.parametrize(
    ("audience", "facts"),
    [
        ("young_person", {"writer_age": 14}),
        ("young_person", {"demand_money": False, "paid": False}),
        ("self_concern", {"image_seen": True, "writer_age": 40, "image_sent": True}),
    ],
    ids=["one fact", "facts that are denied", "somebody who worries about their own behaviour"],
)
def test_too_little_is_not_summed_up(audience: Audience, facts: Dict[str, Value]) -> None:
    assert REPLIES.summary.of(case_of(**facts), audience) is None


def test_the_writers_own_behaviour_is_not_summed_up() -> None:
    told = case_of(writer_age=14, image_shared=True, image_received=True)
    assert REPLIES.summary.of(replace(told, role=Fact("own_behaviour", True, 1)), "young_person") is None


# The next step


def test_steps_are_given_in_order() -> None:
    assert next_step(case_of(), step("first"), step("second")) == "first"


def test_a_step_is_given_once() -> None:
    said = (step_key(step("first")),)
    assert next_step(case_of(said=said), step("first"), step("second")) == "second"


def test_a_step_whose_facts_do_not_hold_is_left_out() -> None:
    assert next_step(case_of(), step("paid", paid=True), step("any")) == "any"


def test_a_step_whose_facts_hold_is_given() -> None:
    assert next_step(case_of(paid=True), step("paid", paid=True), step("any")) == "paid"


def test_a_step_about_a_new_fact_comes_first() -> None:
    case = case_of(turn=2, knows_home=True).with_facts({"paid": Fact(True, True, 1), "knows_home": Fact(True, True, 2)})
    assert next_step(case, step("paid", paid=True), step("home", knows_home=True)) == "home"


def test_a_step_for_another_audience_is_left_out() -> None:
    assert next_step(case_of(), step("first", audience="parent")) is None


@pytest.mark.parametrize(
    ("case", "given"),
    [
        (case_of(), None),
        (case_of(threat=True), "first"),
        (replace(case_of(), role=Fact("witness", False, 1)), "first"),
    ],
    ids=["only a question", "harm", "what a friend went through"],
)
def test_steps_for_stories_are_only_for_writers_with_a_story(case: Case, given: Optional[str]) -> None:
    assert next_step(case, step("first"), for_stories=True) == given


def test_a_step_written_only_for_people_who_were_harmed_is_not_for_those_who_did_harm() -> None:
    case = replace(case_of(), role=Fact("own_behaviour", True, 1))
    for_both = step("both").copy(update={"words": {**step("both").words, "self_concern": ["This is both.", "Stop."]}})
    assert next_step(case, step("harmed"), for_both) == "both"


def test_somebody_who_turned_out_to_be_harmed_gets_the_steps_for_it() -> None:
    case = replace(case_of(), role=Fact("harmed", True, 2), topics_before=("worry_own_behaviour",))
    assert next_step(case, step("harmed")) == "harmed"


def test_another_topic_does_not_share_the_steps() -> None:
    assert next_step(Case(topic="bullying"), step("first")) is None


# Replies to a remark


def replies_to(role: str, audience: Audience = "young_person", **more: Any) -> List[str]:
    """Return the replies to a remark whose replies are written only for a young person."""
    remark = Remark(id="mocked", means="They laugh.", words={"young_person": [["A.", "B."], ["C.", "D."]]}, **more)
    case = replace(case_of(), role=Fact(role, True, 1))
    return REPLIES._replace(remarks={"mocked": remark}).replies_to("mocked", case, audience)


def test_the_sentences_of_a_reply_to_a_remark_are_joined() -> None:
    assert replies_to("harmed") == ["A. B.", "C. D."]


def test_an_audience_without_words_for_a_remark_gets_none() -> None:
    assert replies_to("carer", "parent") == []


def test_a_child_who_did_harm_is_not_comforted_like_one_who_was_harmed() -> None:
    assert replies_to("own_behaviour") == []


@pytest.mark.parametrize(
    "given",
    [{"topic": "young_person_harmful_behaviour"}, {"topics_before": ("worry_own_behaviour_young",)}],
    ids=["now", "before"],
)
def test_a_child_who_may_have_done_harm_is_not_comforted_like_one_who_was_harmed(given: Dict[str, Any]) -> None:
    case = replace(case_of(), **given)
    assert REPLIES.replies_to("blames_self", case, "young_person") == []


@pytest.mark.parametrize(("role", "given"), [("own_behaviour", 2), ("harmed", 0)])
def test_replies_about_own_behaviour_are_only_for_writers_who_worry_about_it(role: str, given: int) -> None:
    assert len(replies_to(role, own_behaviour=True)) == given


@pytest.mark.parametrize("remark", [None, "weather"])
def test_an_unknown_remark_has_no_replies(remark: Optional[str]) -> None:
    assert REPLIES.replies_to(remark, case_of(), "young_person") == []


# The replies in content/


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_two_replies_to_remarks_begin_with_the_same_sentence(audience: Audience) -> None:
    first = [sentences[0] for remark in REPLIES.remarks.values() for sentences in remark.words.get(audience, ())]
    assert sorted({sentence for sentence in first if first.count(sentence) > 1}) == []


@pytest.mark.parametrize("topic", TOPICS)
def test_every_audience_of_a_topic_gets_at_least_three_next_steps(topic: str) -> None:
    readers = {audience for reply in REPLIES.by_topic[topic] for audience in reply.heard}
    steps = [one for one in REPLIES.next_steps[topic].steps if not one.when]
    assert {audience for audience in readers if sum(audience in one.words for one in steps) < 3} == set()


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_two_next_steps_begin_with_the_same_sentence(audience: Audience) -> None:
    first = [
        one.words[audience][0] for file in REPLIES.next_steps.values() for one in file.steps if audience in one.words
    ]
    assert sorted({sentence for sentence in first if first.count(sentence) > 1}) == []


def test_every_next_step_has_its_own_id() -> None:
    names = [one.id for file in REPLIES.next_steps.values() for one in file.steps]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_default_reply_for_writers_who_ask_for_themselves(topic: str) -> None:
    default = REPLIES.by_topic[topic][-1]
    assert (default.when, default.intents) == ({}, None)
    assert {"young_person", "self_concern"} & set(default.heard)


def test_topics_that_need_no_short_replies_have_none() -> None:
    assert WITHOUT & set(REPLIES.by_topic) == set()


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_two_replies_acknowledge_in_the_same_words(audience: Audience) -> None:
    replies = [one for topic in REPLIES.by_topic.values() for one in topic]
    heard = [text for one in replies for text in one.heard.get(audience, [])]
    assert sorted({text for text in heard if heard.count(text) > 1}) == []


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_two_feelings_or_transitions_have_the_same_words(audience: Audience) -> None:
    said = [text for one in (*REPLIES.feelings, *REPLIES.transitions.values()) for text in one.words[audience]]
    assert sorted({text for text in said if said.count(text) > 1}) == []


def test_every_reply_has_its_own_id() -> None:
    names = [one.id for topic in REPLIES.by_topic.values() for one in topic]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_no_two_choices_under_a_reply_read_the_same() -> None:
    doubled = [
        (one.id, audience)
        for topic in REPLIES.by_topic.values()
        for one in topic
        for audience in one.heard
        for labels in [[choice.label for choice in one.choices if audience in choice.audiences]]
        if len(labels) != len(set(labels))
    ]
    assert doubled == []


def test_no_text_names_a_number_except_999() -> None:
    services = [service for name, service in LIBRARY.services.items() if name != EMERGENCY]
    numbers = {number for service in services for number in (service.phone, service.text) if number}
    named = re.compile("|".join(rf"(?<!\d){re.escape(number)}(?!\d)" for number in sorted(numbers)))
    assert [text for text in texts_of_replies() if named.search(text)] == []


def texts_of_replies() -> List[str]:
    return [
        text
        for topic in REPLIES.by_topic.values()
        for one in topic
        for texts in (*one.heard.values(), one.now.values(), [choice.label for choice in one.choices])
        for text in texts
    ]


# Content that cannot be used


@pytest.fixture
def content(tmp_path: Path) -> Path:
    copied = tmp_path / "content"
    shutil.copytree(CONTENT.base, copied)
    return copied


def problem_of(content: Path, name: str, before: str, after: str) -> "tuple[Problem, str]":
    """Replace `before` with `after` in a file. Check that this causes one problem, and return it with its line."""
    file = content / "en" / name
    text = file.read_text(encoding="utf-8")
    assert before in text
    text = text.replace(before, after, 1)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_replies(Content(content))
    (problem,) = caught.value.problems
    return problem, text.splitlines()[problem.line - 1]


def test_the_committed_content_can_be_used(content: Path) -> None:
    assert load_replies(Content(content)).by_topic.keys() == REPLIES.by_topic.keys()


@pytest.mark.parametrize(
    ("before", "after", "line", "mend"),
    [
        pytest.param(
            "topic: sextortion",
            "topic: extortion",
            "topic: extortion",
            "'extortion' is no topic of topics.yml; correct it",
            id="a topic that there is not",
        ),
        pytest.param(
            "when: {paid: true}",
            "when: {payed: true}",
            "- id: sextortion_paid",
            "in 'sextortion_paid' 'payed' cannot be 'True'; correct it",
            id="a fact that there is not",
        ),
        pytest.param(
            "when: {paid: true}",
            "when: {paid: maybe}",
            "- id: sextortion_paid",
            "in 'sextortion_paid' 'paid' cannot be 'maybe'; correct it",
            id="a value that a fact cannot have",
        ),
        pytest.param(
            "intents: [ask_sextortion]",
            "intents: [ask_extortion]",
            "- id: sextortion_what",
            "in 'sextortion_what' 'ask_extortion' is no intent; correct it",
            id="an intent that there is not",
        ),
        pytest.param(
            "facts: {paid: true}",
            "facts: {paid: true}, asks: pay",
            "- id: sextortion_money",
            "needs either what it asks or the facts that it tells; correct it",
            id="a choice that asks and tells",
        ),
        pytest.param(
            "- id: sextortion\n",
            "- id: sextortion\n  when: {threat: true}\n",
            "replies:",
            "the last reply fits every case; take its `when` away",
            id="no default",
        ),
        pytest.param(
            'young_person: "Pay nothing more, even if they rush you.',
            'young_person: "Pay nothing more, even if they rush you. ' + "Wait and see. " * 4,
            "now:",
            "shorten it to 22",
            id="too many words of what to do",
        ),
    ],
)
def test_a_wrong_reply_is_reported_with_file_line_and_correction(
    content: Path, before: str, after: str, line: str, mend: str
) -> None:
    problem, named = problem_of(content, "replies/sextortion.yml", before, after)
    assert (problem.file, named.strip()) == ("content/en/replies/sextortion.yml", line)
    assert mend in problem.message


@pytest.mark.parametrize(
    ("name", "before", "after", "mend"),
    [
        pytest.param(
            "danger.yml",
            '    - "If anyone is still not safe with that person, call 999."\n',
            "",
            "has 2 wordings for parent; write 3",
            id="too few wordings in danger",
        ),
        pytest.param(
            "danger.yml",
            '"If anyone is still not safe with that person, call 999."',
            '"If anyone is still not safe with that person, call 999. ' + "Wait and see. " * 3 + '"',
            "shorten it to 15",
            id="too many words in danger",
        ),
        pytest.param(
            "turns.yml",
            '    - "You need not explain everything. What would help now?"\n',
            "",
            "has 2 wordings for adult; write 3",
            id="a wording too few",
        ),
        pytest.param(
            "easier/sextortion.yml",
            "Do not copy the picture.",
            "Never copy the picture, and ask others not to.",
            "for young_person; shorten it to 32",
            id="too many easier words",
        ),
    ],
)
def test_wrong_words_are_reported_with_their_file_and_correction(
    content: Path, name: str, before: str, after: str, mend: str
) -> None:
    problem, _ = problem_of(content, name, before, after)
    assert problem.file == f"content/en/{name}"
    assert mend in problem.message


def test_an_audience_without_what_to_do_is_refused() -> None:
    with pytest.raises(ValueError, match="is for other readers than `heard`; write it for the same"):
        ShortReply(id="one", heard={"parent": ["A.", "B.", "C."]}, now={"young_person": "D."})


def test_a_reply_with_too_few_wordings_is_refused() -> None:
    with pytest.raises(ValueError, match="has 2 wordings for parent; write 3"):
        ShortReply(id="one", heard={"parent": ["A.", "B."]}, now={"parent": "D."})


def test_a_label_longer_than_a_button_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 40 characters"):
        Suggestion(label="x" * 41, asks="pay")
