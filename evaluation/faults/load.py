"""Simulates people who keep writing to a server, and compares the acknowledged messages with the stored ones."""

import hashlib
import threading
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Dict, List, Optional, Type

import httpx

from bot.store.engine import open_engine
from bot.store.keys import NAME
from bot.store.review_log import turns_of

#: Number of people writing at the same time.
PEOPLE = 3
_SUBJECTS = ("grooming", "bullying", "a game", "reporting", "the law", "an app", "privacy", "parental controls")


class Load:
    """Threads that write until they are stopped. An error also stops a thread, because the server may be killed."""

    def __init__(self, chat: str, people: int = PEOPLE) -> None:
        """Prepare one thread per person to write to the chat at the URL `chat`."""
        self.acknowledged: Dict[str, List[str]] = defaultdict(list)
        self.statuses: Dict[int, int] = defaultdict(int)
        self._chat, self._stop = chat, threading.Event()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(people)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def count(self) -> int:
        """The number of acknowledged messages."""
        return sum(map(len, self.acknowledged.values()))

    def wait_for(self, count: int) -> None:
        """Wait until `count` messages have been acknowledged or every thread has stopped."""
        while self.count < count and any(thread.is_alive() for thread in self._threads):
            self._stop.wait(0.01)

    def _write(self) -> None:
        try:
            with httpx.Client(base_url=f"{self._chat}chat/", timeout=60) as http:
                token = http.post("conversations").json()["token"]
                name = hashlib.sha256(token.encode()).hexdigest()
                while not self._stop.is_set():
                    text = f"what is {_SUBJECTS[len(self.acknowledged[name]) % len(_SUBJECTS)]}"
                    answer = http.post("messages", json={"text": text}, headers={"Authorization": f"Bearer {token}"})
                    self.statuses[answer.status_code] += 1
                    if answer.status_code == 200:
                        self.acknowledged[name].append(text)
                    elif answer.status_code == 429:
                        token = http.post("conversations").json()["token"]
                        name = hashlib.sha256(token.encode()).hexdigest()
        except (httpx.HTTPError, KeyError, ValueError):
            return


def lost(url: str, acknowledged: Dict[str, List[str]], data_dir: Optional[Path] = None) -> int:
    """Return the number of acknowledged messages that are missing from the database or out of order.

    Args:
        url: the database's URL.
        acknowledged: the messages of each conversation, by id.
        data_dir: the key file's directory, if the key file is not next to the database.
    """
    engine, missing = open_engine(url, f"sqlite:///{data_dir / NAME}" if data_dir else None), 0
    with engine.connect() as connection:
        for name, texts in acknowledged.items():
            stored = [turn["text"] for turn in turns_of(connection, name) if turn["text"]]
            # There may be one more stored message, whose acknowledgement was never sent.
            missing += sum(a != b for a, b in zip(texts, stored)) + max(0, len(texts) - len(stored))  # noqa: B905
    engine.dispose()
    return missing
