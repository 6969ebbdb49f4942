"""The report on speed: what counts as reached, and that it says so."""

import pytest

from evaluation.speed.run import Measured, judge, render
from evaluation.speed.sample import Sample, Sizes

DEFAULT = Measured(median=100.0, slow=150.0, ready=20.0, memory=900.0, rate=9.0)
OURS = Measured(median=10.0, slow=14.0, ready=4.0, memory=450.0, rate=90.0)
SAMPLE = Sample(used=Sizes(6_400, 30_008), whole=Sizes(76_507, 70_830))


def test_everything_can_be_reached() -> None:
    assert all(judge(OURS, DEFAULT, growth=1.0).values())


@pytest.mark.parametrize(
    ("worse", "lost"),
    [
        ({"median": 16.0}, {"median"}),
        ({"median": 51.0}, {"median", "half", "fifth"}),
        ({"ready": 6.0}, {"quarter"}),
        ({"memory": 601.0}, {"memory"}),
        ({"rate": 44.0}, {"rate"}),
    ],
    ids=lambda value: str(value),
)
def test_what_is_not_reached_is_named(worse: "dict[str, float]", lost: "set[str]") -> None:
    reached = judge(OURS._replace(**worse), DEFAULT, growth=1.0)
    assert lost <= {name for name, is_reached in reached.items() if not is_reached}


def test_a_conversation_that_slows_down_is_noticed() -> None:
    assert not judge(OURS, DEFAULT, growth=1.3)["long"]


def test_the_report_says_no_where_something_was_not_reached() -> None:
    reached = judge(OURS._replace(memory=700.0), DEFAULT, growth=1.0)
    report = render({"ours": OURS._replace(memory=700.0), "default": DEFAULT}, 10.0, 10.0, reached, SAMPLE)
    assert [line for line in report.splitlines() if "**no**" in line] == [
        line for line in report.splitlines() if line.startswith("| memory")
    ]


def test_the_report_gives_the_vocabulary_of_the_sample_and_of_all_examples() -> None:
    report = render({"ours": OURS, "default": DEFAULT}, 10.0, 10.0, judge(OURS, DEFAULT, growth=1.0), SAMPLE)
    assert "30,008 n-grams; on all examples it would be 70,830" in report
