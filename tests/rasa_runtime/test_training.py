"""Shortcuts in training must not change the data that the model learns from."""

from pathlib import Path

import pytest
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_runtime.training import fingerprint, read_once

FILES = {
    "config.yml": "recipe: default.v1\nlanguage: en\npipeline: []\npolicies: []\n",
    "domain.yml": "version: '3.1'\nintents: [greet, goodbye]\n",
    "data/greet.yml": "version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - hi\n    - hello [Leeds](place)\n",
    "data/goodbye.yml": "version: '3.1'\nnlu:\n- intent: goodbye\n  examples: |\n    - bye\n",
    "data/places.yml": "version: '3.1'\nnlu:\n- lookup: place\n  examples: |\n    - Leeds\n",
    "data/synonyms.yml": "version: '3.1'\nnlu:\n- synonym: London\n  examples: |\n    - ldn\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def read(project: Path) -> TrainingData:
    files = str(project / "config.yml"), str(project / "domain.yml"), [str(project / "data")]
    return TrainingDataImporter.load_from_config(*files).get_nlu_data()


def test_reading_once_gives_the_same_data_as_rasa(project: Path) -> None:
    theirs = read(project)
    with read_once():
        ours = read(project)
    assert [example.data for example in ours.intent_examples] == [example.data for example in theirs.intent_examples]
    assert (ours.lookup_tables, ours.entity_synonyms) == (theirs.lookup_tables, theirs.entity_synonyms)


def test_rasas_own_reading_is_restored_afterwards() -> None:
    before = TrainingData.merge, RasaFileImporter.get_nlu_data
    with read_once():
        pass
    assert (TrainingData.merge, RasaFileImporter.get_nlu_data) == before


def test_other_weights_change_the_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged, own = fingerprint(), tmp_path / "tokenizer.json"
    own.write_text("{}")
    monkeypatch.setenv("STREETWISE_TOKENIZER", str(own))
    assert fingerprint() != packaged
