import pytest
from clock import Clock

from bot.rate_limit import SALT_SECONDS, RateLimit


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limit(clock: Clock) -> RateLimit:
    return RateLimit(2, 60, clock)


def test_as_many_uses_as_allowed_need_no_waiting(limit: RateLimit) -> None:
    assert [limit.wait("a"), limit.wait("a")] == [0, 0]


def test_one_more_waits_until_the_first_is_a_window_ago(limit: RateLimit, clock: Clock) -> None:
    limit.wait("a")
    clock.now += 10
    limit.wait("a")
    assert limit.wait("a") == 50


def test_after_the_window_it_goes_on(limit: RateLimit, clock: Clock) -> None:
    limit.wait("a")
    limit.wait("a")
    clock.now += 60
    assert limit.wait("a") == 0


def test_one_does_not_wait_for_another(limit: RateLimit) -> None:
    limit.wait("a")
    limit.wait("a")
    assert limit.wait("b") == 0


def test_a_use_that_is_forgiven_counts_no_more(limit: RateLimit) -> None:
    limit.wait("a")
    limit.wait("a")
    limit.forgive("a")
    assert limit.wait("a") == 0


def test_forgiving_what_was_not_used_changes_nothing(limit: RateLimit) -> None:
    limit.forgive("a")
    assert [limit.wait("a"), limit.wait("a"), limit.wait("a")] == [0, 0, 60]


def test_whoever_reads_its_memory_finds_no_key(limit: RateLimit) -> None:
    limit.wait("192.0.2.44")
    assert "192.0.2.44" not in repr(vars(limit))


def test_the_same_key_is_another_in_another_limit() -> None:
    one, other = RateLimit(2), RateLimit(2)
    one.wait("a")
    other.wait("a")
    assert set(one._times).isdisjoint(other._times)


def test_a_new_salt_forgets_every_count(limit: RateLimit, clock: Clock) -> None:
    limit.wait("a")
    before = set(limit._times)
    clock.now += SALT_SECONDS
    limit.wait("a")
    assert len(limit._times) == 1
    assert before.isdisjoint(limit._times)
