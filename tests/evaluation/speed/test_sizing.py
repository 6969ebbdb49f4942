"""The number of people who can write at once: its projection from measurements, and the table in the documentation."""

import pytest

from evaluation.processes import Memory
from evaluation.speed.closed_loop import Load
from evaluation.speed.report import REPORT
from evaluation.speed.serving import Held, Serving, delay_of
from evaluation.speed.sizing import BEGIN, DOCUMENT, END, sizes, table, table_in, two_digits, with_table

SERVING = Serving(
    one_core=Load(answered=700, refused=0, seconds=10.0, server=9.9, clients=2.0, machine=13.0),
    one=Load(answered=800, refused=0, seconds=10.0, server=12.0, clients=2.0, machine=15.0),
    two=Load(answered=1200, refused=0, seconds=10.0, server=17.0, clients=2.0, machine=20.0),
    held_by_one=Held(Memory(500.0, 450.0), Memory(500.0, 450.0)),
    held_by_two=Held(Memory(1500.0, 1200.0), Memory(500.0, 400.0)),
)
EMPTY = f"before\n{BEGIN}\n{END}\nafter\n"


def test_one_and_two_cores_are_measured_and_more_are_projected() -> None:
    assert [(size.cores, size.how) for size in sizes(SERVING)] == [
        (1, "measured"),
        (2, "shared"),
        (2, "projected"),
        (4, "projected"),
        (8, "projected"),
    ]


def test_a_projected_rate_uses_all_cores_at_the_measured_cost() -> None:
    four = sizes(SERVING)[3]
    assert four.rate == pytest.approx(4 * 1200 / 17)


def test_each_further_worker_adds_the_memory_measured_for_one_of_two_workers() -> None:
    assert [size.memory for size in sizes(SERVING)] == [450.0, 1200.0, 1200.0, 2000.0, 3600.0]


def test_people_write_every_thirty_seconds_at_seventy_per_cent_load() -> None:
    assert sizes(SERVING)[0].people == two_digits(0.7 * 70 * 30)


@pytest.mark.parametrize(("value", "rounded"), [(0.0, 0), (7.9, 7), (1479.0, 1400), (99.0, 99), (100.0, 100)])
def test_numbers_of_people_are_rounded_down_to_two_digits(value: float, rounded: int) -> None:
    assert two_digits(value) == rounded


def test_the_table_in_a_document_is_replaced() -> None:
    written = with_table(with_table(EMPTY, "old"), table(sizes(SERVING)))
    assert table_in(written) == table(sizes(SERVING))
    assert written.startswith("before\n")
    assert written.endswith(f"{END}\nafter\n")


def test_a_document_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no"):
        with_table("no place", "table")


def test_the_operators_document_has_the_reports_figures() -> None:
    assert table_in(DOCUMENT.read_text(encoding="utf-8")) in REPORT.read_text(encoding="utf-8")


def test_a_delay_is_the_time_beyond_the_median_for_a_message_sent_alone() -> None:
    delay = delay_of(alone=[10.0, 12.0, 50.0], together=[*[13.0] * 39, 72.0], hard=[100.0, 120.0])
    assert (delay.pairs, delay.alone, delay.hard, delay.median, delay.longest) == (40, 12.0, 110.0, 1.0, 60.0)
