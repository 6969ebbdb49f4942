"""Two hours at half load: what counts as drift, and how the report shows it."""

from datetime import date
from typing import List

import pytest

from evaluation.load.soak import COMPARED, Window, drift_of, reached, render

CALM = Window(
    messages=100, failed=0, median=20, slow=40, longest=90, cpu=20, memory=500, stored=9, calculation=1.0, others=0.1
)
VALUES = {"rate": 29.0, "minutes": 70.0, "window": 10.0, "share": 0.5, "files": "ext4"}


def windows(**late: float) -> List[Window]:
    """Return a warm-up window, calm windows, and the same number of final windows with these values."""
    return [CALM] * (1 + COMPARED) + [CALM._replace(**late)] * COMPARED


def test_constant_values_are_not_drift() -> None:
    assert drift_of(windows()) == (0, 0)


def test_growing_memory_is_drift() -> None:
    assert drift_of(windows(memory=550)).memory == pytest.approx(0.1)


def test_slowing_down_with_the_machine_is_not_drift() -> None:
    assert drift_of(windows(slow=80, calculation=2.0)).slow == 0


def test_the_first_window_is_not_compared() -> None:
    first, *others = windows()
    assert drift_of([first._replace(memory=100), *others]).memory == 0


def test_too_few_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="takes 7 windows"):
        drift_of([CALM] * 6)


@pytest.mark.parametrize("late", [{"memory": 530}, {"slow": 45}, {"failed": 1}], ids=str)
def test_a_worse_value_at_the_end_misses_its_target(late: "dict[str, float]") -> None:
    assert list(reached(windows(**late)).values()).count(False) == 1


def test_the_report_has_a_row_for_each_window() -> None:
    rows = [line for line in render(windows(), VALUES, date(2026, 11, 30)).splitlines() if line.startswith("| 10 |")]
    assert rows == ["| 10 | 100 | 0 | 20 ms | 40 ms | 90 ms | 20.0 ms | 500 MB | 9 MB | 1.00 ms | 10 % |"]
