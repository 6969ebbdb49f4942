"""Who may do what: every page of the console is a `Route`, and a route names who may use it. Nothing else is served."""

import re
from typing import Any, Awaitable, Callable, FrozenSet, NamedTuple, Optional

from sanic.response import HTTPResponse

REVIEWER, LEAD, ADMINISTRATOR = "reviewer", "lead", "administrator"
ROLES = (REVIEWER, LEAD, ADMINISTRATOR)
#: Roles that sign in with a second step.
NEED_TOTP = frozenset({LEAD, ADMINISTRATOR})

#: Administrators keep accounts and the program; they read no conversations.
READERS = frozenset({REVIEWER, LEAD})
LEADS = frozenset({LEAD})
KEEPERS = frozenset({LEAD, ADMINISTRATOR})
ADMINISTRATORS = frozenset({ADMINISTRATOR})
STAFF = frozenset(ROLES)
#: Also those who have not signed in.
ANYBODY: FrozenSet[str] = frozenset({*ROLES, ""})

#: None where the answer was sent already, piece by piece.
Handler = Callable[[Any], Awaitable[Optional[HTTPResponse]]]


class Route(NamedTuple):
    """An address of the console.

    Args:
        method: GET or POST.
        path: as Sanic writes it.
        roles: who may use it.
        action: what the audit log calls it; empty for what shows and changes nothing.
        handler: takes a `Visit`.
    """

    method: str
    path: str
    roles: FrozenSet[str]
    action: str
    handler: Handler

    @property
    def name(self) -> str:
        """A name that Sanic takes, unique for a method and a path."""
        return re.sub(r"\W+", "_", f"{self.method}_{self.path}").strip("_")


def may(role: str, route: Route) -> bool:
    """Whether somebody with `role` may use `route`; an empty role is somebody who has not signed in."""
    return role in route.roles


def is_cross_site(method: str, fetch_site: str, origin: str, host: str) -> bool:
    """Whether a request that changes something comes from another site's page.

    Args:
        method: of the request.
        fetch_site: its Sec-Fetch-Site, which every current browser sends.
        origin: its Origin.
        host: the host and port that it was sent to.
    """
    if method in ("GET", "HEAD"):
        return False
    if fetch_site and fetch_site != "same-origin":
        return True
    return bool(origin) and origin.partition("://")[2] != host
