"""Who may do what: every page of the console is a `Route`, and a route names who may use it. Nothing else is served."""

import re
from typing import Any, Awaitable, Callable, Collection, FrozenSet, NamedTuple, Optional
from urllib.parse import urlsplit

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

#: The names of this machine for itself.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

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

    @property
    def key(self) -> str:
        """Method and path, as people name it."""
        return f"{self.method} {self.path}"


def may(role: str, route: Route) -> bool:
    """Whether somebody with `role` may use `route`; an empty role is somebody who has not signed in."""
    return role in route.roles


def is_cross_site(method: str, fetch_site: str, fetch_mode: str, origin: str, host: str) -> bool:
    """Whether a request comes from another site's page, or may do.

    What changes something must say that it does not. What is only read is refused where it says that it does, unless
    somebody follows a link: another site's page cannot see the answer then.

    Args:
        method: of the request.
        fetch_site: its Sec-Fetch-Site, which every current browser sends.
        fetch_mode: its Sec-Fetch-Mode.
        origin: its Origin.
        host: the host and port that it was sent to.
    """
    if method in ("GET", "HEAD"):
        return fetch_site in ("cross-site", "same-site") and fetch_mode != "navigate"
    if origin and _host_of(origin) != host:
        return True
    return fetch_site != "same-origin" if fetch_site else not origin


def is_ours(host: str, names: Collection[str]) -> bool:
    """Whether a request was sent to this console: its Host is loopback's, or one of `names`, with any port.

    Another site's name can be made to lead here, and its pages would then be of the same origin as ours.
    """
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name in LOOPBACK or name in names


def _host_of(origin: str) -> Optional[str]:
    """The host and port of an origin; None where it has none, as that of a page without one ("null")."""
    return origin.partition("://")[2] or None
