"""Measures how well several pipelines understand messages, and writes `docs/pipelines.md`.

Run it with `python -m evaluation.understanding.ablation`. Every pipeline learns from `data/nlu` and is measured on the
development set. The figures are for the classifier alone, without the safety net, "Do you mean …?" or the rules that
raise danger. The untuned encoder is all-MiniLM-L6-v2 as published. The tuned encoder, which the chat uses, consists of
ten layers of e5-small.
"""

import ctypes
import gc
import multiprocessing
import re
import statistics
import time
from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, NamedTuple, Sequence

import numpy as np
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data
from rich.console import Console

from bot.content.library import load_library
from bot.rasa_runtime.logs import configure_logging
from bot.settings import ROOT
from bot.templates import report_template
from evaluation.understanding.messages import DEVELOPMENT, Judged, measure, read_messages
from evaluation.understanding.pipelines import CachedEncoder, Data, Predict, all_pipelines, encoders

OUT = ROOT / "docs" / "pipelines.md"
TEMPLATE = Path(__file__).with_name("pipelines.jinja")
#: Two texts count as nearly the same if the cosine similarity of their untuned sentence vectors is above this.
NEAR = 0.9


class Row(NamedTuple):
    """A row of the table, for one pipeline."""

    name: str
    figures: Dict[str, Any]
    milliseconds: float
    minutes: float
    megabytes: float


def run(out: Path = OUT) -> None:
    """Train and measure each pipeline, and write the table."""
    configure_logging("ERROR")
    console = Console(stderr=True)
    library = load_library()
    examples = load_data(str(ROOT / "data" / "nlu")).intent_examples
    data = Data([e.get(TEXT) for e in examples], [e.get(INTENT) for e in examples])
    messages = read_messages(DEVELOPMENT, library.topics)
    untuned, tuned = encoders(data.texts)
    said = {"examples": len(data.texts), "messages": len(messages), **_overlap(untuned, data, messages)}
    rows = []
    for name, learn in all_pipelines(untuned, tuned).items():
        console.print(name)
        rows.append(_apart(_measured, name, learn, data, messages))
        out.write_text(_render(rows, said), encoding="utf-8")


def _overlap(untuned: CachedEncoder, data: Data, messages: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """Return the median cosine similarity between messages and their nearest examples, and how many exceed `NEAR`."""
    vectors = untuned.encode([message["text"] for message in messages])
    nearest = (vectors @ untuned.encode(data.texts).T).max(axis=1)
    return {"usual": float(np.median(nearest)), "near": int((nearest > NEAR).sum()), "limit": NEAR}


def _apart(work: Callable[..., Row], *arguments: Any) -> Row:
    """Run `work` in a separate process, where its memory can be measured on its own, and return the result."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=lambda: there.send(work(*arguments)))
    child.start()
    there.close()
    row: Row = here.recv()
    child.join()
    return row


def _measured(name: str, learn: Callable[[Data], Predict], data: Data, messages: Sequence[Dict[str, Any]]) -> Row:
    started = time.perf_counter()
    predict = learn(data)
    minutes = (time.perf_counter() - started) / 60
    return _row(name, predict, messages, minutes)


def _own_megabytes() -> float:
    """Return the memory that only this process uses, in MB, after freeing any that is no longer needed."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8")
    return sum(int(kilobytes) for kilobytes in re.findall(r"Private_\w+: +(\d+) kB", rollup)) / 1000


def _row(name: str, predict: Predict, messages: Sequence[Dict[str, Any]], minutes: float) -> Row:
    library, judged, took = load_library(), [], []
    for message in messages:
        started = time.perf_counter()
        intent = predict([message["text"]])[0]
        took.append(time.perf_counter() - started)
        read = {"topic": library.topic_of(intent), "intent": intent, "confidence": 1.0, "asker": "", "urgency": ""}
        judged.append(Judged(message, read))
    return Row(name, measure(judged), statistics.median(took) * 1000, minutes, _own_megabytes())


def _render(rows: Sequence[Row], said: Dict[str, Any]) -> str:
    return report_template(TEMPLATE).render(rows=rows, day=date.today().isoformat(), **said) + "\n"


if __name__ == "__main__":
    run()
