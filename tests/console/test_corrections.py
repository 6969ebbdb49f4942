"""Corrections: one member of staff proposes an example and another decides. No message is copied."""

from typing import Any, Dict, Optional

import pytest
from console_client import Console, Member, turn

from bot.content.examples import known_examples, typed_intents
from bot.store.corrections import is_close
from bot.store.review_log import remove
from bot.store.schema import audit, conversations, corrections

SAID = "hes got a pic of me n says hell send it to my whole year group"
EXAMPLE = "an older lad keeps wanting selfies off me in bed and gets nasty if i dont"
INTENT = "disclose_image_pressure"
#: An example from data/nlu, in capitals and with question marks.
LEARNT = next(known for known, under in known_examples().items() if under == "ask_sextortion").upper() + "??"


@pytest.fixture
def number(console: Console) -> int:
    return console.keep("c", [turn(SAID, "ask_grooming", confidence=0.41, runner_up="disclose_bullying")])


def form(number: object, **values: Any) -> Dict[str, Any]:
    return {"number": number, "turn": 1, "intent": INTENT, "example": EXAMPLE, **values}


async def propose(console: Console, number: int, name: str = "rae", **values: Any) -> int:
    answer = await console.member(name).post("/corrections", form(number, **values))
    assert answer.status_code == 303, answer.text
    return int(console.rows(corrections)[-1].id)


async def decide(member: Member, correction_id: object, decision: Optional[str] = "approve") -> int:
    answer = await member.post(f"/corrections/{correction_id}/decide", {"decision": decision} if decision else {})
    return answer.status_code


@pytest.fixture
def distressing(console: Console) -> int:
    return console.keep("d", [turn(SAID, "disclose_image_pressure")])


async def test_proposing_a_message_itself_as_an_example_is_logged_as_a_view(console: Console, number: int) -> None:
    answer = await console.member().post("/corrections", form(number, example=SAID))
    assert answer.status_code == 422
    row = console.rows(audit)[-1]
    assert (row.action, row.subject, row.detail) == ("propose", str(number), '{"refused": "echo", "turn": 1}')


@pytest.mark.parametrize("example", [SAID, EXAMPLE])
async def test_nothing_is_revealed_about_a_folded_message(console: Console, distressing: int, example: str) -> None:
    answer = await console.member().post("/corrections", form(distressing, example=example, intent="ask_sextortion"))
    assert (answer.status_code, "Open the transcript first" in answer.text) == (409, True)


def state(console: Console) -> str:
    return str(console.rows(corrections)[0].state)


async def test_the_form_shows_how_a_turn_was_read(console: Console, number: int) -> None:
    page = (await console.member().get(f"/corrections/new?number={number}&turn=1")).text
    shown = ("ask_grooming", "What grooming is and what its signs are", "41%", "disclose_bullying")
    assert [one for one in shown if one not in page] == []


async def test_the_form_offers_only_intents_that_people_type(console: Console, number: int) -> None:
    page = (await console.member().get(f"/corrections/new?number={number}&turn=1")).text
    assert [intent for intent in typed_intents() if f'<option value="{intent}"' not in page] == []
    assert page.count("<option") == len(typed_intents()) + 1


async def test_the_form_says_what_the_chosen_intent_means(console: Console, number: int) -> None:
    page = (await console.member().get(f"/corrections/new?number={number}&turn=1&intent=ask_app_safety")).text
    assert '<div id="meaning"><p class="hint">Is a named app or game safe' in page


async def test_an_unknown_intent_in_the_address_selects_nothing(console: Console, number: int) -> None:
    answer = await console.member().get(f"/corrections/new?number={number}&turn=1&intent=<b>cars")
    assert (answer.status_code, "<b>cars" in answer.text) == (200, False)


@pytest.mark.parametrize("place", ["0", "2", "-1", "x", "", "9" * 30, "1.5", "²"])
async def test_an_unknown_turn_is_not_found(console: Console, number: int, place: str) -> None:
    assert (await console.member().get(f"/corrections/new?number={number}&turn={place}")).status_code == 404
    assert (await console.member().post("/corrections", form(number, turn=place))).status_code == 404


@pytest.mark.parametrize("which", ["0", "99", "-1", "x", "", "9" * 30])
async def test_an_unknown_conversation_is_not_found(console: Console, number: int, which: str) -> None:
    assert (await console.member().get(f"/corrections/new?number={which}&turn=1")).status_code == 404
    assert (await console.member().post("/corrections", form(which))).status_code == 404


async def test_the_opening_of_a_conversation_cannot_be_corrected(console: Console) -> None:
    number = console.keep("c", [turn("", "start_conversation"), turn(SAID)])
    assert (await console.member().get(f"/corrections/new?number={number}&turn=1")).status_code == 404


async def test_a_proposal_is_stored_with_the_reading_of_the_turn_and_logged(console: Console, number: int) -> None:
    await propose(console, number)
    row = console.rows(corrections)[0]
    assert (row.number, row.turn, row.read_as, row.intent, row.example) == (number, 1, "ask_grooming", INTENT, EXAMPLE)
    assert console.audited() == [("rae", "propose", str(number))]


async def test_no_word_of_the_writer_is_shown_or_stored(console: Console, number: int) -> None:
    rae = console.member()
    pages = [(await rae.get(f"/corrections/new?number={number}&turn=1")).text]
    pages.append((await rae.post("/corrections", form(number, example=SAID))).text)
    await propose(console, number)
    pages.append((await rae.get("/corrections")).text)
    assert [page for page in [*pages, str(console.rows(corrections))] if "whole year group" in page] == []


@pytest.mark.parametrize(
    "example",
    [
        SAID,
        SAID.upper() + "!!",
        "my whole year group he says he will send a pic of me hes got n to it",
        SAID + " and i do not know who can help me or what to say to mum or anyone in the morning",
        "n says hell send it to my whole year group",
    ],
    ids=["the same", "in capitals", "in another order", "with more", "a part"],
)
async def test_an_example_close_to_the_message_is_refused(console: Console, number: int, example: str) -> None:
    answer = await console.member().post("/corrections", form(number, example=example))
    assert (answer.status_code, "too close to what the person said" in answer.text) == (422, True)
    assert console.rows(corrections) == []


async def test_an_example_close_to_another_turn_of_the_conversation_is_refused(console: Console, number: int) -> None:
    console.keep("c", [turn("i met him on a game last summer holidays")])
    answer = await console.member().post("/corrections", form(number, example="met him on a game last summer holidays"))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("said", "example", "close"),
    [
        ("wotcha", "Wotcha!", True),
        ("wotcha", "wotcha mate", False),
        ("one two three four five", "one two three four six", False),
        ("one two three four five six", "one two three four five seven", True),
        ("one two three", "one two three four", False),
    ],
)
def test_close_means_the_same_words_or_more_than_four_in_five_of_at_least_four(
    said: str, example: str, close: bool
) -> None:
    assert is_close(said, example) is close


async def test_an_example_with_identifiers_is_refused_with_their_kinds(console: Console, number: int) -> None:
    mail = "@".join(("ann.other", "example.org"))
    answer = await console.member().post(
        "/corrections", form(number, example=f"he wants me to write to {mail} tonight")
    )
    assert (answer.status_code, "taken out of it: email" in answer.text, mail in answer.text) == (422, True, False)
    assert console.rows(corrections) == []


async def test_an_example_may_contain_placeholders(console: Console, number: int) -> None:
    await propose(console, number, example="some bloke called <name> keeps on at me to send him nudes")
    assert "called <name> keeps" in console.rows(corrections)[0].example


@pytest.mark.parametrize("example", ["", "  a ", "x" * 301, "word " * 700])
async def test_an_example_of_the_wrong_length_is_refused(console: Console, number: int, example: str) -> None:
    answer = await console.member().post("/corrections", form(number, example=example))
    assert (answer.status_code, "3 to 300" in answer.text) == (422, True)


async def test_a_text_of_ten_thousand_characters_is_refused(console: Console, number: int) -> None:
    answer = await console.member().post("/corrections", form(number, example="x" * 10_000))
    assert answer.status_code == 413


@pytest.mark.parametrize("intent", ["", "cars", "choose", "start_conversation", "nlu_fallback", "<b>"])
async def test_an_intent_that_nobody_types_is_refused(console: Console, number: int, intent: str) -> None:
    answer = await console.member().post("/corrections", form(number, intent=intent))
    assert (answer.status_code, "Choose what it means" in answer.text) == (422, True)


async def test_a_form_from_an_old_version_is_refused(console: Console, number: int) -> None:
    answer = await console.member().post("/corrections", {"number": number, "turn": 1, "text": EXAMPLE})
    assert answer.status_code == 422


async def test_a_refused_form_keeps_its_text_and_choice(console: Console, number: int) -> None:
    page = (await console.member().post("/corrections", form(number, intent="cars"))).text
    assert EXAMPLE in page
    page = (await console.member().post("/corrections", form(number, example="[x](y) is a place"))).text
    assert f'<option value="{INTENT}" selected>' in page


async def test_an_example_from_the_training_data_is_refused(console: Console, number: int) -> None:
    values = {"example": LEARNT, "intent": "ask_sextortion"}
    answer = await console.member().post("/corrections", form(number, **values))
    assert (answer.status_code, "has already learnt this" in answer.text) == (422, True)


async def test_an_example_of_another_intent_is_refused_with_its_name(console: Console, number: int) -> None:
    answer = await console.member().post("/corrections", form(number, example=LEARNT))
    assert (answer.status_code, "under ask_sextortion, and an example can have only" in answer.text) == (422, True)


async def test_square_brackets_are_refused_because_they_mark_entities(console: Console, number: int) -> None:
    answer = await console.member().post("/corrections", form(number, example="is [yubo](platform) fine for kids then"))
    assert (answer.status_code, "square brackets" in answer.text) == (422, True)


async def test_an_example_can_be_proposed_only_once(console: Console, number: int) -> None:
    await propose(console, number)
    answer = await console.member("kit").post("/corrections", form(number, example=EXAMPLE.capitalize() + "."))
    assert (answer.status_code, "already been proposed" in answer.text) == (422, True)


async def test_a_declined_example_may_be_proposed_again(console: Console, number: int) -> None:
    await decide(console.member("kit"), await propose(console, number), "decline")
    await propose(console, number)
    assert len(console.rows(corrections)) == 2


async def test_markup_in_an_example_is_shown_as_text(console: Console, number: int) -> None:
    await propose(console, number, example="he sent me <script>alert(1)</script> and wants nudes for it")
    page = (await console.member("kit").get("/corrections")).text
    assert ("<script>alert" in page, "&lt;script&gt;alert" in page) == (False, True)


@pytest.mark.parametrize(("decision", "becomes"), [("approve", "approved"), ("decline", "declined")])
@pytest.mark.parametrize("role", ["reviewer", "lead"])
async def test_a_second_person_decides(console: Console, number: int, role: str, decision: str, becomes: str) -> None:
    correction_id = await propose(console, number)
    assert await decide(console.member("kit", role), correction_id, decision) == 303
    assert state(console) == becomes
    assert console.audited()[-1] == ("kit", "decide", f"correction {correction_id}")


async def test_nobody_can_decide_on_their_own_proposal(console: Console, number: int) -> None:
    correction_id = await propose(console, number)
    assert await decide(console.member("rae"), correction_id) == 403
    assert (state(console), len(console.audited())) == ("proposed", 1)


async def test_staff_see_no_buttons_on_their_own_proposal(console: Console, number: int) -> None:
    correction_id = await propose(console, number)
    own, others = [(await console.member(name).get("/corrections")).text for name in ("rae", "kit")]
    assert [f"/corrections/{correction_id}/decide" in page for page in (own, others)] == [False, True]


async def test_a_second_decision_is_refused_and_the_first_is_shown(console: Console, number: int) -> None:
    correction_id = await propose(console, number)
    await decide(console.member("kit"), correction_id, "decline")
    answer = await console.member("lee", "lead").post(f"/corrections/{correction_id}/decide", {"decision": "approve"})
    assert (answer.status_code, "is already declined" in answer.text) == (409, True)
    assert state(console) == "declined"


@pytest.mark.parametrize("correction_id", ["99", "0", "-1", "x", "9" * 30])
async def test_an_unknown_correction_is_not_found(console: Console, correction_id: str) -> None:
    assert await decide(console.member(), correction_id) == 404


@pytest.mark.parametrize("decision", [None, "", "exported", "approved"])
async def test_an_unknown_decision_changes_nothing(console: Console, number: int, decision: Optional[str]) -> None:
    correction_id = await propose(console, number)
    assert await decide(console.member("kit"), correction_id, decision) == 400
    assert state(console) == "proposed"


async def test_a_correction_outlives_its_conversation_without_a_link_to_it(console: Console, number: int) -> None:
    await propose(console, number)
    conversation_id = console.rows(conversations)[0].id
    console.database.write_now(lambda connection: remove(connection, conversation_id))
    page = (await console.member("kit").get("/corrections")).text
    assert (EXAMPLE in page, "from a conversation that has been deleted" in page) == (True, True)


async def test_administrators_can_neither_read_nor_decide(console: Console, number: int) -> None:
    correction_id = await propose(console, number)
    ada = console.member("ada", "administrator")
    answers = [await ada.get("/corrections"), await ada.get(f"/corrections/new?number={number}&turn=1")]
    answers.append(await ada.post("/corrections", form(number)))
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert await decide(ada, correction_id) == 403


async def test_the_audit_log_contains_no_example(console: Console, number: int) -> None:
    await decide(console.member("kit"), await propose(console, number))
    assert EXAMPLE not in str(console.rows(audit))


@pytest.mark.parametrize("example", ["is ［southend］(place) a bad app", "is ﹇southend﹈ one", "is southend］{x} bad"])
async def test_unicode_variants_of_brackets_are_refused_too(console: Console, number: int, example: str) -> None:
    answer = await console.member().post("/corrections", form(number, example=example))
    assert (answer.status_code, console.rows(corrections)) == (422, [])


async def test_the_length_of_an_example_is_measured_as_stored(console: Console, number: int) -> None:
    # A single character that becomes eighteen when it is stored.
    answer = await console.member().post("/corrections", form(number, example="is this ok " + "\ufdfa" * 40))
    assert (answer.status_code, console.rows(corrections)) == (422, [])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hes odd\n- intent: greet\n  examples: |\n    - hi", "hes odd - intent: greet examples: | - hi"),
        ("hes odd\u2028- intent: greet", "hes odd - intent: greet"),
        ("hes odd\x1b\x00\ufeff and mean", "hes odd and mean"),
    ],
    ids=["lines", "separator", "control"],
)
async def test_an_example_is_stored_as_one_line_without_control_characters(
    console: Console, number: int, typed: str, kept: str
) -> None:
    await propose(console, number, example=typed)
    assert console.rows(corrections)[0].example == kept
