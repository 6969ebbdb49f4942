"""Several processes share counts in Redis, which stores nothing that identifies anybody."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from clock import Clock
from redis_server import RedisServer

from bot.rate_limit import Rule, Tries
from bot.redis_counts import RETRY_EVERY, CountsError, RedisCounts

RULE = Rule("messages", 40)


async def until_allowed(counts: RedisCounts, rule: Rule) -> None:
    while await counts.wait(rule, "a"):
        pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def one(redis_server: RedisServer) -> AsyncIterator[RedisCounts]:
    counts = await RedisCounts.connect(redis_server.url)
    yield counts
    await counts.close()


@pytest.fixture
async def other(redis_server: RedisServer, clock: Clock) -> AsyncIterator[RedisCounts]:
    counts = RedisCounts(redis_server.url, clock)
    yield counts
    await counts.close()


async def test_two_processes_together_allow_as_many_uses_as_one(one: RedisCounts, other: RedisCounts) -> None:
    waits = await asyncio.gather(*((one, other)[turn % 2].wait(RULE, "a") for turn in range(90)))
    assert len([wait for wait in waits if wait == 0]) == 40


async def test_a_use_over_the_limit_waits_for_the_rest_of_the_window(one: RedisCounts) -> None:
    rule = Rule("short", 1, 30)
    await one.wait(rule, "a")
    assert 0 < await one.wait(rule, "a") <= 30


async def test_uses_are_allowed_again_after_the_window(one: RedisCounts) -> None:
    rule = Rule("shorter", 1, 0.05)
    await one.wait(rule, "a")
    await asyncio.wait_for(until_allowed(one, rule), 10)


async def test_a_forgiven_use_no_longer_counts(one: RedisCounts, other: RedisCounts) -> None:
    rule = Rule("forgiven", 1)
    await one.wait(rule, "a")
    await other.forgive(rule, "a")
    assert await one.wait(rule, "a") == 0


async def test_a_form_can_be_used_only_once_across_processes(one: RedisCounts, other: RedisCounts) -> None:
    assert [await one.use("forms", "x"), await other.use("forms", "x"), await other.use("forms", "y")] == [
        True,
        False,
        True,
    ]


async def test_failed_sign_ins_under_a_name_are_counted_across_processes(one: RedisCounts, other: RedisCounts) -> None:
    await one.fail("names", "alex", 1000)
    await other.fail("names", "alex", 1005)
    assert [await one.tries("names", "alex"), await one.tries("names", "sam")] == [Tries(2, 1005), Tries(0, 0)]


async def test_redis_stores_only_hashed_keys_and_expires_them_with_their_window(one: RedisCounts) -> None:
    await one.wait(Rule("starts", 60), "192.0.2.44")
    keys = await one._redis.keys("*")
    lives = [await one._redis.ttl(key) for key in keys if "starts" in key]
    assert ("192.0.2.44" in str(keys), 0 < lives[0] <= 60) == (False, True)


async def test_the_salt_lasts_an_hour(one: RedisCounts) -> None:
    await one.wait(RULE, "b")
    assert 0 < await one._redis.ttl("streetwise:salt") <= 3600


async def test_all_processes_adopt_a_new_salt(one: RedisCounts, other: RedisCounts) -> None:
    rule = Rule("salted", 1)
    await asyncio.gather(one.wait(rule, "a"), other.wait(rule, "b"))
    await one._redis.delete("streetwise:salt")
    waits = await asyncio.gather(*(counts.wait(rule, "c") for counts in (one, other) for _ in range(5)))
    assert waits.count(0) == 1


async def test_each_process_counts_on_its_own_while_redis_is_down(
    redis_server: RedisServer, other: RedisCounts, clock: Clock
) -> None:
    redis_server.kill()
    waits = [await other.wait(RULE, "away") for _ in range(41)]
    redis_server.start()
    assert [wait > 0 for wait in waits] == [False] * 40 + [True]


async def test_redis_is_tried_again_after_a_while(redis_server: RedisServer, other: RedisCounts, clock: Clock) -> None:
    redis_server.kill()
    await other.use("forms", "asked again")
    redis_server.start()
    clock.now += RETRY_EVERY
    await other.use("forms", "asked again")
    assert await other._redis.keys("streetwise:forms:*") != []


async def test_a_redis_that_does_not_answer_is_reported_at_the_start_without_its_password() -> None:
    with pytest.raises(CountsError, match=r"127\.0\.0\.1:1 cannot be used.*STREETWISE_REDIS_URL") as refusal:
        await RedisCounts.connect("redis://:{}@127.0.0.1:1/0".format("secret"))
    assert "secret" not in str(refusal.value)
