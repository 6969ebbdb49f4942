"""Somebody who talks with the whole assistant, and what they were offered."""

from typing import Callable

import httpx

from bot.content.library import load_library
from evaluation.server import Server

#: What starts a server of one's own; it is given where the data go, and settings.
StartServer = Callable[..., Server]

LIBRARY = load_library()
#: How the line begins that names services which were shown before.
STILL_THERE = LIBRARY.words.still_there.partition("{")[0]


class Person:
    """Somebody who talks with the assistant over HTTP."""

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
    """The ids of the services offered, in order: as cards, or named in a line where they were shown before."""
    cards = [message["id"] for message in messages if message["kind"] == "service"]
    line = " ".join(
        message["text"] for message in messages if message["kind"] == "text" and STILL_THERE in message["text"]
    )
    return [*cards, *(name for name, service in LIBRARY.services.items() if service.name in line)]
