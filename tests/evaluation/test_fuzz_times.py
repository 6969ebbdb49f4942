"""The times that the fuzz report gives for each kind of request."""

from evaluation.fuzz.run import IN_TIME, Kind, kinds_of


def test_times_are_summarised_by_the_kind_with_which_a_description_begins() -> None:
    timed = [(IN_TIME / 2, "text: 'hello'"), (2 * IN_TIME, "text: 'a long one'"), (IN_TIME, "GET /, negative")]
    assert kinds_of(timed) == {"GET /": Kind(1, IN_TIME, 0), "text": Kind(2, 2 * IN_TIME, 1)}
