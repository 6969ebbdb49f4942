"""How fast one conversation may go."""

import time
from collections import OrderedDict, deque
from typing import Callable, Deque

#: Messages allowed within the window, in seconds. A person in panic types fast; a script types faster.
MESSAGES = 40
WINDOW = 60.0
#: Conversations remembered at once.
REMEMBERED = 10_000


class RateLimit:
    """A sliding window for each key, in memory."""

    def __init__(
        self, messages: int = MESSAGES, window: float = WINDOW, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow `messages` within `window` seconds."""
        self._messages, self._window, self._clock = messages, window, clock
        self._times: "OrderedDict[str, Deque[float]]" = OrderedDict()

    def wait(self, key: str) -> float:
        """Seconds that `key` must wait; 0 where it may go on, and then this call counts."""
        now = self._clock()
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        while times and now - times[0] >= self._window:
            times.popleft()
        if len(times) >= self._messages:
            return self._window - (now - times[0])
        times.append(now)
        return 0.0
