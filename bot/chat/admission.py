"""Decides which message to answer next, and which to refuse because the chat is too busy.

`Line` is the request queue. It orders the waiting messages, measures the time per message, and refuses messages that
would wait too long. `Gate` makes the requests themselves wait.

Messages are answered in order of arrival. A conversation that sends faster than `PACE` is treated as if it had kept to
that pace, so it waits behind the others and is refused first. Messages that indicate danger have their own queue, ahead
of the others. See docs/decisions/0033.
"""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import AsyncIterator, Callable, Dict, List, NamedTuple, Optional, Set

#: The maximum and minimum number of messages answered at once, and the maximum total time that they should take, in
#: seconds. They share one processor, so a slower chat answers fewer at once.
WIDTH, LEAST_WIDTH, TOGETHER = 8, 2, 0.3


class Patience(NamedTuple):
    """The longest that a message may wait, in seconds: the expected wait on arrival, and the actual wait.

    A message that meets the first limit can miss the second only if the chat has slowed down in the meantime.
    """

    foreseen: float
    most: float


#: Messages that indicate danger may wait longer, because people in danger would rather wait for an answer than be
#: refused one.
CALM, DANGER = Patience(1.2, 1.5), Patience(4.0, 5.0)
#: Maximum length of each of the two queues, however fast the chat is.
MOST_WAITING = 200
#: Seconds per message: the initial estimate, and the minimum and maximum of a measurement. A single message that hangs
#: must not shut down the chat.
USUAL, LEAST, MOST = 0.02, 0.001, 0.5
#: The weight of the latest measurement in the running mean.
WEIGHT = 1 / 16
#: Minimum seconds between a conversation's messages. Messages sent faster count as having arrived this far apart.
PACE = 2.0
#: Above this number of remembered conversations, those that are not currently rate-limited are dropped.
REMEMBERED = 1_000


class BusyError(Exception):
    """The chat is too busy. `retry_after` is in seconds, and `is_danger` says whether the message indicates danger."""

    def __init__(self, retry_after: float, is_danger: bool) -> None:
        super().__init__("too busy")
        self.retry_after, self.is_danger = retry_after, is_danger


@dataclass(frozen=True, eq=False)
class Ticket:
    """A message's place in the queue: its conversation's key, and its arrival time, adjusted to `PACE`."""

    key: str
    came_at: float
    number: int
    is_danger: bool

    @property
    def place(self) -> "tuple[bool, float, int]":
        """The sort key for the order in which tickets are answered."""
        return not self.is_danger, self.came_at, self.number


class Joined(NamedTuple):
    """The result of `Line.join`: the ticket, or None if there was no room, and the tickets that it displaced."""

    ticket: Optional[Ticket]
    displaced: List[Ticket]


class Line:
    """The messages being answered and those waiting. Times are in seconds on any monotonic clock."""

    def __init__(self, width: int = WIDTH, calm: float = CALM.foreseen, danger: float = DANGER.foreseen) -> None:
        """Set the limits; see `WIDTH` and `Patience.foreseen`."""
        self._width, self._foreseen = width, {False: calm, True: danger}
        self._waiting: List[Ticket] = []
        self._answering: Dict[Ticket, float] = {}
        self._busy: Set[str] = set()
        #: The earliest arrival time that a conversation's next message can be given, by key.
        self._next: Dict[str, float] = {}
        self._number, self._measured_at = 0, 0.0
        self.seconds = USUAL

    def has_room_now(self, key: str) -> bool:
        """Whether a message in this conversation would be answered without waiting."""
        return not self._waiting and self._free > 0 and key not in self._busy

    @property
    def wait(self) -> float:
        """The expected wait, in seconds, for a message that joins now."""
        return (len(self._waiting) + len(self._answering)) * self.seconds

    def join(self, key: str, now: float, is_danger: bool = False) -> Joined:
        """Add a message to the queue if there is room.

        If the queue is full, the message that would be answered last is displaced, which may be this one.
        """
        self._number += 1
        came_at = max(now, self._next.get(key, now))
        ticket = Ticket(key, came_at, self._number, is_danger)
        self._waiting.append(ticket)
        displaced = self._trim()
        if ticket in displaced:
            return Joined(None, [one for one in displaced if one is not ticket])
        self._next[key] = came_at + PACE
        if len(self._next) > REMEMBERED:
            self._next = {one: at for one, at in self._next.items() if at > now}
        return Joined(ticket, displaced)

    def start_next(self, now: float) -> Optional[Ticket]:
        """Start answering the next message, if one is waiting and there is capacity. Return its ticket, or None.

        A conversation's messages are answered one at a time, so a conversation never occupies more than one place.
        """
        if self._free <= 0:
            return None
        ticket = min(
            (one for one in self._waiting if one.key not in self._busy), key=lambda one: one.place, default=None
        )
        if ticket is None:
            return None
        self._waiting.remove(ticket)
        if not self._answering:
            self._measured_at = now
        self._answering[ticket] = now
        self._busy.add(ticket.key)
        return ticket

    def finish(self, ticket: Ticket, now: float) -> None:
        """Record that a message was answered, and update the measured time per message."""
        del self._answering[ticket]
        self._busy.discard(ticket.key)
        took = min(max(now - self._measured_at, LEAST), MOST)
        self.seconds += WEIGHT * (took - self.seconds)
        self._measured_at = now

    def give_up(self, ticket: Ticket) -> None:
        """Remove a waiting message from the queue."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    @property
    def _free(self) -> int:
        """How many more messages may be answered right now."""
        most = int(TOGETHER / self.seconds)
        return min(self._width, max(LEAST_WIDTH, most)) - len(self._answering)

    def _trim(self) -> List[Ticket]:
        """Remove waiting tickets, starting with the last, until the rest can be answered in time. Return those removed.

        Messages that indicate danger are answered ahead of the others, which therefore do not count towards their wait.
        """
        displaced = []
        for is_danger in (False, True):
            while self._is_too_long(is_danger):
                last = max((one for one in self._waiting if one.is_danger is is_danger), key=lambda one: one.place)
                self._waiting.remove(last)
                displaced.append(last)
        return displaced

    def _is_too_long(self, is_danger: bool) -> bool:
        counted = sum(one.is_danger for one in self._waiting) if is_danger else len(self._waiting)
        if not any(one.is_danger is is_danger for one in self._waiting):
            return False
        ahead = counted + len(self._answering)
        # Never refuse a message that can be answered now, so that a wrong measurement cannot shut down the chat.
        if counted <= self._free:
            return False
        return ahead * self.seconds > self._foreseen[is_danger] or counted > MOST_WAITING


class Gate:
    """Makes requests wait for their turn, and refuses those that would have to wait too long."""

    def __init__(self, line: Optional[Line] = None, calm: float = CALM.most, danger: float = DANGER.most) -> None:
        """Use `line`, by default a new one. For the limits, see `Patience.most`."""
        self._line, self._most = line or Line(), {False: calm, True: danger}
        self._turns: "Dict[Ticket, asyncio.Future[None]]" = {}

    @asynccontextmanager
    async def turn(self, key: str, is_danger: Callable[[], bool]) -> AsyncIterator[None]:
        """Wait until it is a message's turn, and hold its place until the block ends.

        Args:
            key: identifies the conversation.
            is_danger: returns whether the message indicates danger. Called only if the message has to wait.

        Raises:
            BusyError: the chat is too busy.
        """
        ticket = await self._wait(key, not self._line.has_room_now(key) and is_danger())
        try:
            yield
        finally:
            self._finish(ticket)

    async def _wait(self, key: str, is_danger: bool) -> Ticket:
        ticket, displaced = self._line.join(key, time.monotonic(), is_danger)
        for one in displaced:
            self._refuse(one)
        if ticket is None:
            raise BusyError(self._line.wait, is_danger)
        loop = asyncio.get_running_loop()
        turn = self._turns[ticket] = loop.create_future()
        timer = loop.call_later(self._most[is_danger], self._expire, ticket)
        self._start()
        try:
            await turn
        except asyncio.CancelledError:
            # The client disconnected, perhaps just as its turn came up.
            self._line.give_up(ticket)
            if not turn.cancelled():
                self._finish(ticket)
            raise
        finally:
            timer.cancel()
            self._turns.pop(ticket, None)
        return ticket

    def _start(self) -> None:
        while (ticket := self._line.start_next(time.monotonic())) is not None:
            turn = self._turns[ticket]
            if turn.done():
                self._line.finish(ticket, time.monotonic())
            else:
                turn.set_result(None)

    def _finish(self, ticket: Ticket) -> None:
        self._line.finish(ticket, time.monotonic())
        self._start()

    def _expire(self, ticket: Ticket) -> None:
        if not self._turns[ticket].done():
            self._line.give_up(ticket)
            self._refuse(ticket)

    def _refuse(self, ticket: Ticket) -> None:
        if not self._turns[ticket].done():
            self._turns[ticket].set_exception(BusyError(self._line.wait, ticket.is_danger))
