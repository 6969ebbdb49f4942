"""The interface matches its OpenAPI description."""

from functools import cache

import httpx
import pytest
import schemathesis
import yaml
from chat_client import Person, Server
from rasa.core.agent import Agent
from sanic import Sanic
from schemathesis.core.failures import FailureGroup

from bot.content.page import load_page_words
from bot.redaction.redactor import Redactor
from bot.serve import create_chat
from bot.settings import load_settings
from evaluation.fuzz.probes import DESCRIPTION
from evaluation.fuzz.run import DESCRIBED

PROBLEMS = load_page_words().problems
METHODS = ("get", "post", "delete", "put", "patch", "head", "options")


@cache
def described() -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_path(DESCRIPTION)


def operations() -> "list[tuple[str, str]]":
    paths = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in METHODS if method in item]


def differences(method: str, path: str, answer: httpx.Response) -> "list[str]":
    """Return the differences between an answer and its description."""
    operation = described()[path][method]
    try:
        operation.Case().validate_response(answer, checks=DESCRIBED)
    except FailureGroup as group:
        return [str(failure) for failure in group.exceptions]
    return []


@pytest.fixture(scope="module")
def app() -> Sanic:
    # Sanic registers applications by name, and refuses a name that is already registered.
    Sanic._app_registry.clear()
    return create_chat(Agent(), Redactor.load(), load_settings())


def test_the_description_is_valid_openapi() -> None:
    described().validate()


def test_the_description_names_exactly_the_existing_routes(app: Sanic) -> None:
    # Sanic answers with and without a trailing slash, and answers HEAD for files.
    routes = {(method, route.path.rstrip("/")) for route in app.router.routes for method in route.methods - {"HEAD"}}
    assert {(method, path.strip("/")) for method, path in operations()} == routes


def test_no_two_operations_have_the_same_name() -> None:
    names = [described()[path][method].definition.raw["operationId"] for method, path in operations()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_is_described_with_its_title(name: str) -> None:
    status, title = str(PROBLEMS[name].status), PROBLEMS[name].title
    found = [described()[path][method].responses.get(status) for method, path in operations()]
    assert any(title in response.definition["description"] for response in found if response is not None)


@pytest.mark.parametrize(
    ("method", "path"),
    [one for one in operations() if one[0] == "GET"],
    ids=" ".join,
)
def test_every_get_is_as_described(server: Server, method: str, path: str) -> None:
    assert differences(method, path, httpx.get(server.chat.rstrip("/") + path)) == []


def test_a_new_conversation_is_as_described(server: Server) -> None:
    answer = httpx.post(f"{server.chat}chat/conversations")
    assert answer.status_code == 201
    assert differences("POST", "/chat/conversations", answer) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("what is grooming", {"guidance", "text", "service"}),
        ("how do i talk to my son about strangers online", {"guidance", "comparison", "service"}),
        ("how do i bake bread", {"text", "choices"}),
    ],
)
def test_a_reply_is_as_described(person: Person, text: str, kinds: "set[str]") -> None:
    answer = person.post({"text": text})
    assert kinds <= {message["kind"] for message in answer.json()["messages"]}
    assert differences("POST", "/chat/messages", answer) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"choice": "none"}, 400), ({"text": " "}, 400), ({"text": "a" * 1001}, 413)],
    ids=str,
)
def test_a_refusal_is_as_described(person: Person, body: "dict[str, str]", status: int) -> None:
    answer = person.post(body)
    assert answer.status_code == status
    assert differences("POST", "/chat/messages", answer) == []


def test_an_answer_without_a_token_is_as_described(server: Server) -> None:
    answer = httpx.post(f"{server.chat}chat/messages", json={"text": "hello"})
    assert answer.status_code == 401
    assert differences("POST", "/chat/messages", answer) == []


def test_too_many_messages_are_as_described(server: Server) -> None:
    hasty = Person(server)
    answer = [hasty.post({"choice": "x"}) for _ in range(41)][-1]
    assert answer.status_code == 429
    assert differences("POST", "/chat/messages", answer) == []


def test_erasing_is_as_described(person: Person) -> None:
    erased = person.http.delete("conversations", headers=person.headers)
    assert erased.status_code == 204
    assert differences("DELETE", "/chat/conversations", erased) == []


def test_an_erased_conversation_is_as_described(person: Person) -> None:
    person.http.delete("conversations", headers=person.headers)
    assert differences("POST", "/chat/messages", person.post({"text": "hello"})) == []


@pytest.mark.parametrize("form", [{"text": "what is grooming"}, {"text": ""}, {"text": "a", "token": "none"}], ids=str)
def test_a_submitted_page_is_as_described(server: Server, form: "dict[str, str]") -> None:
    assert differences("POST", "/chat/", httpx.post(f"{server.chat}chat/", data=form)) == []


def test_a_wrong_method_is_as_described(server: Server) -> None:
    answer = httpx.put(f"{server.chat}chat/messages")
    assert answer.status_code == 405
    assert differences("POST", "/chat/messages", answer) == []


def test_leaving_by_the_button_is_as_described(person: Person) -> None:
    answer = person.http.post("exit", data={"token": person.token})
    assert answer.status_code == 303
    assert differences("POST", "/chat/exit", answer) == []
