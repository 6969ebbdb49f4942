"""Conversations retold in other words: the mistake is marked at its turn, and no message is copied."""

from typing import Any, Dict, List

import pytest
from console_client import Console, turn

from bot.case.facts import FACTS, as_value, as_word
from bot.console.labels import LABELS
from bot.console.retelling_form import Understood, fact_options, read_mistake, steps_of, understood
from bot.content.library import load_library
from bot.store.retellings import Retelling, in_states
from bot.store.review_log import remove
from bot.store.schema import conversations, retellings

SAID = ["someone from my sons class made a fake picture of him", "its going round the whole year", "who do i tell"]
TOLD = {1: "another pupil edited a photo of our boy", 2: "half of the school has it now", 3: "where can we report that"}


@pytest.fixture
async def number(console: Console) -> int:
    """The number of a conversation that rae has opened."""
    intents = ("disclose_deepfake", "disclose_image_spread", "ask_how_to_report")
    told: List[Dict[str, Any]] = [
        {"role": ["harmed", False], "about": ["self", False]},
        {"image_shared": [True, True]},
        {},
    ]
    number = console.keep(
        "c", [turn(text, intent, learned=new) for text, intent, new in zip(SAID, intents, told, strict=True)]
    )
    await console.member().post(f"/conversations/{number}/open")
    return number


def form(number: int, turn: int = 2, **values: str) -> Dict[str, Any]:
    texts = {f"text_{place}": TOLD[place] for place in range(1, turn + 1)}
    return {"number": number, "turn": turn, "kind": "role", "role": "carer", **texts, **values}


async def propose(console: Console, number: int, name: str = "rae", **values: Any) -> int:
    member = console.member(name)
    await member.post(f"/conversations/{number}/open")
    answer = await member.post("/corrections/conversations", form(number, **values))
    assert answer.status_code == 303, answer.text
    return int(console.rows(retellings)[-1].id)


def kept(console: Console) -> Retelling:
    return console.database.read_now(lambda c: in_states(c, ("proposed", "approved", "declined", "exported")))[-1]


async def test_the_form_asks_for_each_message_up_to_the_mistake(console: Console, number: int) -> None:
    page = (await console.member().get(f"/corrections/conversations/new?number={number}&turn=2")).text
    assert [place for place in (1, 2, 3) if f'name="text_{place}"' in page] == [1, 2]


async def test_a_transcript_links_to_the_form_at_each_message(console: Console, number: int) -> None:
    rae = console.member()
    await rae.post(f"/conversations/{number}/open")
    page = (await rae.get(f"/conversations/{number}")).text
    assert [
        turn for turn in (1, 2, 3) if f"/corrections/conversations/new?number={number}&amp;turn={turn}" in page
    ] == [1, 2, 3]


async def test_nothing_is_revealed_about_a_folded_conversation(console: Console, number: int) -> None:
    answer = await console.member("roy").post("/corrections/conversations", form(number))
    assert (answer.status_code, "Open the transcript first" in answer.text) == (409, True)


async def test_no_word_of_the_writer_is_shown_on_the_form(console: Console, number: int) -> None:
    page = (await console.member().get(f"/corrections/conversations/new?number={number}&turn=3")).text
    assert [text for text in SAID if text in page] == []


async def test_the_right_reading_is_in_the_annotation_of_the_last_message(console: Console, number: int) -> None:
    await propose(console, number)
    assert [step["role"] for step in kept(console).steps] == ["harmed", "carer"]


async def test_messages_are_stored_as_retold(console: Console, number: int) -> None:
    await propose(console, number)
    assert [step["user"] for step in kept(console).steps] == [TOLD[1], TOLD[2]]


async def test_a_mistake_is_stored_with_the_wrong_and_the_right_value(console: Console, number: int) -> None:
    await propose(console, number)
    assert kept(console).mistake == {"kind": "role", "was": "harmed", "right": "carer"}


async def test_understood_facts_are_annotated_at_their_message(console: Console, number: int) -> None:
    await propose(console, number)
    assert [step["facts"] for step in kept(console).steps] == [{"about": "self"}, {"image_shared": True}]


async def test_a_proposal_is_logged_without_its_words(console: Console, number: int) -> None:
    await propose(console, number)
    assert console.audited()[-1] == ("rae", "propose", str(number))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": ""}, "Choose what went wrong"),
        ({"kind": "mood"}, "Choose what went wrong"),
        ({"role": "harmed"}, "What would have been right?"),
        ({"role": "king"}, "What would have been right?"),
        ({"kind": "fact", "fact": "about_age=years", "years": "x"}, "The age is missing"),
        ({"kind": "fact", "fact": "about_age=years", "years": "999"}, "The age is missing"),
        ({"kind": "fact", "fact": "mood=low"}, "What would have been right?"),
        ({"kind": "missed_service", "missed_service": "childline"}, "What would have been right?"),
        ({"kind": "wrong_service", "wrong_service": "nspcc"}, "What would have been right?"),
        ({"kind": "reply", "better": " "}, "What would have been right?"),
        ({"text_1": ""}, "Message 1 needs 1 to"),
        ({"text_2": "we " * 101}, "Message 2 needs 1 to"),
        ({"text_2": "ring me on 07700 900123"}, "was taken out of message 2"),
        ({"text_1": SAID[0] + "!"}, "Message 1 has nearly the same words"),
        ({"text_2": "it is going round the whole year"}, "Message 2 has nearly the same words"),
    ],
)
async def test_an_invalid_form_is_explained_and_not_stored(
    console: Console, number: int, values: Dict[str, str], words: str
) -> None:
    answer = await console.member().post("/corrections/conversations", form(number, **values))
    assert (answer.status_code, words in answer.text) == (422, True)
    assert console.rows(retellings) == []


async def test_a_refused_form_keeps_its_text(console: Console, number: int) -> None:
    page = (await console.member().post("/corrections/conversations", form(number, kind=""))).text
    assert TOLD[1] in page


async def test_a_refused_form_drops_only_the_text_that_repeats_the_writers_words(console: Console, number: int) -> None:
    page = (await console.member().post("/corrections/conversations", form(number, text_1=SAID[0] + "!"))).text
    assert SAID[0] not in page
    assert TOLD[2] in page


@pytest.mark.parametrize("place", ["0", "9", "x", ""])
async def test_an_unknown_message_is_not_found(console: Console, number: int, place: str) -> None:
    answer = await console.member().get(f"/corrections/conversations/new?number={number}&turn={place}")
    assert answer.status_code == 404


async def test_a_late_message_is_refused_with_advice(console: Console) -> None:
    long = console.keep("c", [turn("what is grooming") for _ in range(14)])
    answer = await console.member().get(f"/corrections/conversations/new?number={long}&turn=13")
    assert (answer.status_code, "Choose an earlier message" in answer.text) == (409, True)


async def test_a_colleague_can_approve_a_retelling(console: Console, number: int) -> None:
    which = await propose(console, number)
    answer = await console.member("sam").post(f"/corrections/conversations/{which}/decide", {"decision": "approve"})
    assert (answer.status_code, kept(console).state) == (303, "approved")


async def test_nobody_can_approve_their_own_retelling(console: Console, number: int) -> None:
    which = await propose(console, number)
    answer = await console.member("rae").post(f"/corrections/conversations/{which}/decide", {"decision": "approve"})
    assert (answer.status_code, kept(console).state) == (403, "proposed")


async def test_a_decision_is_final(console: Console, number: int) -> None:
    which = await propose(console, number)
    await console.member("sam").post(f"/corrections/conversations/{which}/decide", {"decision": "decline"})
    answer = await console.member("lee").post(f"/corrections/conversations/{which}/decide", {"decision": "approve"})
    assert (answer.status_code, kept(console).state) == (409, "declined")


async def test_the_list_shows_the_wrong_and_the_right_value(console: Console, number: int) -> None:
    await propose(console, number)
    page = (await console.member("sam").get("/corrections/conversations")).text
    assert [word for word in (TOLD[1], "was harmed", "parent or carer") if word not in page] == []


async def test_a_retelling_outlives_an_erased_conversation_without_its_number(console: Console, number: int) -> None:
    await propose(console, number)
    which = console.rows(conversations)[0].id
    console.database.write_now(lambda c: remove(c, which))
    assert (kept(console).number, len(kept(console).steps)) == (None, 2)


# The functions behind the form

LIBRARY = load_library()
LAST = Understood(2, "ask_sextortion", "sextortion", "asks", "none", {"writer_age": 14}, {}, ("childline",))


def test_a_false_fact_is_removed_from_the_annotation() -> None:
    mistake = read_mistake({"kind": "fact", "fact": "writer_age=unknown"}, LAST, LIBRARY)
    steps = steps_of([LAST._replace(new={"writer_age": 14})], ["hello"], [False], mistake)
    assert (mistake["was"], steps[0]["facts"]) == ("writer_age=14", {})


def test_a_missed_age_is_added_to_the_annotation() -> None:
    mistake = read_mistake({"kind": "fact", "fact": "about_age=years", "years": "12"}, LAST, LIBRARY)
    assert steps_of([LAST], ["hello"], [False], mistake)[0]["facts"] == {"about_age": 12}


def test_a_shown_service_can_be_wrong() -> None:
    mistake = read_mistake({"kind": "wrong_service", "wrong_service": "childline"}, LAST, LIBRARY)
    assert mistake == {"kind": "wrong_service", "was": "childline", "right": "childline"}


@pytest.mark.parametrize("value", [True, False, 14, "outside", "under_18"])
def test_a_value_survives_the_form_unchanged(value: Any) -> None:
    assert as_value(as_word(value)) == value


def test_every_fact_and_value_on_the_form_has_a_label() -> None:
    words = [(name, value) for _, name, value in fact_options({})]
    assert [pair for pair in words if pair[0] not in LABELS["fact"] or pair[1] not in LABELS["value"]] == []


def test_understood_facts_accumulate_over_messages() -> None:
    said = [
        {**turn("a", "disclose_sextortion", learned={"threat": [True, True]}), "number": 1},
        {**turn("b", "disclose_sextortion", learned={"threat": None, "writer_age": [14, True]}), "number": 2},
    ]
    assert [dict(one.facts) for one in understood(said, LIBRARY)] == [{"threat": True}, {"writer_age": 14}]


def test_every_fact_of_a_case_has_a_label() -> None:
    assert set(FACTS) <= set(LABELS["fact"])
