"""The tagger's training data: reproducible, with entities that are not ordinary words."""

from itertools import islice
from random import Random
from typing import Callable, List

import numpy as np
import pytest

from bot.redaction.lexicon import FIRST_NAMES
from bot.redaction.recognizers.base import Span
from bot.redaction.recognizers.tagger_features import NO_NAME, lists, tokens
from bot.redaction.recognizers.tagger_features import WORD_NAMES as BOTH
from bot.text.words import COMMON_WORDS, listed
from training.tagger.fake_entities import FakeEntities, Spelling, slip
from training.tagger.placeholder_templates import with_placeholder
from training.tagger.tagging import (
    Tagged,
    corpus,
    filled,
    marked,
    read_contexts,
    split,
    taught,
    templates_of,
    with_doubts,
)
from training.tagger.train import Recipe, Trainer, lesson

GENERAL = [
    f"{front}{back}" for front in ("velvet", "copper", "marble", "thunder") for back in ("ing", "ed", "ly", "s", "er")
]


@pytest.fixture(scope="module")
def entities() -> FakeEntities:
    return FakeEntities(GENERAL)


def makers(entities: FakeEntities) -> List[Callable[[Random], str]]:
    return [entities.name, entities.handle, entities.school]


def test_the_same_random_state_gives_the_same_fake_entities(entities: FakeEntities) -> None:
    again = FakeEntities(GENERAL)
    for one, other in zip(makers(entities), makers(again), strict=True):
        first, second = Random(5), Random(5)
        assert [one(first) for _ in range(200)] == [other(second) for _ in range(200)]


@pytest.mark.slow
def test_the_same_random_state_gives_the_same_lessons(entities: FakeEntities) -> None:
    examples = ["my mate <name> got a dm", "he told my sister at school", "is it illegal"]
    one, other = (corpus(examples, [marked("im [[name|zofia]]")], entities, Random(3)) for _ in range(2))
    assert list(islice(one, 5000)) == list(islice(other, 5000))


def test_fake_entities_are_varied(entities: FakeEntities) -> None:
    random = Random(1)
    for maker in makers(entities):
        assert len({maker(random) for _ in range(1000)}) > 700


def test_no_fake_entity_is_an_ordinary_word_unless_it_is_also_a_name(entities: FakeEntities) -> None:
    random = Random(2)
    words = listed(COMMON_WORDS) - listed(BOTH)
    for maker in makers(entities):
        assert not words.intersection(maker(random) for _ in range(2000))


def test_a_title_is_mostly_followed_by_a_surname(entities: FakeEntities) -> None:
    random = Random(4)
    first = listed(FIRST_NAMES)
    assert sum(entities.name(random, "mrs") in first for _ in range(400)) < sum(
        entities.name(random) in first for _ in range(400)
    )


def test_a_forbidden_word_is_never_made_up() -> None:
    spelling, random = Spelling(["anna", "hanna", "johanna"], frozenset({"anna"})), Random(1)
    assert "anna" not in {spelling.make(random) for _ in range(50)}


def test_a_typing_slip_keeps_the_first_letter() -> None:
    random = Random(1)
    assert all(slip("jessica", random)[0] == "j" for _ in range(50))


def test_a_fake_entity_replaces_its_placeholder(entities: FakeEntities) -> None:
    message = filled("told <name> at <school> about <handle>", entities, Random(6))
    assert [span.kind for span in message.spans] == ["name", "school", "handle"]
    left = message.text
    for span in reversed(message.spans):
        left = left[: span.start] + "?" + left[span.end :]
    assert left == "told ? at ? about ?"


def test_marks_of_other_kinds_are_not_taught() -> None:
    assert marked("ring [[phone|07700 900123]] or [[name|zofia]]") == Tagged(
        "ring 07700 900123 or zofia", [Span("", 5, 17), Span("name", 21, 26)]
    )


def test_a_marked_message_becomes_a_template() -> None:
    assert (
        templates_of(marked("[[name|zofia]] is [[handle|zo.x]] in [[postcode|CM1 1AA]]"))
        == "<name> is <handle> in CM1 1AA"
    )


def test_an_unmarked_listed_name_is_not_taught_as_an_ordinary_word() -> None:
    kinds = taught(with_doubts(Tagged("i told izzy about it", [])), Random(1)).kinds
    assert kinds == [0, 0, -1, 0, 0]


def test_names_are_sometimes_hidden_from_the_lists() -> None:
    random = Random(1)
    hidden = [taught(marked("[[name|jessica]]"), random).hidden[0] for _ in range(200)]
    assert 0 < hidden.count(NO_NAME) < 200


def test_relatives_strangers_and_schools_are_replaced_by_placeholders() -> None:
    made = {with_placeholder("someone messaged my sister about our school", Random(seed)) for seed in range(40)}
    assert made == {
        "<handle> messaged my sister about our school",
        "someone messaged <name> about our school",
        "someone messaged my sister about <school>",
    }


def test_there_are_enough_contexts_of_both_kinds() -> None:
    contexts = read_contexts()
    held = [text for text in contexts if "<" in text]
    assert len(held) >= 400
    assert len(contexts) - len(held) >= 300


def test_no_context_is_a_sentence_from_the_marked_messages() -> None:
    from training.tagger.tagging import read_marked

    sentences = {templates_of(message).lower() for message in read_marked() if len(message.text.split()) > 4}
    assert not sentences.intersection(text.lower() for text in read_contexts())


def test_folds_share_no_message() -> None:
    messages = [marked(str(number)) for number in range(10)]
    outside, inside = split(messages, 3, 1)
    assert inside == [1, 4, 7]
    assert not {messages[place].text for place in inside} & {message.text for message in outside}


def test_training_gives_the_same_result_each_time(entities: FakeEntities) -> None:
    known = lists(frozenset(GENERAL))
    examples = ["hello <name> how are you", "i was sad today and cried", "we went to the shop"] * 8
    material = lesson((taught(filled(text, entities, Random(n)), Random(n)) for n, text in enumerate(examples)), known)
    one, other = (Trainer(material, Recipe(epochs=3, batch=8)).run() for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert len(tokens(examples[0])) == 5
