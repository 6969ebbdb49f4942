"""The safety net: texts that it must catch, similar texts that it must not, and unreadable phrases."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.phrases import PatternError, Phrase, Sections, read_phrases, write_phrases
from bot.nlu.safety_net import WORDS, Phrases, SafetyNet, Verdict
from bot.settings import ROOT


@pytest.fixture(scope="module")
def net() -> Phrases:
    return Phrases.load()


def phrases(*patterns: str, **sections: str) -> Sections:
    """Return phrases of danger with these patterns, and one phrase for each other intent."""
    danger = [Phrase(id=pattern, pattern=pattern, match="", near=()) for pattern in patterns]
    others = {(intent,): [Phrase(intent, pattern, "", ())] for intent, pattern in sections.items()}
    return {**others, **({("disclose_danger",): danger} if danger else {})}


@pytest.mark.parametrize(
    "text",
    [
        "i want to kill myself",
        "i wanna kms",
        "im going to kill my self",
        "i want to die",
        "i wnt to dei",
        "I WANT TO DIEEEE",
        "thinking about suicide",
        "thinking about sucide",
        "im feeling suicidle",
        "my daughter is suicidal",
        "i dont want to be here anymore",
        "i don’t want to live anymore",
        "i cant go on like this anymore",
        "better off dead",
        "everyone would be better off without me",
        "i wish i was dead",
        "ive took an overdose",
        "just swallowed a load of pills",
        "gonna end it tonight",
        "hes left a suicide note",
        "no reason to live",
        "i want to go to sleep and never wake up",
        "my mate says hell top himself if i grass",
        "im going to do myself in",
        "my brother keeps saying hell off himself",
        "he wrote that he would do away with himself",
        "if she posts it ill neck myself",
    ],
)
def test_suicidal_words_are_caught(net: Phrases, text: str) -> None:
    find = net.find(text)
    assert find is not None
    assert find.intent == "disclose_suicidal"


@pytest.mark.parametrize("text", ["wannadie", "imgonnakillmyself", "killmyself tonight", "idontwanttobehereanymore"])
def test_suicidal_words_without_spaces_are_caught(net: Phrases, text: str) -> None:
    find = net.find(text)
    assert find is not None
    assert find.intent == "disclose_suicidal"


@pytest.mark.parametrize(
    "text", ["su1c1dal", "i want to d!e", "gonna k*ll myself", "s u i c i d a l", "s.u.i.c.i.d.a.l"]
)
def test_suicidal_words_in_disguise_are_caught(net: Phrases, text: str) -> None:
    find = net.find(text)
    assert find is not None
    assert find.intent == "disclose_suicidal"


@pytest.mark.parametrize(
    "text",
    ["quiero morir", "chcę umrzeć", "chce umrzec", "je veux mourir", "хочу умереть", "أريد أن أموت", "vreau să mor"],
)
def test_i_want_to_die_is_caught_in_languages_spoken_here(net: Phrases, text: str) -> None:
    find = net.find(text)
    assert find is not None
    assert find.intent == "disclose_suicidal"


@pytest.mark.parametrize("text", ["were together again", "a diehard fan", "themselves", "killjoy", "wants" * 40])
def test_ordinary_long_words_are_not_found(net: Phrases, text: str) -> None:
    assert net.find(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "i cut myself",
        "i cut myself on purpose",
        "ive been cutting myslef",
        "i self harm",
        "im selfharming",
        "she has cuts on her arms",
    ],
)
def test_self_harm_is_caught(net: Phrases, text: str) -> None:
    find = net.find(text)
    assert find is not None
    assert find.intent == "disclose_self_harm"


@pytest.mark.parametrize(
    "text",
    [
        "he is outside my house",
        "hes outsde my house right now",
        "he knows where i live and hes coming",
        "my daughter is missing",
        "my daughter is misssing",
        "she hasnt come home",
        "he raped me",
        "my stepdad touches me",
        "he's got a knife",
        "hes got a nife",
        "he said he will kill me",
        "he wont let me leave",
        "my dad hits me",
        "she went to meet him and isnt answering",
        "he is making me have sex",
    ],
)
def test_danger_is_caught(net: Phrases, text: str) -> None:
    find = net.find(text)
    assert find is not None
    assert find.intent == "disclose_danger"


@pytest.mark.parametrize(
    "text",
    [
        "i nearly died laughing",
        "they put up the photo and everyone is killing themselves laughing",
        "i could die of embarrassment",
        "this homework is killing me",
        "killing myself with revision",
        "he keeps killing me in fortnite",
        "he hits me up for lifts every friday",
        "i die in minecraft all the time",
        "he shot me in roblox",
        "have you seen suicide squad",
        "what is suicide in poker",
        "my parcel is missing",
        "the last page is missing",
        "locked me out of my account",
        "i always shoot myself in the foot with passwords",
        "help im trapped in this groupchat",
        "my hamster has gone missing",
        "i cut my finger",
        "burning calories",
        "i did it",
        "is roblox safe",
        "someone asked me for a photo",
        "",
    ],
)
def test_idioms_games_and_everyday_words_are_not_found(net: Phrases, text: str) -> None:
    assert net.find(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "im locked in the bathroom chat to me",
        "im trapped in his car chat now",
        "hell top himself up on the roof",
        "im not suicidal but ive took an overdose",
        "i dont want to die i just dont want to be here anymore",
        "not gonna kill myself. gonna jump off the bridge is all",
        "why not kill myself",
    ],
)
def test_an_exception_does_not_cancel_words_of_danger_next_to_it(net: Phrases, text: str) -> None:
    assert net.find(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "no im not suicidal i asked about snap",
        "im not even suicidal",
        "I do not want to die, I want to sleep",
        "im not gonna kill myself just tell me who to ring",
        "i wont hurt myself i promise",
        "omg im not going to die",
    ],
)
def test_denials_are_left_to_the_classifier(net: Phrases, text: str) -> None:
    assert net.find(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "i feel suicidal",
        "thinking of suicide",
        "i want to kms",
        "i want to die",
        "i just want to end it all",
        "she self harms",
        "my daughter is missing",
    ],
)
def test_words_about_a_person_raise_urgency_on_their_own(net: Phrases, text: str) -> None:
    find = net.find(text)
    assert find is not None
    assert find.sure


@pytest.mark.parametrize(
    "text",
    [
        "essay about juliet and suicide",
        "kms i left my lunch on the bus",
        "i would rather die than do the bleep test",
        "phones gonna die speak later",
        "lesson plans on self harm content",
        "gone missing: one left sock",
        "cant go on like this with this wifi",
    ],
)
def test_words_of_essays_games_and_jokes_do_not_raise_urgency_on_their_own(net: Phrases, text: str) -> None:
    find = net.find(text)
    assert find is not None
    assert not find.sure


@pytest.mark.parametrize(("share", "raised"), [(0.04, "disclose_suicidal"), (0.01, "feel_bad")])
def test_a_doubtful_phrase_raises_urgency_if_the_classifier_sees_a_little_danger(share: float, raised: str) -> None:
    message = Message({"text": "kms", "intent": {"name": "feel_bad", "confidence": 1 - share}})
    message.set("intent_ranking", [message.get("intent"), {"name": "disclose_danger", "confidence": share}])
    doubtful = {("doubtful", "disclose_suicidal"): [Phrase("kms", "kms", "", ())]}
    sections = {**phrases("help", disclose_suicidal="want"), **doubtful}
    net = SafetyNet({"agree_at": 0.03}, cast(ModelStorage, None), Resource("net"), sections)
    assert net.process([message])[0].get("intent")["name"] == raised


def test_a_doubtful_phrase_in_a_message_that_the_classifier_raised_is_only_a_hint() -> None:
    ranking = [{"name": "disclose_danger", "confidence": 0.3}, {"name": "feel_bad", "confidence": 0.7}]
    message = Message({"text": "kms", "intent": ranking[0], "intent_ranking": ranking})
    doubtful = {("doubtful", "disclose_suicidal"): [Phrase("kms", "kms", "", ())]}
    sections = {**phrases("help", disclose_danger="want"), **doubtful}
    net = SafetyNet({"agree_at": 0.03}, cast(ModelStorage, None), Resource("net"), sections)
    read = net.process([message])[0]
    assert (read.get("intent"), read.get("intent_ranking")) == ({**ranking[0], "hint": "disclose_suicidal"}, ranking)


@pytest.mark.parametrize("section", [("doubtful",), ("disclose_danger", "now")])
def test_phrases_without_an_intent_are_refused(section: "tuple[str, ...]") -> None:
    with pytest.raises(PatternError, match="Put them under an intent, or under 'doubtful' and an intent"):
        Phrases({section: [Phrase("help", "help", "", ())]})


def test_the_most_urgent_match_wins(net: Phrases) -> None:
    find = net.find("he hits me and i want to die")
    assert find is not None
    assert find.intent == "disclose_suicidal"


def test_an_exception_cancels_only_what_it_covers(net: Phrases) -> None:
    find = net.find("i die in minecraft all the time and i want to kill myself")
    assert find is not None
    assert find.words == "kill myself"


def read_set(name: str) -> "list[dict[str, Any]]":
    return [json.loads(line) for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()]


SETS = ["disguised.jsonl", "disguised_unseen.jsonl"]


@pytest.mark.parametrize("name", SETS)
def test_disguised_words_of_danger_are_recognised(net: Phrases, name: str) -> None:
    messages = [message for message in read_set(name) if message["intent"]]
    finds = [(message, net.find(message["text"])) for message in messages]
    missed = [message["text"] for message, find in finds if find is None or find.intent != message["intent"]]
    assert len(missed) <= 0.03 * len(messages), missed


@pytest.mark.parametrize("text", [one["text"] for name in SETS for one in read_set(name) if not one["intent"]])
def test_a_text_that_only_looks_disguised_is_not_danger(net: Phrases, text: str) -> None:
    assert net.find(text) is None


@pytest.mark.parametrize("text", ["want 2 kms", "i wanna kms 5 times a day", "kms rn"])
def test_kms_means_kilometres_only_after_a_number_that_counts_them(net: Phrases, text: str) -> None:
    assert net.find(text) is not None


def raised(text: str, metadata: "dict[str, Any] | None") -> str:
    message = Message({"text": text, "metadata": metadata, "intent": {"name": "greet", "confidence": 1.0}})
    net = SafetyNet({"agree_at": 0.03}, cast(ModelStorage, None), Resource("net"), phrases(disclose_suicidal="die"))
    return str(net.process([message])[0].get("intent")["name"])


def test_the_verdict_on_arrival_raises_a_message_whose_words_were_redacted() -> None:
    assert raised("im <name>", {"danger": Verdict("disclose_suicidal", True)}) == "disclose_suicidal"


def test_the_redacted_words_raise_nothing_if_nothing_was_found_on_arrival() -> None:
    assert raised("die", {"danger": Verdict(None, False)}) == "greet"


@pytest.mark.parametrize("metadata", [None, {}, {"removed": ["name"]}])
def test_a_message_without_a_verdict_is_read_by_the_safety_net(metadata: "dict[str, Any] | None") -> None:
    assert raised("die", metadata) == "disclose_suicidal"


@pytest.mark.parametrize("sent", [["disclose_suicidal", True], {"intent": "disclose_suicidal", "sure": True}])
def test_a_verdict_sent_by_a_client_raises_nothing(sent: Any) -> None:
    assert raised("hi", {"danger": sent}) == "greet"


@pytest.mark.parametrize("sent", [[None, False], {"intent": None, "sure": False}])
def test_a_verdict_sent_by_a_client_lowers_nothing(sent: Any) -> None:
    assert raised("die", {"danger": sent}) == "disclose_suicidal"


def test_the_places_of_a_match_leave_out_the_words_in_its_gap(net: Phrases) -> None:
    text = "gonna kill sarah and myself"
    assert [text[start:end] for start, end in net.places(text)] == ["kill", "myself"]


@pytest.mark.parametrize(
    ("phrase", "complaint"),
    [
        ("want to (die", "has a part '(die' that is not words, a/b, ~word, word?, # or ..."),
        ("Want to die", "has a part 'Want'"),
        ("~die", "lets 'die' be misspelt; it is too short, list its spellings"),
        ("~suicide/suicidal", "mixes ~ with alternatives; write two phrases"),
        ("want? ...", "needs at least one word that must be there"),
    ],
)
def test_an_unreadable_phrase_is_named_with_what_is_wrong(phrase: str, complaint: str) -> None:
    with pytest.raises(PatternError) as caught:
        Phrases({("disclose_suicidal",): [Phrase("an_id", phrase, "", ())]})
    assert str(caught.value).startswith(f"The safety net's phrase 'an_id': '{phrase}' {complaint}")


def test_an_exception_cancels_only_its_own_phrase() -> None:
    joke = Phrase("die", "want to die", "", (), but_not=("die laughing",))
    sections = {("disclose_danger",): [Phrase("laughing", "laughing at me", "", ())], ("disclose_suicidal",): [joke]}
    find = Phrases(sections).find("i want to die laughing at me")
    assert find is not None
    assert find.intent == "disclose_danger"


def test_written_phrases_are_read_back_unchanged(tmp_path: Path) -> None:
    sections = read_phrases(ROOT / "data" / "safety_net.yml", WORDS)
    write_phrases(sections, tmp_path / "safety_net.yml")
    assert read_phrases(tmp_path / "safety_net.yml", WORDS) == sections


def test_a_gap_matches_up_to_three_words() -> None:
    net = Phrases(phrases("going ... home"))
    assert [net.find(f"going {'very ' * n}home") is not None for n in range(5)] == [True, True, True, True, False]


def test_an_optional_word_may_be_missing() -> None:
    net = Phrases(phrases("want to? die"))
    assert [net.find(text) is not None for text in ("want to die", "want die", "want not die")] == [True, True, False]
