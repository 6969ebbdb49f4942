"""Decides which message is answered next, and which are refused because the chat is too busy.

`Line` only decides which messages wait, in what order, and which are refused. It measures how long the chat takes per
message, and refuses messages that would wait too long. `Gate` makes requests wait accordingly.

Messages are answered in order of arrival. A conversation that sends faster than `PACE` is treated as if it had kept to
that pace: it waits behind the others, and is refused first. Messages that tell of danger have their own line, ahead of
the others. See docs/decisions/0033.
"""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import AsyncIterator, Callable, Dict, List, NamedTuple, Optional, Set

#: The maximum and minimum number of messages answered at the same time, and the maximum seconds that they should take
#: together. They share one processor, so a slower chat answers fewer at the same time.
WIDTH, LEAST_WIDTH, TOGETHER = 8, 2, 0.3


class Patience(NamedTuple):
    """How long a message may wait, in seconds: the expected wait on arrival, and the actual wait.

    A message is refused after waiting only if the chat has become slower since it arrived.
    """

    foreseen: float
    most: float


#: Messages that tell of danger may wait longer, because people in danger would rather have an answer to what they
#: wrote.
CALM, DANGER = Patience(1.2, 1.5), Patience(4.0, 5.0)
#: Maximum number of messages that wait in each of the two lines, regardless of the chat's speed.
MOST_WAITING = 200
#: Seconds per message: the value assumed before the first measurement, and the minimum and maximum of a measurement. A
#: single message that hangs must not close the chat.
USUAL, LEAST, MOST = 0.02, 0.001, 0.5
#: The weight of the latest measurement in the running mean.
WEIGHT = 1 / 16
#: Minimum seconds between a conversation's messages. Messages sent faster count as having arrived this far apart.
PACE = 2.0
#: If more conversations than this are remembered, those whose next message would not be held back are forgotten.
REMEMBERED = 1_000


class BusyError(Exception):
    """The chat is too busy. `retry_after` is in seconds, and `is_danger` says whether the message tells of danger."""

    def __init__(self, retry_after: float, is_danger: bool) -> None:
        super().__init__("too busy")
        self.retry_after, self.is_danger = retry_after, is_danger


@dataclass(frozen=True, eq=False)
class Ticket:
    """A message's place in the line: its conversation's key, and the time at which it counts as having arrived."""

    key: str
    came_at: float
    number: int
    is_danger: bool

    @property
    def place(self) -> "tuple[bool, float, int]":
        """The key that sorts tickets into the order in which they are answered."""
        return not self.is_danger, self.came_at, self.number


class Joined(NamedTuple):
    """The outcome of `Line.join`: the ticket, or None if there was no room, and the tickets that it displaced."""

    ticket: Optional[Ticket]
    displaced: List[Ticket]


class Line:
    """The messages being answered and the messages waiting. Times are in seconds on any monotonic clock."""

    def __init__(self, width: int = WIDTH, calm: float = CALM.foreseen, danger: float = DANGER.foreseen) -> None:
        """Set the limits; see `WIDTH` and `Patience.foreseen`."""
        self._width, self._foreseen = width, {False: calm, True: danger}
        self._waiting: List[Ticket] = []
        self._answering: Dict[Ticket, float] = {}
        self._busy: Set[str] = set()
        #: By key, the earliest time at which the conversation's next message counts as having arrived.
        self._next: Dict[str, float] = {}
        self._number, self._measured_at = 0, 0.0
        self.seconds = USUAL

    def has_room_now(self, key: str) -> bool:
        """Whether a message in this conversation would be answered without waiting."""
        return not self._waiting and self._free > 0 and key not in self._busy

    @property
    def wait(self) -> float:
        """The expected wait in seconds of a message that joins now."""
        return (len(self._waiting) + len(self._answering)) * self.seconds

    def join(self, key: str, now: float, is_danger: bool = False) -> Joined:
        """Add a message to the line if there is room.

        If the line is full, the message that would be answered last is displaced. That may be this one.
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
        """Start answering the next message, if one is waiting and a place is free. Return it, or None.

        A conversation's messages are answered one at a time, so it never takes more than one place.
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
        """Remove a waiting message from the line."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    @property
    def _free(self) -> int:
        """The number of further messages that may be answered at the same time."""
        most = int(TOGETHER / self.seconds)
        return min(self._width, max(LEAST_WIDTH, most)) - len(self._answering)

    def _trim(self) -> List[Ticket]:
        """Remove the waiting tickets that do not fit, last ones first, and return them.

        Messages that tell of danger do not wait for the others, so they are counted without them.
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
        # No message is refused while a place is free, so that a wrong measurement cannot close the chat.
        if counted <= self._free:
            return False
        return ahead * self.seconds > self._foreseen[is_danger] or counted > MOST_WAITING


class Gate:
    """Makes requests wait for their turn, and refuses those that do not fit."""

    def __init__(self, line: Optional[Line] = None, calm: float = CALM.most, danger: float = DANGER.most) -> None:
        """Use `line`, by default a new one. For the limits, see `Patience.most`."""
        self._line, self._most = line or Line(), {False: calm, True: danger}
        self._turns: "Dict[Ticket, asyncio.Future[None]]" = {}

    @asynccontextmanager
    async def turn(self, key: str, is_danger: Callable[[], bool]) -> AsyncIterator[None]:
        """Wait for a message's turn to be answered, and hold its place until the block ends.

        Args:
            key: identifies the conversation.
            is_danger: returns whether the message tells of danger. It is called only if the message has to wait.

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
            # The client disconnected, perhaps just as its turn came.
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
