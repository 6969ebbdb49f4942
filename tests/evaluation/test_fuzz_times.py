"""The times that the fuzz report gives for each kind of request."""

from evaluation.fuzz.run import IN_TIME, Kind, Timed, kinds_of

LATE = 2 * IN_TIME
TIMED = [
    Timed(IN_TIME / 2, IN_TIME / 2, "text: 'hello'"),
    Timed(LATE, LATE, "text: 'a long one'"),
    Timed(LATE, IN_TIME / 2, "text: 'hello again, while the machine was busy'"),
    Timed(IN_TIME, IN_TIME, "GET /, negative"),
]


def test_times_are_summarised_by_the_kind_at_the_start_of_a_description() -> None:
    assert kinds_of(TIMED) == {"GET /": Kind(1, IN_TIME, 0, 0), "text": Kind(3, LATE, 2, 1)}
