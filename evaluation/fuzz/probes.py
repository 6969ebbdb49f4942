"""Generates requests to test the public site. Each request includes its own marker in every string that it sends."""

import contextlib
import itertools
import json
import random
from functools import partial
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Union
from urllib.parse import quote, urlencode

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, GenerationMode
from schemathesis import Case as GenericCase

from bot.settings import ROOT
from evaluation.fuzz.injections import malformed, read_injections

DESCRIPTION = ROOT / "bot" / "chat" / "openapi.yml"
#: Number of times a token is used before it is replaced. A conversation allows 40 messages per minute.
USES_OF_A_TOKEN = 35
#: Maximum length of a text that the channel accepts.
LONGEST = 1000
#: The numbers of generated (from the API description), injected and malformed requests in every ten.
SHARES = (4, 5, 1)
#: An operation's cases are drawn in batches of 40. They are neither replayed nor shrunk.
_BATCH = settings(
    max_examples=40,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

Operation = APIOperation[Any, Any, Any, Any]
Case = GenericCase[Any]


class Probe(NamedTuple):
    """A request, given as bytes or as a schemathesis case.

    `what` says what the request tests, and `answers` is the maximum number of answers to it.
    """

    what: str
    marker: str
    request: Union[bytes, Case]
    answers: int = 1


class Tokens:
    """Conversation tokens, each used a limited number of times."""

    def __init__(self, url: str) -> None:
        """Set the site's address. A conversation is started only when a token is needed."""
        self._url = url
        self._token, self._left = "", 0

    def take(self) -> str:
        """Return a valid token that has uses left."""
        if not self._left:
            begun = httpx.post(f"{self._url}/chat/conversations", trust_env=False)
            self._token, self._left = begun.json()["token"], USES_OF_A_TOKEN
        self._left -= 1
        return self._token

    def last(self) -> str:
        """Return a valid token that will not be handed out again."""
        token, self._left = self.take(), 0
        return token


def probes(url: str, number: int) -> Iterator[Probe]:
    """Yield an endless mix of generated, injected and malformed probes for the site at `url`.

    The same seed `number` always gives the same probes.
    """
    chance = random.Random(number)
    tokens = Tokens(url)
    streams = (_generated(tokens, chance), _injected(tokens, chance), _malformed(chance))
    order = [stream for stream, share in zip(streams, SHARES, strict=True) for _ in range(share)]
    while True:
        chance.shuffle(order)
        yield from (next(stream) for stream in order)


def _marker(chance: random.Random) -> str:
    return "zq" + "".join(chance.choices("bcdfghjklmnpqrstvwxz", k=14))


def _generated(tokens: Tokens, chance: random.Random) -> Iterator[Probe]:
    """Yield valid and invalid requests that schemathesis generates from the API description.

    About half of the requests that need a token carry a valid token.
    """
    description = schemathesis.openapi.from_path(DESCRIPTION)
    operations: List[Operation] = [result.ok() for result in description.get_all_operations()]  # type: ignore[union-attr]
    while True:
        for mode, operation in itertools.product(GenerationMode, operations):
            for case in _cases(operation, mode, chance.getrandbits(32)):
                marker = _marker(chance)
                _plant(case, marker)
                if chance.random() < 0.5 and operation.definition.raw.get("security"):
                    token = tokens.last() if case.method.upper() == "DELETE" else tokens.take()
                    case.headers["Authorization"] = f"Bearer {token}"
                yield Probe(f"{operation.label}, {mode.value}", marker, case)


def _cases(operation: Operation, mode: GenerationMode, number: int) -> List[Case]:
    cases: List[Case] = []
    draw = seed(number)(_BATCH(given(operation.as_strategy(generation_mode=mode))(lambda case: cases.append(case))))
    # Hypothesis raises this if nothing in the operation's description can be made invalid.
    with contextlib.suppress(Unsatisfiable):
        draw()
    return cases


def _plant(case: Case, marker: str) -> None:
    for part in ("body", "query", "headers", "cookies"):
        value = getattr(case, part)
        if isinstance(value, (str, bytes, list, dict)):
            setattr(case, part, _planted(value, marker))


def _planted(value: Any, marker: str) -> Any:
    if isinstance(value, str):
        return value + marker
    if isinstance(value, bytes):
        return value + marker.encode()
    if isinstance(value, list):
        return [_planted(one, marker) for one in value]
    if isinstance(value, dict):
        return {name: _planted(one, marker) for name, one in value.items()}
    return value


def _injected(tokens: Tokens, chance: random.Random) -> Iterator[Probe]:
    """Yield probes that put every string into a message's text and then, in random order, into every other place.

    After that, yield random pairs of strings in random places, endlessly.
    """
    strings = read_injections()
    places = _places(tokens)
    order = [(place, string) for place in places for string in strings]
    texts, others = order[: len(strings)], order[len(strings) :]
    chance.shuffle(others)
    for place, string in (*texts, *others):
        yield _probe(places, place, string, chance)
    while True:
        pair = "".join(chance.sample(strings, 2))
        yield _probe(places, chance.choice(list(places)), pair, chance)


def _probe(places: Dict[str, Callable[[str], bytes]], place: str, string: str, chance: random.Random) -> Probe:
    marker = _marker(chance)
    return Probe(f"{place}: {string[:60]!r}", marker, places[place](string[: LONGEST - len(marker)] + marker))


def _places(tokens: Tokens) -> Dict[str, Callable[[str], bytes]]:
    """Map each place in a request, "text" first, to a function that builds a request with a given string there."""

    def say(body: bytes) -> bytes:
        return _posted("/chat/messages", "application/json", body, f"Authorization: Bearer {tokens.take()}\r\n")

    def form(fields: Dict[str, str], path: str = "/chat/") -> bytes:
        body = urlencode(fields, errors="surrogatepass").encode()
        return _posted(path, "application/x-www-form-urlencoded", body)

    return {
        "text": lambda string: say(json.dumps({"text": string}).encode()),
        "choice": lambda string: say(json.dumps({"choice": string}).encode()),
        "field": lambda string: say(json.dumps({"text": "hello", string: string}).encode()),
        "body": lambda string: say(string.encode("utf-8", "surrogatepass")),
        "form text": lambda string: form({"text": string, "token": tokens.take()}),
        "form choice": lambda string: form({"choice": string, "token": tokens.take()}),
        "form token": lambda string: form({"text": "hello", "token": string}),
        "form of the way out": lambda string: form({"token": string}, "/chat/exit"),
        "token": partial(_raw, "POST", "/chat/messages", "Authorization: Bearer "),
        "token to erase": partial(_raw, "DELETE", "/chat/conversations", "Authorization: Bearer "),
        "content type": partial(_raw, "POST", "/chat/", "Content-Type: "),
        "header": partial(_raw, "GET", "/chat/", "X-Forwarded-Host: "),
        "header's name": partial(_raw, "GET", "/chat/exit", ""),
        "path": lambda string: _raw("GET", "/chat/" + string, "", "Accept: */*"),
        "escaped path": lambda string: _raw("GET", "/" + quote(string, errors="surrogatepass"), "", "Accept: */*"),
        "query": lambda string: _raw("GET", "/chat/?" + string, "", "Accept: */*"),
        "method": lambda string: _raw(string, "/chat/messages", "", "Accept: */*"),
    }


def _posted(path: str, content_type: str, body: bytes, header: str = "") -> bytes:
    return _raw("POST", path, f"{header}Content-Type: {content_type}\r\nContent-Length: {len(body)}", "") + body


def _raw(method: str, path: str, header: str, string: str) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{header}{string}\r\n\r\n"
    return head.encode("utf-8", "surrogatepass")


def _malformed(chance: random.Random) -> Iterator[Probe]:
    for place in itertools.cycle(range(len(malformed("")))):
        marker = _marker(chance)
        request = malformed(marker)[place]
        yield Probe(f"malformed: {request.name}", marker, request.data, request.answers)
