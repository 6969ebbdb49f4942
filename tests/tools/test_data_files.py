"""Changes to the files in data/nlu preserve every example."""

from itertools import pairwise

import pytest

from bot.content.examples import NLU_DIR
from bot.content.library import load_library
from bot.content.reader import ContentError
from tools.data.nlu_files import (
    ExamplesChangedError,
    Labels,
    contents,
    examples_of,
    formatted,
    nlu_files,
    rank_of,
    require,
    with_examples,
    without_lines,
)

RANK = rank_of(load_library())
HEAD = 'version: "3.1"\n\n# Two comments\n# at the top.\nnlu:\n'
PLACES = "- lookup: place\n  examples: |\n    - essex\n"
ASKS, TELLS = "ask_bullying", "disclose_bullying"


def block(intent: str, *texts: str, metadata: str = "") -> str:
    said = f"  metadata: {{{metadata}}}\n" if metadata else ""
    return f"- intent: {intent}\n{said}  examples: |\n" + "".join(f"    - {text}\n" for text in texts)


def format_(text: str) -> str:
    return formatted(text, "bullying.yml", RANK)


def problems(text: str) -> str:
    with pytest.raises(ContentError) as refused:
        format_(text)
    return str(refused.value)


def test_blocks_with_the_same_labels_become_one_whose_examples_keep_their_order() -> None:
    assert format_(HEAD + block(ASKS, "one") + block(TELLS, "two") + block(ASKS, "three")) == (
        HEAD + block(ASKS, "one", "three") + block(TELLS, "two")
    )


def test_blocks_are_in_the_order_of_intent_asker_and_urgency() -> None:
    parent, child = "asker: parent, urgency: none", "asker: young_person, urgency: none"
    ordered = [
        block(ASKS, "a"),
        block(ASKS, "b", metadata="urgency: none"),
        block(ASKS, "c", metadata=parent),
        block(ASKS, "d", metadata=child),
        block(TELLS, "e"),
    ]
    assert format_(HEAD + "".join(reversed(ordered))) == HEAD + "".join(ordered)


def test_an_unknown_asker_is_written_as_no_asker() -> None:
    text = HEAD + block(ASKS, "one", metadata="asker: unknown, urgency: none")
    assert format_(text) == HEAD + block(ASKS, "one", metadata="urgency: none")


def test_a_duplicate_example_with_the_same_labels_is_written_once() -> None:
    assert format_(HEAD + block(ASKS, "one", "one") + block(ASKS, "one")) == HEAD + block(ASKS, "one")


def test_other_blocks_and_the_comments_at_the_top_are_unchanged() -> None:
    text = HEAD + block(ASKS, "in [essex](place)") + "\n" + PLACES
    assert format_(text) == HEAD + PLACES + block(ASKS, "in [essex](place)")


def test_windows_line_endings_are_converted() -> None:
    text = HEAD + block(ASKS, "one")
    assert format_(text.replace("\n", "\r\n")) == text


@pytest.mark.parametrize(
    "text", ["- he said: pay", "#lost {one} \\ two", "'it\"s | >", "<name> 😰 é\u00a0", "trailing "]
)
def test_an_example_is_kept_exactly(text: str) -> None:
    assert [one.text for one in examples_of(format_(HEAD + block(ASKS, text)), "")] == [text]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (block(ASKS, "one") + "# why\n", "bullying.yml:9: is a comment inside the examples; move it to the top"),
        (block(ASKS, "one") + "   - two\n", "bullying.yml:9: '- two' does not fit the layout"),
        (block(ASKS, "one", metadata="source: book"), "bullying.yml:7: 'metadata: {source: book}' does not fit"),
        (block(ASKS, "one", metadata="asker: cat"), "bullying.yml:7: 'cat' is no asker; it may be parent"),
        (block(ASKS, "one", metadata="urgency: high"), "bullying.yml:7: 'high' is no urgency; it may be none"),
        (
            block(ASKS, "one") + block(ASKS, "one", metadata="urgency: none"),
            "bullying.yml:12: 'one' has another asker or urgency in line 8; delete one of the two",
        ),
    ],
    ids=["comment", "indentation", "metadata", "asker", "urgency", "two labels"],
)
def test_a_line_that_formatting_would_lose_or_cannot_resolve_is_refused_by_number(text: str, said: str) -> None:
    assert said in problems(HEAD + text)


def test_a_file_that_is_not_yaml_is_refused_with_the_line() -> None:
    assert "bullying.yml:4: is not YAML here" in problems('version: "3.1"\nnlu:\n- lookup: [a\n- intent: x\n')


def test_a_change_that_loses_an_example_is_an_error() -> None:
    text = HEAD + block(ASKS, "one", "two")
    with pytest.raises(ExamplesChangedError, match=r"Lost: .*'two'"):
        require(contents(HEAD + block(ASKS, "one"), ""), contents(text, ""))


def test_a_change_that_moves_an_example_to_other_labels_is_an_error() -> None:
    with pytest.raises(ExamplesChangedError, match="Not there before"):
        require(contents(HEAD + block(TELLS, "one"), ""), contents(HEAD + block(ASKS, "one"), ""))


def test_an_example_is_added_to_the_end_of_the_first_block_with_its_labels() -> None:
    text = HEAD + block(ASKS, "a", metadata="asker: parent") + block(ASKS, "b") + block(TELLS, "c") + block(ASKS, "d")
    assert with_examples(text, "", {Labels(ASKS): ["new"]}, RANK) == text.replace("- b\n", "- b\n    - new\n")


def test_a_new_block_is_put_where_formatting_keeps_it() -> None:
    text = HEAD + block(ASKS, "a") + block(TELLS, "b")
    changed = with_examples(text, "", {Labels(ASKS, "parent", "none"): ["new"], Labels(TELLS, "other"): ["last"]}, RANK)
    assert changed == format_(changed)


def test_a_file_without_a_final_newline_gets_one() -> None:
    text = HEAD + block(ASKS, "a")
    assert with_examples(text.rstrip("\n"), "", {Labels(ASKS): ["b"]}, RANK) == HEAD + block(ASKS, "a", "b")


def test_examples_are_removed_by_line_and_all_others_stay() -> None:
    text = HEAD + block(ASKS, "one", "two", "three")
    lines = [one.line for one in examples_of(text, "") if one.text == "two"]
    assert without_lines(text, "", lines) == HEAD + block(ASKS, "one", "three")


def test_removing_a_line_that_is_not_an_example_is_an_error() -> None:
    with pytest.raises((ExamplesChangedError, ContentError)):
        without_lines(HEAD + PLACES + block(ASKS, "one"), "", [8])


@pytest.mark.slow
def test_formatting_our_data_keeps_every_example_and_changes_nothing_the_second_time() -> None:
    for name, text in nlu_files(NLU_DIR).items():
        once = formatted(text, name, RANK)
        # This does not rely on the module's own check.
        assert sorted(one[:2] for one in examples_of(once, "")) == sorted(one[:2] for one in examples_of(text, ""))
        assert formatted(once, name, RANK) == once
        labels = [one.labels for one in examples_of(once, "")]
        assert sum(one != other for one, other in pairwise(labels)) == len(set(labels)) - 1


@pytest.mark.slow
def test_our_data_are_formatted() -> None:
    assert [name for name, text in nlu_files(NLU_DIR).items() if formatted(text, name, RANK) != text] == []
