"""Decides which message is answered next, and which is refused at once because the chat is too busy.

`Line` only decides which messages wait, in what order, and which are refused. It measures how long the chat takes to
answer a message, and refuses messages that would have to wait too long. `Gate` makes requests wait accordingly.

Messages are answered in the order in which they come, except that a conversation that sends faster than `PACE` is
treated as if it had kept to that: it waits behind the others, and is the first to be refused. Messages that tell of
danger have a line of their own in front of the others. See docs/decisions/0033.
"""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import AsyncIterator, Callable, Dict, List, NamedTuple, Optional, Set

#: How many messages are answered at the same time: at most, and at least. They share one processor, so the slower the
#: chat is, the fewer they are: together they should need no more than so many seconds.
WIDTH, LEAST_WIDTH, TOGETHER = 8, 2, 0.3


class Patience(NamedTuple):
    """How long a message may wait, in seconds: by what is foreseen when it comes, and at most.

    Somebody is refused after waiting only if the chat became slower after they were let in.
    """

    foreseen: float
    most: float


#: Somebody in danger would rather wait for an answer, because it is made for what they wrote.
CALM, DANGER = Patience(1.2, 1.5), Patience(4.0, 5.0)
#: How many may wait in each of the two lines, whatever was measured.
MOST_WAITING = 200
#: The seconds that a message is taken to need before anything was measured, and the least and the most that the
#: measure can be. One message that hangs must not close the chat.
USUAL, LEAST, MOST = 0.02, 0.001, 0.5
#: The weight of the latest measurement in the running mean.
WEIGHT = 1 / 16
#: A conversation's messages count as having come no less than this many seconds apart.
PACE = 2.0
#: The number of remembered conversations above which those that owe nothing are forgotten.
REMEMBERED = 1_000


class BusyError(Exception):
    """There is no room. `retry_after` is in seconds, and `is_danger` says whether the message told of danger."""

    def __init__(self, retry_after: float, is_danger: bool) -> None:
        super().__init__("too busy")
        self.retry_after, self.is_danger = retry_after, is_danger


@dataclass(frozen=True, eq=False)
class Ticket:
    """A message's place: its conversation's key, and the time at which it counts as having come."""

    key: str
    came_at: float
    number: int
    is_danger: bool

    @property
    def place(self) -> "tuple[bool, float, int]":
        """Sorts tickets in the order in which they are answered."""
        return not self.is_danger, self.came_at, self.number


class Joined(NamedTuple):
    """The outcome of `Line.join`: the ticket, or None if there was no room, and the tickets that had to go for it."""

    ticket: Optional[Ticket]
    displaced: List[Ticket]


class Line:
    """Who is being answered and who waits. Times are in seconds on any clock that only goes forward."""

    def __init__(self, width: int = WIDTH, calm: float = CALM.foreseen, danger: float = DANGER.foreseen) -> None:
        """Set the limits; see `WIDTH` and `Patience.foreseen`."""
        self._width, self._foreseen = width, {False: calm, True: danger}
        self._waiting: List[Ticket] = []
        self._answering: Dict[Ticket, float] = {}
        self._busy: Set[str] = set()
        #: By key, the time at which the conversation's next message may come.
        self._next: Dict[str, float] = {}
        self._number, self._measured_at = 0, 0.0
        self.seconds = USUAL

    def has_room_now(self, key: str) -> bool:
        """Whether a message of this conversation would be answered without waiting."""
        return not self._waiting and self._free > 0 and key not in self._busy

    @property
    def wait(self) -> float:
        """The seconds that somebody who joins now has to wait, as far as can be foreseen."""
        return (len(self._waiting) + len(self._answering)) * self.seconds

    def join(self, key: str, now: float, is_danger: bool = False) -> Joined:
        """Let a message wait, unless there is no room for it.

        If the line is full, the message that would be answered last has to go. That may be this one.
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
        """Begin to answer the next message, if one waits and there is a free place. Return it, or None.

        A conversation's messages are answered one after another, so it never takes more than one place.
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
        """Note that a message was answered, and measure how long the chat takes for one."""
        del self._answering[ticket]
        self._busy.discard(ticket.key)
        took = min(max(now - self._measured_at, LEAST), MOST)
        self.seconds += WEIGHT * (took - self.seconds)
        self._measured_at = now

    def give_up(self, ticket: Ticket) -> None:
        """Take a message that waits out of the line."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    @property
    def _free(self) -> int:
        """How many more messages may be answered at the same time."""
        most = int(TOGETHER / self.seconds)
        return min(self._width, max(LEAST_WIDTH, most)) - len(self._answering)

    def _trim(self) -> List[Ticket]:
        """Remove the waiting tickets that do not fit, the last ones first, and return them.

        Danger does not wait for the others, so it is counted without them.
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
        # While a place is free nobody is refused, so a wrong measurement cannot close the chat.
        if counted <= self._free:
            return False
        return ahead * self.seconds > self._foreseen[is_danger] or counted > MOST_WAITING


class Gate:
    """Makes requests wait for their turn, and refuses those for which there is no room."""

    def __init__(self, line: Optional[Line] = None, calm: float = CALM.most, danger: float = DANGER.most) -> None:
        """Use this line, by default a new one; see `Patience.most`."""
        self._line, self._most = line or Line(), {False: calm, True: danger}
        self._turns: "Dict[Ticket, asyncio.Future[None]]" = {}

    @asynccontextmanager
    async def turn(self, key: str, is_danger: Callable[[], bool]) -> AsyncIterator[None]:
        """Wait for the turn of a message of the conversation `key`, and hold it until the block ends.

        Args:
            key: what identifies the conversation.
            is_danger: reads whether the message tells of danger. It is only called if the message has to wait.

        Raises:
            BusyError: there is no room.
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
            # The client went away, perhaps just as its turn came.
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
