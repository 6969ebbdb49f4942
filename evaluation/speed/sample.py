"""A fixed sample of the training data, small enough to train Rasa's default pipeline on in minutes.

The time per message depends on the message and on the size of the network. The number of examples matters only because
it affects the size of the vocabulary, so the report states that size for the sample and for all examples.
"""

import hashlib
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Sequence

import yaml
from sklearn.feature_extraction.text import CountVectorizer

from bot.content.examples import BULLET, read_blocks, without_entities
from bot.settings import ROOT

#: The number of examples of each intent in the sample.
EXAMPLES = 100
#: The other files that a Rasa project needs. The last one has the lookup tables, and the examples that make Rasa use
#: them.
_UNCHANGED = ("domain.yml", "data/stories", "data/nlu/entities.yml")


class Sizes(NamedTuple):
    """The size of a training set for the default pipeline: its examples, and the distinct n-grams in them."""

    examples: int
    vocabulary: int


class Sample(NamedTuple):
    """The sizes of the sample and of all training data."""

    used: Sizes
    whole: Sizes


def write_sample(folder: Path, config: str, root: Path = ROOT) -> Sample:
    """Write a Rasa project with a sample of the examples into an empty folder, and return the sizes.

    Args:
        folder: the new project's directory.
        config: the default pipeline's configuration file, relative to both projects' directories.
        root: the project to sample.
    """
    for name in (*_UNCHANGED, config):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy
        copy(root / name, folder / name)
    files = sorted((root / "data" / "nlu").glob("*.yml"))
    examples = _examples(file for file in files if not (folder / "data" / "nlu" / file.name).exists())
    text = "\n".join(line for intent in sorted(examples) for line in _block(intent, sample(examples[intent])))
    (folder / "data" / "nlu" / "sample.yml").write_text(f'version: "3.1"\nnlu:\n{text}\n', encoding="utf-8")
    pipeline = yaml.safe_load((root / config).read_text(encoding="utf-8"))["pipeline"]
    return Sample(_sizes((folder / "data" / "nlu").glob("*.yml"), pipeline), _sizes(files, pipeline))


def sample(written: Sequence[str]) -> List[str]:
    """Return `EXAMPLES` of the examples, or all if there are fewer.

    The examples with the lowest hashes are chosen, so that adding a few examples changes little.
    """
    return sorted(written, key=lambda text: hashlib.sha256(text.encode("utf-8")).digest())[:EXAMPLES]


def _examples(files: Iterable[Path]) -> Dict[str, List[str]]:
    """Map each intent to its examples, as written in the files."""
    found: Dict[str, List[str]] = defaultdict(list)
    for path in files:
        for block in read_blocks(path.read_text(encoding="utf-8").splitlines()):
            found[block.intent] += block.written
    return found


def _block(intent: str, written: Iterable[str]) -> List[str]:
    return [f"- intent: {intent}", "  examples: |", *(f"{BULLET}{text}" for text in written)]


def _sizes(files: Iterable[Path], pipeline: Sequence[Mapping[str, Any]]) -> Sizes:
    """Count the examples in the files, and the n-grams that the pipeline's `CountVectorsFeaturizer`s find in them."""
    texts = [without_entities(text) for written in _examples(files).values() for text in written]
    vectorizers = [
        CountVectorizer(
            analyzer=component.get("analyzer", "word"),
            ngram_range=(component.get("min_ngram", 1), component.get("max_ngram", 1)),
        )
        for component in pipeline
        if component["name"] == "CountVectorsFeaturizer"
    ]
    return Sizes(len(texts), sum(len(vectorizer.fit(texts).vocabulary_) for vectorizer in vectorizers))
