"""Content files are read with the line of each value, so that mistakes can be located."""

from pathlib import Path
from typing import Dict, List

import pytest

from bot.content.reader import ContentError, Document


def document(tmp_path: Path, text: str) -> Document:
    path = tmp_path / "words.yml"
    path.write_text(text, encoding="utf-8")
    return Document.read(path, "words.yml")


def test_yes_and_no_are_read_as_words(tmp_path: Path) -> None:
    assert document(tmp_path, "no: [yes, off]\n").parse(Dict[str, List[str]]) == {"no": ["yes", "off"]}


def test_true_is_read_as_a_boolean(tmp_path: Path) -> None:
    assert document(tmp_path, "open: true\n").parse(Dict[str, object]) == {"open": True}


def test_a_value_of_the_wrong_shape_is_reported_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"words.yml:3: 'b 1'"):
        document(tmp_path, "a: [1]\nb: [2,\n    x]\n").parse(Dict[str, List[int]])


def test_a_duplicate_key_is_reported_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"words.yml:3: .*'a' is there twice"):
        document(tmp_path, "a: 1\nb: 2\na: 3\n")


def test_invalid_yaml_is_reported_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"words.yml:2: is not YAML here"):
        document(tmp_path, "a: 1\nb: }\n")


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"words\.yml:1: is missing"):
        Document.read(tmp_path / "words.yml", "words.yml")


def test_texts_come_with_their_paths(tmp_path: Path) -> None:
    assert document(tmp_path, "a: [one, {b: two}]\n").texts() == [(["a", 0], "one"), (["a", 1, "b"], "two")]
