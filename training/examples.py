"""Reads the training examples as parallel lists of texts, intents, askers and urgencies."""

import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

import numpy as np
import yaml
from numpy.typing import NDArray

from bot.content.library import load_library
from bot.content.models import URGENCIES
from bot.nlu.linear import in_calibration_split
from bot.settings import ROOT

EXAMPLES = ROOT / "data" / "nlu"
UNKNOWN = "unknown"

Numbers = NDArray[np.int32]

#: An annotated entity, such as `[Colchester](place)`. Only the text in square brackets is used here.
_ENTITY = re.compile(r"\[([^\]]+)\]\(\w+\)")


class Examples(NamedTuple):
    """Parallel lists of length n, and the lists of names that their indices refer to."""

    texts: List[str]
    intents: Numbers
    """(n,) indices into `intent_names`."""
    askers: Numbers
    """(n,) indices into `asker_names`, or -1 if the example's block does not give an asker."""
    urgencies: Numbers
    """(n,) indices into `URGENCIES`, or -1 if the example's block does not give an urgency."""
    intent_names: List[str]
    asker_names: List[str]
    topic_of: Numbers
    """(number of intents,) the topic of each intent, as an index into `topic_names`."""
    topic_names: List[str]


def read_examples(folder: Path = EXAMPLES) -> Examples:
    """Read the examples in a folder of Rasa NLU files, in order, leaving out the calibration split."""
    texts: List[str] = []
    intents: List[str] = []
    askers: List[str] = []
    urgencies: List[str] = []
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            if "intent" not in block:
                continue
            said = block.get("metadata") or {}
            for line in block["examples"].splitlines():
                text = _ENTITY.sub(r"\1", line.strip()[2:].strip())
                if text and not in_calibration_split(text):
                    texts.append(text)
                    intents.append(block["intent"])
                    askers.append(said.get("asker", UNKNOWN))
                    urgencies.append(said.get("urgency", UNKNOWN))
    library = load_library()
    intent_names = sorted(set(intents))
    asker_names = sorted(set(askers) - {UNKNOWN})
    topic_names = sorted({library.topic_of(name) for name in intent_names})
    return Examples(
        texts=texts,
        intents=_numbers(intents, intent_names),
        askers=_numbers(askers, asker_names),
        urgencies=_numbers(urgencies, URGENCIES),
        intent_names=intent_names,
        asker_names=asker_names,
        topic_of=_numbers([library.topic_of(name) for name in intent_names], topic_names),
        topic_names=topic_names,
    )


def _numbers(values: Sequence[str], names: Sequence[str]) -> Numbers:
    index: Dict[str, int] = {name: number for number, name in enumerate(names)}
    return np.array([index.get(value, -1) for value in values], dtype=np.int32)
