"""People who write to a server all the time, and a comparison of what was acknowledged with what is stored."""

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

#: How many people write at the same time.
PEOPLE = 3
_SUBJECTS = ("grooming", "bullying", "a game", "reporting", "the law", "an app", "privacy", "parental controls")


class Load:
    """Writes until it is stopped. Errors are expected, because the server is killed meanwhile."""

    def __init__(self, chat: str, people: int = PEOPLE) -> None:
        """Prepare people who write to the chat at this URL."""
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
        """How many messages were acknowledged."""
        return sum(map(len, self.acknowledged.values()))

    def wait_for(self, count: int) -> None:
        """Wait until this many messages were acknowledged, or everybody has stopped."""
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
    """Return how many acknowledged messages are not stored, or not in their order.

    Args:
        url: the database.
        acknowledged: the messages of each conversation, by its id.
        data_dir: where the key file is, if it is not next to the database.
    """
    engine, missing = open_engine(url, f"sqlite:///{data_dir / NAME}" if data_dir else None), 0
    with engine.connect() as connection:
        for name, texts in acknowledged.items():
            stored = [turn["text"] for turn in turns_of(connection, name) if turn["text"]]
            # A message that was stored but not acknowledged may follow the last one.
            missing += sum(a != b for a, b in zip(texts, stored)) + max(0, len(texts) - len(stored))  # noqa: B905
    engine.dispose()
    return missing
