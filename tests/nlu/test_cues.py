"""Cues: what people say outright about themselves, their name, danger and places."""

from typing import Dict, Optional

import pytest
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.cues import KINDS, CueExtractor, Cues, read_cues
from bot.nlu.phrases import PatternError, Phrase
from bot.settings import ROOT

CUES = read_cues(ROOT / "data" / "cues.yml")


@pytest.mark.parametrize(
    ("text", "asker"),
    [
        ("my son is being blackmailed", "parent"),
        ("someone sent my 9 yr old a link", "parent"),
        ("I'm a foster carer and he told me", "parent"),
        ("I'm a youth worker", "professional"),
        ("i am the designated safeguarding lead here", "professional"),
        ("one of my pupils was sent a picture", "professional"),
        ("I teach at a college", "professional"),
        ("found something on my husband's laptop", "other"),
        ("my nephew showed me", "other"),
        ("my son-in-law is strange with her", "other"),
    ],
)
def test_the_asker_is_found(text: str, asker: str) -> None:
    assert CUES.find(text)["asker"] == asker


@pytest.mark.parametrize(
    "text",
    [
        "my teacher is weird",
        "is he a coach",
        "someone keeps messaging me",
        "my sister did it",
        "my wife must not find out what I look at",
        "my thoughts about kids frighten me",
        "our talk with children in assembly",
    ],
)
def test_the_asker_is_not_guessed(text: str) -> None:
    assert "asker" not in CUES.find(text)


@pytest.mark.parametrize(
    "text",
    [
        "how can i report someone without giving my name",
        "no one can ever know its me who told",
        "i dont want to give my name",
        "can I stay anonymous",
        "i dont want anyone to know my name, not even police",
    ],
)
def test_the_wish_to_stay_anonymous_is_found(text: str) -> None:
    assert CUES.find(text)["anonymous"] == "true"


@pytest.mark.parametrize(
    "text",
    ["an anonymous account bullies me", "he knows my name", "nobody answers me", "whats your name", "my name is on it"],
)
def test_other_messages_about_names_do_not_ask_for_anonymity(text: str) -> None:
    assert "anonymous" not in CUES.find(text)


@pytest.mark.parametrize(
    "text", ["ok im safe now", "nobody is in danger", "she's safe with me", "we are no longer in danger"]
)
def test_the_end_of_danger_is_found(text: str) -> None:
    assert CUES.find(text)["danger"] == "no"


@pytest.mark.parametrize(
    "text", ["im not safe", "is roblox safe", "im in danger", "am i safe here", "how do i keep him safe"]
)
def test_other_messages_about_safety_do_not_end_danger(text: str) -> None:
    assert "danger" not in CUES.find(text)


PLACE = {"entity": "place", "value": "Scotland"}


@pytest.mark.parametrize(
    "text", ["a fella she met on insta is from Scotland", "hes from near Scotland", "some man from Scotland"]
)
def test_the_place_that_somebody_else_is_from_is_removed(text: str) -> None:
    place = {**PLACE, "start": text.index("Scotland"), "end": len(text)}
    (message,) = CueExtractor(CUES).process([Message({TEXT: text, ENTITIES: [place]})])
    assert message.get(ENTITIES) == []


@pytest.mark.parametrize("text", ["im from Scotland", "we are from Scotland", "shes in Scotland", "I live in Scotland"])
def test_the_place_of_the_writer_or_their_family_stays(text: str) -> None:
    place = {**PLACE, "start": text.index("Scotland"), "end": len(text)}
    (message,) = CueExtractor(CUES).process([Message({TEXT: text, ENTITIES: [place]})])
    assert "place" in entities(message)


def entities(message: Message) -> Dict[str, str]:
    return {e["entity"]: e["value"] for e in message.get(ENTITIES)}


def test_a_stated_asker_replaces_a_guessed_one() -> None:
    guessed = {"entity": "asker", "value": "young_person", "start": 0, "end": 6}
    (message,) = CueExtractor(CUES).process([Message({TEXT: "my son", ENTITIES: [guessed]})])
    assert entities(message)["asker"] == "parent"


def test_a_message_without_cues_keeps_the_guessed_asker() -> None:
    guessed = {"entity": "asker", "value": "young_person", "start": 0, "end": 6}
    (message,) = CueExtractor(CUES).process([Message({TEXT: "help me", ENTITIES: [guessed]})])
    assert entities(message) == {"asker": "young_person"}


NO_PHRASES = {(kind,): [] for kind in KINDS}


def test_an_invalid_expression_is_refused_by_name() -> None:
    with pytest.raises(PatternError, match="The cue 'my_child' is no regular expression"):
        Cues({**NO_PHRASES, ("asker", "parent"): [Phrase("my_child", "((", "", ())]})


def test_a_cue_with_exceptions_is_refused_by_name() -> None:
    with pytest.raises(PatternError, match="The cue 'my_child' has 'but_not'"):
        Cues({**NO_PHRASES, ("asker", "parent"): [Phrase("my_child", "my son", "", (), but_not=("my son in law",))]})


def test_a_missing_kind_is_refused_by_name() -> None:
    with pytest.raises(PatternError, match="The cues have no 'anonymous'"):
        Cues({kind: phrases for kind, phrases in NO_PHRASES.items() if kind != ("anonymous",)})


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("She's not missing she's upstairs in bed", True),
        ("NOBODY IS MISSING", True),
        ("oh they are not missing, sorry", True),
        ("my daughter isn't missing", True),
        ("she's not missing, is she?", False),
        ("nobody is missing except her", False),
        ("shes not missing, hes taken her", False),
        ("her friends say she's not missing but i dont believe them", False),
        ("he says shes not missing", False),
        ("shes not missing yet", False),
        ("no one is missing me", False),
    ],
)
def test_somebody_who_is_not_missing_is_found(text: str, is_found: bool) -> None:
    assert (CUES.find(text).get("missing") == "false") is is_found


@pytest.mark.parametrize(
    ("text", "is_less"),
    [
        ("nobody needs an ambulance?? shes fine", True),
        ("999? hes got a knife", False),
        ("999? are you sure? im scared", False),
        ("999 for my dad?", False),
        ("999 for overdose? shes took 20", False),
        ("nobody needs an ambulance its too late", False),
        ("should i call 999?", False),
        ("is it 999 or 101?", False),
        ("you keep saying 999 but he took my phone", False),
        ("nobody is hurt yet", False),
        ("nobody needs an ambulance yet but shes not breathing right", False),
    ],
)
def test_only_a_clear_refusal_of_help_makes_danger_less_likely(text: str, is_less: bool) -> None:
    assert (CUES.find(text).get("danger") == "less") is is_less


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yeh 80 last night", "yes"),
        ("aye like in ma pyjamas", "yes"),
        ("don't think so he's gone home", "no"),
        ("not that i know of", "no"),
        ("not that i know of but hes got a key", None),
        ("dont think so but hes outside", None),
        ("i dont think so but theres a man at the door", None),
        ("i dont think so hes got a knife", None),
        ("ya mum", None),
        ("maybe yeah. hes not picking up", "perhaps"),
        ("idk not like danger", "unsure"),
        ("yh hes outside", "yes"),
        ("what?? NO. i meant fortnite", "no"),
        ("no im not safe", None),
        ("no, he is here now", None),
        ("yeah, im fine", None),
        ("probably not", None),
    ],
)
def test_the_answer_at_the_start_of_a_message_is_found(text: str, answer: Optional[str]) -> None:
    assert CUES.find(text).get("answer") == answer


@pytest.mark.parametrize("text", ["they want me to ring but i wont", "the police wont do anything", "i wont tell her"])
def test_a_refusal_is_not_a_promise_to_stay_safe(text: str) -> None:
    assert "no_plan" not in CUES.find(text)


@pytest.mark.parametrize("text", ["is the ambulance coming?", "what if i called 999", "he called 999 on me"])
def test_mentioning_999_does_not_mean_that_help_was_called(text: str) -> None:
    assert "helped" not in CUES.find(text)


@pytest.mark.parametrize(
    "text", ["i didnt ask for this to happen", "its wrong i shouldnt have looked", "they dont get it"]
)
def test_a_story_is_not_a_complaint_about_the_chat(text: str) -> None:
    assert "missed" not in CUES.find(text)
