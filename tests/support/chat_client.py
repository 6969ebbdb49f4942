"""A client that chats with a running assistant, and a helper that lists the services it was offered."""

from typing import Callable

import httpx

from bot.content.library import load_library
from evaluation.server import Server

#: Starts a new server, given its data directory and settings.
StartServer = Callable[..., Server]

LIBRARY = load_library()
#: The lines that name a service already shown, each as the text before and after its name.
STILL_THERE = [line.split("{names}") for line in LIBRARY.words.still_there]


class Person:
    """Somebody who chats with the assistant over HTTP."""

    def __init__(self, server: Server) -> None:
        self.http = httpx.Client(base_url=f"{server.chat}chat/", timeout=60)
        started = self.http.post("conversations")
        assert started.status_code == 201, started.text
        self.token = started.json()["token"]
        self.welcome = started.json()["messages"]

    @property
    def headers(self) -> "dict[str, str]":
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, body: object) -> httpx.Response:
        return self.http.post("messages", json=body, headers=self.headers)

    def says(self, text: str) -> "list[dict]":
        answer = self.post({"text": text})
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]

    def presses(self, choice_id: str) -> "list[dict]":
        answer = self.post({"choice": choice_id})
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]


def services(messages: "list[dict]") -> "list[str]":
    """Return the ids of the services offered: first those shown as cards, then those named as already shown."""
    cards = [message["id"] for message in messages if message["kind"] == "service"]
    line = " ".join(
        message["text"]
        for message in messages
        if message["kind"] == "text"
        and any(message["text"].startswith(before) and message["text"].endswith(after) for before, after in STILL_THERE)
    )
    return [*cards, *(name for name, service in LIBRARY.services.items() if service.name in line)]
