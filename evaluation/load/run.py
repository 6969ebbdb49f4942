"""Sends more messages than the chat can answer: `python -m evaluation.load.run` writes `load-report.md`.

It first measures the capacity: messages answered per second, with as many people writing as the chat can answer at
once. Then it sends several times that many, evenly spaced, whether or not earlier ones have been answered. Some are
about danger, and some start conversations. The clients run on the same machine and use part of its processor, so only
shares and ratios can be compared between machines.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
from collections import Counter
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import yaml

from bot.chat.admission import WIDTH
from bot.content.library import load_library
from bot.templates import report_template
from evaluation import REPORTS
from evaluation.load.connection import Answer, Connections
from evaluation.server import Server

REPORT = REPORTS / "load-report.json"
TEMPLATE = Path(__file__).with_name("load-report.jinja")
TEXTS = Path(__file__).parent.parent / "speed" / "conversations.yml"
#: The load, as a multiple of the capacity, and its duration in seconds.
TIMES, SECONDS = 5.0, 20.0
#: The duration of the capacity measurement, in seconds.
MEASURED_FOR = 5.0
#: Number of requests for each one that is about danger, and for each one that starts a conversation.
DANGER_EVERY, START_EVERY = 40, 10
#: Messages about danger that the safety net recognises.
DANGER = ("i want to die", "im going to kill myself tonight", "i want to end it all")
#: Number of conversations, high enough that none reaches its message limit.
CONVERSATIONS = 400
#: Maximum messages per person in the capacity measurement, just below the limit per conversation.
MESSAGES_EACH = 39
#: Seconds within which an admitted message must be answered.
IN_TIME = 2.0
SEED = 1


class Sent(NamedTuple):
    """A request: its kind (message, danger or start), and its answer, or None if there was none."""

    kind: str
    answer: Optional[Answer]

    @property
    def status(self) -> str:
        """The status of the answer, or "none"."""
        return str(self.answer.status) if self.answer is not None else "none"

    @property
    def is_answered(self) -> bool:
        """Whether the message was answered, or the conversation started."""
        return self.answer is not None and self.answer.status in (200, 201)

    @property
    def is_refusal(self) -> bool:
        """Whether the request was refused properly, with the helplines and a time to try again."""
        if self.answer is None or self.answer.status != 503 or "retry-after" not in self.answer.headers:
            return False
        detail, services = str(self.answer.json["detail"]), load_library().services
        return all(str(services[name].phone) in detail for name in ("police_999", "childline", "samaritans"))


class Figures(NamedTuple):
    """The results of a measurement.

    `other` counts all other requests by the status of the answer, or as "none" if there was no answer. `seconds` maps
    "answered" and "refused" to the median, 95th percentile and longest response time.
    """

    capacity: float
    arrived: float
    sent: int
    answered: int
    refused: int
    other: Dict[str, int]
    danger: int
    danger_answered: int
    seconds: Dict[str, Tuple[float, float, float]]


def figures_of(capacity: float, arrived: float, sent: Sequence[Sent]) -> Figures:
    """Summarise the requests and their answers.

    Args:
        capacity: the messages per second that the chat can answer.
        arrived: the number of requests sent per second.
        sent: the requests and their answers.
    """
    answered = [one.answer.seconds for one in sent if one.is_answered and one.answer]
    refused = [one.answer.seconds for one in sent if one.is_refusal and one.answer]
    danger = [one for one in sent if one.kind == "danger"]
    return Figures(
        capacity,
        arrived,
        len(sent),
        len(answered),
        len(refused),
        dict(Counter(one.status for one in sent if not one.is_answered and not one.is_refusal)),
        len(danger),
        sum(one.is_answered for one in danger),
        {"answered": spread(answered), "refused": spread(refused)},
    )


def spread(seconds: List[float]) -> Tuple[float, float, float]:
    """Return the median, 95th percentile and maximum of the times, or zeros if there are none."""
    if len(seconds) < 2:
        return (0.0, 0.0, 0.0) if not seconds else (seconds[0],) * 3
    return statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1], max(seconds)


def reached(figures: Figures) -> Dict[str, bool]:
    """Return whether each target was reached, by description."""
    return {
        f"19 of 20 of those let in are answered within {IN_TIME:g} s": figures.seconds["answered"][1] <= IN_TIME,
        "the rest are refused with the helplines and when to try again": not figures.other,
        "19 of 20 refusals take less than half a second": figures.seconds["refused"][1] <= 0.5,
        "every message about danger is answered": figures.danger_answered == figures.danger,
    }


async def measure(url: str, times: float, seconds: float, conversations: int = CONVERSATIONS) -> Figures:
    """Measure the capacity of the server at `url`, then send `times` as many messages per second for `seconds`."""
    connections, texts = Connections(url), cycle(text for talk in yaml.safe_load(TEXTS.read_text()) for text in talk)
    try:
        tokens = await start(connections, conversations + WIDTH)
        capacity = await measure_capacity(connections, tokens[-WIDTH:], [next(texts) for _ in range(20)])
        generator, rate = random.Random(SEED), times * capacity
        loop = asyncio.get_running_loop()
        began, tasks = loop.time(), []
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            token = tokens[generator.randrange(conversations)]
            tasks.append(asyncio.create_task(_send(connections, number, token, next(texts))))
        arrived = len(tasks) / (loop.time() - began)
        return figures_of(capacity, arrived, await asyncio.gather(*tasks))
    finally:
        connections.close()


async def start(connections: Connections, number: int) -> List[str]:
    """Start conversations, a few at a time, and return their tokens."""
    tokens: List[str] = []
    while len(tokens) < number:
        answers = await asyncio.gather(*(connections.post("/chat/conversations") for _ in range(WIDTH)))
        tokens += [str(answer.json["token"]) for answer in answers if answer.status == 201]
    return tokens[:number]


async def measure_capacity(connections: Connections, tokens: Sequence[str], texts: Sequence[str]) -> float:
    """Keep one message in flight in each of these conversations, and return the number answered per second."""
    loop = asyncio.get_running_loop()
    ends_at, answered = loop.time() + MEASURED_FOR, 0

    async def write(token: str) -> None:
        nonlocal answered
        for number in range(MESSAGES_EACH):
            if loop.time() >= ends_at:
                return
            await connections.post("/chat/messages", {"text": texts[number % len(texts)]}, token)
            answered += 1

    began = loop.time()
    await asyncio.gather(*map(write, tokens))
    return answered / (loop.time() - began)


async def _send(connections: Connections, number: int, token: str, text: str) -> Sent:
    kind = "danger" if number % DANGER_EVERY == 0 else "start" if number % START_EVERY == 1 else "message"
    try:
        if kind == "start":
            return Sent(kind, await connections.post("/chat/conversations"))
        said = DANGER[number % len(DANGER)] if kind == "danger" else text
        return Sent(kind, await connections.post("/chat/messages", {"text": said}, token))
    except (OSError, EOFError, asyncio.TimeoutError):
        return Sent(kind, None)


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=float, default=TIMES, help="how many times the capacity arrives")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for how many seconds")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        server = Server(Path(directory) / "data")
        try:
            figures = asyncio.run(measure(server.chat, asked.times, asked.seconds))
        finally:
            server.stop()
    outcome = reached(figures)
    REPORT.write_text(json.dumps(figures._asdict(), indent=2) + "\n", encoding="utf-8")
    values = {"figures": figures, "reached": outcome, "asked": asked, "day": date.today().isoformat(), "width": WIDTH}
    report = report_template(TEMPLATE).render(values)
    REPORT.with_suffix(".md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
