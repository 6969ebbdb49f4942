"""The report on speed: which targets count as reached, and how the report shows it."""

import pytest

from evaluation.processes import Cores, Memory
from evaluation.speed.assistants import DEFAULT, ENCODER, OURS, Compared, Measured
from evaluation.speed.closed_loop import Load
from evaluation.speed.report import Figures, judge, render
from evaluation.speed.sample import Sample, Sizes
from evaluation.speed.serving import Delay, Held, Ready, Serving

DEFAULTS = Measured(median=100.0, slow=150.0, cpu=120.0, ready=20.0, memory=900.0, rate=9.0)
OURS_MEASURED = Measured(median=7.0, slow=14.0, cpu=7.5, ready=4.0, memory=450.0, rate=150.0)
ALONE = Measured(median=5.0, slow=9.0, cpu=5.0, ready=2.0, memory=200.0, rate=150.0)
HELD = Held(Memory(1500.0, 1200.0), Memory(500.0, 400.0))
SERVING = Serving(
    one_core=Load(answered=600, refused=0, seconds=10.0, server=9.0, clients=1.0, machine=11.0),
    one=Load(answered=700, refused=0, seconds=10.0, server=10.5, clients=1.0, machine=12.0),
    two=Load(answered=1300, refused=0, seconds=10.0, server=17.0, clients=1.5, machine=19.0),
    held_by_one=Held(Memory(500.0, 420.0), Memory(500.0, 420.0)),
    held_by_two=HELD,
)
FIGURES = Figures(
    compared=Compared({OURS: OURS_MEASURED, DEFAULT: DEFAULTS, ENCODER: ALONE}, early=7.0, late=7.0),
    sample=Sample(used=Sizes(6_400, 30_008), whole=Sizes(76_507, 70_830)),
    ready=Ready(4.0, 450.0),
    echo=Load(answered=8000, refused=0, seconds=4.0, server=2.0, clients=2.0, machine=4.5),
    serving=SERVING,
    delay=Delay(pairs=240, alone=12.0, hard=110.0, median=8.0, slow=30.0, longest=60.0),
    cores=Cores((0, 1), (0, 1)),
)


def with_ours(**changed: float) -> Figures:
    kinds = {**FIGURES.compared.kinds, OURS: OURS_MEASURED._replace(**changed)}
    return FIGURES._replace(compared=FIGURES.compared._replace(kinds=kinds))


WORSE = {
    "slower than 15 ms": (with_ours(median=16.0), {"median", "ahead_of_earlier"}),
    "half as slow as the default": (with_ours(median=51.0), {"median", "fifth", "ahead", "ahead_of_earlier"}),
    "fewer messages a second": (with_ours(rate=35.0), {"rate", "ahead", "ahead_of_earlier"}),
    "not four times the default as once measured": (with_ours(rate=143.0), {"ahead_of_earlier"}),
    "more processor time": (with_ours(cpu=8.1), {"cpu"}),
    "a conversation slows down": (
        FIGURES._replace(compared=FIGURES.compared._replace(late=9.0)),
        {"long"},
    ),
    "late": (FIGURES._replace(ready=Ready(6.0, 450.0)), {"quarter"}),
    "very late": (FIGURES._replace(ready=Ready(13.0, 450.0)), {"ready", "quarter"}),
    "more memory": (FIGURES._replace(ready=Ready(4.0, 601.0)), {"memory"}),
    "a second process adds too little": (
        FIGURES._replace(serving=SERVING._replace(two=SERVING.two._replace(answered=1200))),
        {"two"},
    ),
    "one message in 240 waits too long": (FIGURES._replace(delay=FIGURES.delay._replace(longest=101.0)), {"delay"}),
}


def test_every_target_can_be_reached() -> None:
    assert all(judge(FIGURES).values())


@pytest.mark.parametrize(("figures", "lost"), WORSE.values(), ids=WORSE)
def test_missed_targets_are_named(figures: Figures, lost: "set[str]") -> None:
    assert {name for name, is_reached in judge(figures).items() if not is_reached} == lost


def test_the_report_says_no_for_a_missed_target() -> None:
    report = render(FIGURES._replace(ready=Ready(4.0, 700.0)))
    assert [line.partition(",")[0] for line in report.splitlines() if "**no**" in line] == ["| memory"]


@pytest.mark.parametrize(
    "told",
    [
        "30,008 n-grams; on all examples it would be 70,830",
        "| of which not the encoder: redaction, Rasa, the actions, the store | 2.0 ms | 2.5 ms | |",
        "| a bare Sanic server, one request | | 0.25 ms | 2,000 |",
        "| two workers, on both | 130 | 0 | 13.1 ms | 85 % | 8 % | 2 % | 153 |",
        "| two workers, compared with one process on the same two cores | 1.86 × | ≥ 1.8 × | yes |",
        "The clients ran on the same two cores",
    ],
)
def test_the_report_contains(told: str) -> None:
    assert told in render(FIGURES)
