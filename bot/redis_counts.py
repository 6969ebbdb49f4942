"""Counts uses and failed attempts in Redis, for several machines. See `Counts` in bot/rate_limit.py.

Each call is a single script, so it is atomic. Keys are hashed with a salt that is shared through Redis and expires
after an hour or a day, and each key expires with its window. While Redis is unavailable, each process keeps its own
counts.
"""

import hashlib
import logging
import secrets
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError, ResponseError

from bot.rate_limit import SALT_SECONDS, Counts, LocalCounts, Rule, Tries

logger = logging.getLogger(__name__)

#: Maximum seconds to wait for Redis before this process falls back on its own counts.
PATIENCE = 1.0
#: Maximum number of connections. A request waits for one rather than opening another.
CONNECTIONS = 8
#: Maximum seconds to wait for Redis at startup.
START_PATIENCE = 3.0
#: Seconds to wait before trying Redis again after a failure.
RETRY_EVERY = 5.0
#: How long used keys and failed attempts are remembered, in seconds.
REMEMBERED = 24 * 60 * 60
_PREFIX = "streetwise:"

#: Returns nothing if the caller's salt is no longer current, because it expired or was lost when Redis restarted.
_IF_SALT_IS_CURRENT = """
local salt = redis.call('GET', KEYS[1])
if not salt or redis.sha1hex(salt) ~= ARGV[1] then return false end
"""
#: Returns the current salt. If there is none, the proposed one becomes current.
_SALT = """
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2])
return redis.call('GET', KEYS[1])
"""
#: Returns the milliseconds to wait, or counts a use and returns 0. The uses are members of a set, sorted by time.
_WAIT = """
local time = redis.call('TIME')
local now, window = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - window)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then
  return redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2] + window - now
end
redis.call('ZADD', KEYS[2], now, ARGV[4])
redis.call('PEXPIRE', KEYS[2], window)
return 0
"""
_FORGIVE = "redis.call('ZPOPMAX', KEYS[2]) return 0"
_USE = "return redis.call('SET', KEYS[2], '', 'NX', 'EX', ARGV[2]) and 1 or 0"
_FAIL = """
redis.call('HSET', KEYS[2], 'last', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return {redis.call('HINCRBY', KEYS[2], 'failures', 1), ARGV[2]}
"""
_TRIES = "return redis.call('HMGET', KEYS[2], 'failures', 'last')"


class CountsError(RuntimeError):
    """Redis does not answer. The message says what to do."""


class Salt(NamedTuple):
    """A salt's name in Redis, and its lifetime in seconds."""

    name: str
    seconds: int


#: A key that is remembered for a day could not be found again if its salt lasted only an hour.
_OF_AN_HOUR, _OF_A_DAY = Salt("salt", SALT_SECONDS), Salt("salt-of-a-day", REMEMBERED)


class RedisCounts:
    """Counts in Redis. See `Counts`."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Use the Redis server at `url`, without connecting yet.

        Args:
            url: the server's URL.
            clock: returns the time in seconds, to decide when to try Redis again after a failure.
        """
        pool = BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=PATIENCE, decode_responses=True, **_patience(PATIENCE)
        )
        self._redis: "Redis[str]" = Redis(connection_pool=pool)
        self._clock = clock
        self._own: Counts = LocalCounts()
        self._salts: Dict[Salt, str] = {}
        self._away_until = 0.0
        self._is_away = False
        self._get_salt = self._redis.register_script(_SALT)
        self._scripts = {
            one: self._redis.register_script(_IF_SALT_IS_CURRENT + one)
            for one in (_WAIT, _FORGIVE, _USE, _FAIL, _TRIES)
        }

    @classmethod
    async def connect(cls, url: str) -> "RedisCounts":
        """Return counts in the Redis server at `url`, once it has answered.

        Raises:
            CountsError: the server does not answer, or denies access.
        """
        patient: "Redis[str]" = Redis.from_url(url, decode_responses=True, **_patience(START_PATIENCE))
        try:
            await patient.ping()
            await _warn_if_persistent(patient)
        except (RedisError, OSError) as error:
            raise CountsError(
                f"Redis at {_without_password(url)} cannot be used: {error}. Start it, correct STREETWISE_REDIS_URL, "
                "or unset it if there is only one machine."
            ) from error
        finally:
            await patient.close()
        return cls(url)

    async def wait(self, rule: Rule, key: str) -> float:
        """See `Counts`."""
        window = int(rule.window * 1000)
        arguments = [rule.uses, window, secrets.token_hex(8)]
        found = await self._run(_OF_AN_HOUR, _WAIT, rule.name, key, arguments)
        return await self._own.wait(rule, key) if found is None else max(0, int(float(found))) / 1000

    async def forgive(self, rule: Rule, key: str) -> None:
        """See `Counts`."""
        if await self._run(_OF_AN_HOUR, _FORGIVE, rule.name, key, []) is None:
            await self._own.forgive(rule, key)

    async def use(self, kind: str, key: str) -> bool:
        """See `Counts`."""
        found = await self._run(_OF_A_DAY, _USE, kind, key, [REMEMBERED])
        return await self._own.use(kind, key) if found is None else bool(found)

    async def fail(self, kind: str, key: str, now: int) -> Tries:
        """See `Counts`."""
        found = await self._run(_OF_A_DAY, _FAIL, kind, key, [now, REMEMBERED])
        return await self._own.fail(kind, key, now) if found is None else _tries(found)

    async def tries(self, kind: str, key: str) -> Tries:
        """See `Counts`."""
        found = await self._run(_OF_A_DAY, _TRIES, kind, key, [])
        return await self._own.tries(kind, key) if found is None else _tries(found)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()
        await self._redis.connection_pool.disconnect()

    async def _run(self, salt: Salt, script: str, kind: str, key: str, arguments: List[object]) -> Any:
        """Run a script for a key, and return its result, or None while Redis is unavailable."""
        if self._clock() < self._away_until:
            return None
        try:
            found = await self._salted(salt, script, kind, key, arguments)
            if found is None:
                # Another request may already have removed the salt.
                self._salts.pop(salt, None)
                found = await self._salted(salt, script, kind, key, arguments)
        except (RedisError, OSError) as error:
            self._away_until = self._clock() + RETRY_EVERY
            if not self._is_away:
                logger.error("Redis is away (%s). Until it answers, this process counts uses alone.", error)
            self._is_away = True
            return None
        if self._is_away:
            logger.warning("Redis answers again.")
        self._is_away = False
        return found

    async def _salted(self, salt: Salt, script: str, kind: str, key: str, arguments: List[Any]) -> Any:
        """Run a script for a key. Return None if the salt has changed in the meantime."""
        name = _PREFIX + salt.name
        if salt not in self._salts:
            proposed = [secrets.token_hex(32), salt.seconds]
            self._salts[salt] = await self._get_salt(keys=[name], args=proposed)
        value = self._salts[salt].encode()
        hashed = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=value, digest_size=16).hexdigest()
        is_current = hashlib.sha1(value).hexdigest()
        return await self._scripts[script](keys=[name, f"{_PREFIX}{kind}:{hashed}"], args=[is_current, *arguments])


async def _warn_if_persistent(redis: "Redis[str]") -> None:
    try:
        settings = {**await redis.config_get("save"), **await redis.config_get("appendonly")}
    except ResponseError:
        # Some services refuse CONFIG.
        return
    if settings.get("save") or settings.get("appendonly") == "yes":
        logger.warning("Redis writes hashes of addresses to its disk. Start it with --save '' --appendonly no.")


def _patience(seconds: float) -> Dict[str, Any]:
    return {"socket_timeout": seconds, "socket_connect_timeout": seconds}


def _tries(found: List[Optional[str]]) -> Tries:
    return Tries(int(found[0] or 0), int(found[1] or 0))


def _without_password(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
