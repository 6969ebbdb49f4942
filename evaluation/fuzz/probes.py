"""Requests that test the public site, each with its own marker in every string that it sends."""

import itertools
import json
import random
from functools import partial
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Union
from urllib.parse import quote, urlencode

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import APIOperation, GenerationMode
from schemathesis import Case as GenericCase

from bot.settings import ROOT
from evaluation.fuzz.injections import malformed, read_injections

DESCRIPTION = ROOT / "bot" / "chat" / "openapi.yml"
#: A conversation allows 40 messages a minute.
USES_OF_A_TOKEN = 35
#: Longest text that the channel accepts.
LONGEST = 1000
#: Of ten requests, how many are generated from the description, injected and malformed.
SHARES = (4, 5, 1)
_BATCH = 40

Request = Union[httpx.Request, bytes]
Operation = APIOperation[Any, Any, Any, Any]
Case = GenericCase[Any]


class Probe(NamedTuple):
    """A request: what it tests, its marker, how many answers it may get, and the case it was made from."""

    what: str
    marker: str
    request: Request
    answers: int = 1
    case: Optional[Case] = None


class Tokens:
    """Tokens of conversations, each used a few times."""

    def __init__(self, client: httpx.Client) -> None:
        """Begin conversations with `client` when needed."""
        self._client = client
        self._token, self._left = "", 0
        self.begun = 0

    def take(self) -> str:
        """A valid token that has not been used too often."""
        if not self._left:
            self._token, self._left = self._client.post("/chat/conversations").json()["token"], USES_OF_A_TOKEN
            self.begun += 1
        self._left -= 1
        return self._token

    def last(self) -> str:
        """A valid token that will not be given out again."""
        token, self._left = self.take(), 0
        return token


def probes(client: httpx.Client, number: int) -> Iterator[Probe]:
    """Endless generated, injected and malformed probes, mixed; the same seed `number` gives the same ones."""
    chance = random.Random(number)
    tokens = Tokens(client)
    streams = (_generated(client, tokens, chance), _injected(client, tokens, chance), _malformed(chance))
    order = [stream for stream, share in zip(streams, SHARES, strict=True) for _ in range(share)]
    while True:
        chance.shuffle(order)
        yield from (next(stream) for stream in order)


def _marker(chance: random.Random) -> str:
    return "zq" + "".join(chance.choices("bcdfghjklmnpqrstvwxz", k=14))


def _generated(client: httpx.Client, tokens: Tokens, chance: random.Random) -> Iterator[Probe]:
    """Valid and invalid requests that schemathesis generates from the description; half have a valid token."""
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
                yield Probe(f"{operation.label}, {mode.value}", marker, _written(client, case), case=case)


def _cases(operation: Operation, mode: GenerationMode, number: int) -> List[Case]:
    cases: List[Case] = []
    try:
        strategy: SearchStrategy[Case] = operation.as_strategy(generation_mode=mode)
        _draw(strategy, number, cases.append)
    except Unsatisfiable:
        # The operation describes nothing that could be made invalid.
        return []
    return cases


def _draw(strategy: "SearchStrategy[Case]", number: int, keep: Callable[[Case], None]) -> None:
    @seed(number)
    @settings(
        max_examples=_BATCH,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(case: Case) -> None:
        keep(case)

    draw()


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


def _written(client: httpx.Client, case: Case) -> bytes:
    """The request of a case as bytes, because no client library would send everything that is generated."""
    keywords = case.as_transport_kwargs(base_url=str(client.base_url).rstrip("/"))
    names = ("method", "url", "headers", "cookies", "params", "json", "data", "files")
    made = requests.Request(**{name: keywords[name] for name in names if name in keywords}).prepare()
    body = made.body if isinstance(made.body, bytes) else str(made.body or "").encode("utf-8", "surrogatepass")
    lines = [f"{made.method} {made.path_url} HTTP/1.1", f"Host: {client.base_url.host}"]
    lines += [f"{name}: {_text(value)}" for name, value in made.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body


def _text(value: Union[str, bytes]) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _injected(client: httpx.Client, tokens: Tokens, chance: random.Random) -> Iterator[Probe]:
    """Every string as a text, then every string in every other place, then random pairs of strings."""
    strings = read_injections()
    places = _places(client, tokens)
    order = [(place, string) for place in places for string in strings]
    texts, others = order[: len(strings)], order[len(strings) :]
    chance.shuffle(others)
    for place, string in (*texts, *others):
        yield _probe(places, place, string, chance)
    while True:
        pair = "".join(chance.sample(strings, 2))
        yield _probe(places, chance.choice(list(places)), pair, chance)


def _probe(places: Dict[str, Callable[[str], Request]], place: str, string: str, chance: random.Random) -> Probe:
    marker = _marker(chance)
    return Probe(f"{place}: {string[:60]!r}", marker, places[place](string[: LONGEST - len(marker)] + marker))


def _places(client: httpx.Client, tokens: Tokens) -> Dict[str, Callable[[str], Request]]:
    """Functions that make a request with a string in it, by its place in the request; texts come first."""

    def say(body: bytes) -> httpx.Request:
        headers = {"Authorization": f"Bearer {tokens.take()}", "Content-Type": "application/json"}
        return client.build_request("POST", "/chat/messages", content=body, headers=headers)

    def form(fields: Dict[str, str], path: str = "/chat/") -> httpx.Request:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        content = urlencode(fields, errors="surrogatepass")
        return client.build_request("POST", path, content=content, headers=headers)

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


def _raw(method: str, path: str, header: str, string: str) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{header}{string}\r\n\r\n"
    return head.encode("utf-8", "surrogatepass")


def _malformed(chance: random.Random) -> Iterator[Probe]:
    number = len(malformed("x"))
    for index in itertools.cycle(range(number)):
        marker = _marker(chance)
        request = malformed(marker)[index]
        yield Probe(f"malformed: {request.name}", marker, request.data, request.answers)
