import pytest
from clock import Clock

from bot.rate_limit import SALT_SECONDS, RateLimit


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limit(clock: Clock) -> RateLimit:
    return RateLimit(2, 60, clock)


def test_uses_within_the_limit_do_not_wait(limit: RateLimit) -> None:
    assert [limit.wait("a"), limit.wait("a")] == [0, 0]


def test_a_use_over_the_limit_waits_until_the_first_leaves_the_window(limit: RateLimit, clock: Clock) -> None:
    limit.wait("a")
    clock.now += 10
    limit.wait("a")
    assert limit.wait("a") == 50


def test_uses_are_allowed_again_after_the_window(limit: RateLimit, clock: Clock) -> None:
    limit.wait("a")
    limit.wait("a")
    clock.now += 60
    assert limit.wait("a") == 0


def test_each_key_has_its_own_limit(limit: RateLimit) -> None:
    limit.wait("a")
    limit.wait("a")
    assert limit.wait("b") == 0


def test_a_forgiven_use_no_longer_counts(limit: RateLimit) -> None:
    limit.wait("a")
    limit.wait("a")
    limit.forgive("a")
    assert limit.wait("a") == 0


def test_forgiving_an_unused_key_changes_nothing(limit: RateLimit) -> None:
    limit.forgive("a")
    assert [limit.wait("a"), limit.wait("a"), limit.wait("a")] == [0, 0, 60]


def test_no_key_is_kept_in_memory_in_plain_text(limit: RateLimit) -> None:
    limit.wait("192.0.2.44")
    assert "192.0.2.44" not in repr(vars(limit))


def test_the_same_key_is_stored_differently_in_each_limit() -> None:
    one, other = RateLimit(2), RateLimit(2)
    one.wait("a")
    other.wait("a")
    assert set(one._times).isdisjoint(other._times)


def test_a_new_salt_resets_every_count(limit: RateLimit, clock: Clock) -> None:
    limit.wait("a")
    before = set(limit._times)
    clock.now += SALT_SECONDS
    limit.wait("a")
    assert len(limit._times) == 1
    assert before.isdisjoint(limit._times)
