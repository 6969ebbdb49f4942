"""The sample of the training data that `streetwise bench` trains Rasa's default pipeline on."""

from pathlib import Path

import pytest

from bot.content.examples import read_examples
from bot.rasa_runtime.training import fingerprint
from evaluation.speed import sample as sampling
from evaluation.speed.sample import Sizes, write_sample

CONFIG = "default.yml"
FILES = {
    CONFIG: "pipeline:\n- name: WhitespaceTokenizer\n- name: CountVectorsFeaturizer\n",
    "domain.yml": "intents: [greet, bye]\n",
    "data/stories/rules.yml": "rules: []\n",
    "data/nlu/entities.yml": """nlu:
- lookup: place
  examples: |
    - harlow
- intent: place
  examples: |
    - [harlow](place)
""",
    "data/nlu/small_talk.yml": """nlu:
- intent: greet
  metadata: {asker: parent}
  examples: |
    - hello there
    - good morning
    - hi all
- intent: greet
  examples: |
    - evening from [harlow](place)
- intent: bye
  examples: |
    - goodbye now
""",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(text)
    return tmp_path / "root"


@pytest.fixture(autouse=True)
def _two_examples_an_intent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "EXAMPLES", 2)


def test_each_intent_keeps_at_most_the_limit_of_examples(root: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", CONFIG, root)
    kept = read_examples(tmp_path / "sample" / "data" / "nlu")
    assert sorted(kept.values()) == ["bye", "greet", "greet", "place"]
    assert kept.items() <= read_examples(root / "data" / "nlu").items()


def test_lookup_tables_and_the_examples_that_need_them_are_kept(root: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", CONFIG, root)
    copied = tmp_path / "sample" / "data" / "nlu" / "entities.yml"
    assert copied.read_text() == FILES["data/nlu/entities.yml"]


def test_the_same_data_give_the_same_sample(root: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        write_sample(folder, CONFIG, root)
    first, second = (fingerprint(folder, CONFIG) for folder in folders)
    assert first == second


def test_examples_and_words_are_counted_in_the_sample_and_in_all_data(root: Path, tmp_path: Path) -> None:
    sizes = write_sample(tmp_path / "sample", CONFIG, root)
    assert sizes.used.examples == 4
    assert sizes.whole == Sizes(
        examples=6, vocabulary=len("hello there good morning hi all evening from harlow goodbye now".split())
    )
