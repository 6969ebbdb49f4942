"""Turns HTTP errors into RFC 9457 problem documents, which never quote the request."""

import json
from typing import Dict, Mapping, Optional

from sanic.exceptions import MethodNotSupported, NotFound, PayloadTooLarge, RequestTimeout, SanicException
from sanic.response import HTTPResponse

from bot.content.page import ProblemWords


class ChatError(Exception):
    """An error to report to the client. `name` is one of the problems in content/en/page.yml."""

    def __init__(self, name: str, retry_after: Optional[float] = None, allow: Optional[str] = None) -> None:
        super().__init__(name)
        self.name = name
        self.retry_after = retry_after
        self.allow = allow


def problem_of(error: Exception) -> ChatError:
    """Return the problem to report for an exception. Unexpected exceptions are reported as "broken"."""
    if isinstance(error, ChatError):
        return error
    if isinstance(error, MethodNotSupported):
        return ChatError("wrong_method", allow=error.headers["Allow"])
    for kind, name in ((NotFound, "not_found"), (PayloadTooLarge, "too_long"), (RequestTimeout, "too_slow")):
        if isinstance(error, kind):
            return ChatError(name)
    is_client_error = isinstance(error, SanicException) and 400 <= (getattr(error, "status_code", None) or 500) < 500
    return ChatError("unreadable" if is_client_error else "broken")


def retry_after(problem: ChatError) -> Dict[str, str]:
    """Return the Retry-After header for `problem`, in whole seconds, if the waiting time is known."""
    return {} if problem.retry_after is None else {"Retry-After": str(int(problem.retry_after) + 1)}


def problem_response(problem: ChatError, words: Mapping[str, ProblemWords]) -> HTTPResponse:
    """Return the problem document for `problem`."""
    said = words[problem.name]
    body = {"type": "about:blank", "status": said.status, "title": said.title, "detail": said.detail}
    headers = retry_after(problem)
    if problem.allow is not None:
        headers["Allow"] = problem.allow
    if said.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return HTTPResponse(json.dumps(body), status=said.status, headers=headers, content_type="application/problem+json")
