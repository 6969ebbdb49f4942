"""Access control. Every console page is a `Route` with the roles that may use it, and nothing else is served."""

import re
from typing import TYPE_CHECKING, Awaitable, Callable, Collection, FrozenSet, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from sanic.response import HTTPResponse

if TYPE_CHECKING:
    from bot.console.request import RequestContext
    from bot.store.staff import Account

REVIEWER, LEAD, ADMINISTRATOR = "reviewer", "lead", "administrator"
ROLES = (REVIEWER, LEAD, ADMINISTRATOR)
#: The effective role of an account that has no code yet. It can only set one up.
WITHOUT_CODE = "without code"
#: Roles whose accounts always have a code. Reviewers set theirs up when they first sign in.
CODE_FROM_THE_START = frozenset({LEAD, ADMINISTRATOR})

#: Administrators manage accounts and run the program, but they do not read conversations.
READERS = frozenset({REVIEWER, LEAD})
LEADS = frozenset({LEAD})
OPERATORS = frozenset({LEAD, ADMINISTRATOR})
ADMINISTRATORS = frozenset({ADMINISTRATOR})
STAFF = frozenset(ROLES)
#: Everybody who is signed in, including accounts that have yet to set up a code.
SIGNED_IN = frozenset({*ROLES, WITHOUT_CODE})
#: Everybody, signed in or not.
ANYBODY: FrozenSet[str] = frozenset({*SIGNED_IN, ""})

#: Host names of this machine.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

#: A function that answers a request. It returns None if it has already streamed its response.
Handler = Callable[["RequestContext"], Awaitable[Optional[HTTPResponse]]]


class Route(NamedTuple):
    """A console route.

    Args:
        method: GET or POST.
        path: the path, in Sanic's syntax.
        roles: the roles allowed to use it.
        action: its name in the audit log, or an empty string if it reveals nothing about conversations and changes
            nothing.
        handler: the function that answers the request.
        typed: the form field for a longer text about the conversation in the path, or an empty string. If the session
            ended while the text was being typed, the text is kept until the person has signed in again.
        keeps_open: whether a request keeps the session open. Requests that a page makes automatically do not.
    """

    method: str
    path: str
    roles: FrozenSet[str]
    action: str
    handler: Handler
    typed: str = ""
    keeps_open: bool = True

    @property
    def name(self) -> str:
        """A name that Sanic accepts, unique to the method and path."""
        return re.sub(r"\W+", "_", f"{self.method}_{self.path}").strip("_")

    @property
    def key(self) -> str:
        """The method and path, such as "GET /queue"."""
        return f"{self.method} {self.path}"


def role_of(account: Optional["Account"]) -> str:
    """Return an account's effective role, or an empty string if there is no account."""
    if account is None:
        return ""
    return account.role if account.totp_secret is not None else WITHOUT_CODE


def may(role: str, route: Route) -> bool:
    """Whether `role`, as returned by `role_of`, may use `route`."""
    return role in route.roles


def is_cross_site(method: str, fetch_site: str, fetch_mode: str, origin: str, host: str) -> bool:
    """Whether a request comes, or may come, from a page on another site.

    A request that changes something counts as cross-site unless its headers prove otherwise. A request that only reads
    counts as cross-site only if its headers say so. Following a link is allowed, because the other site's page cannot
    read the response.

    Args:
        method: the request's method.
        fetch_site: its Sec-Fetch-Site header, which every current browser sends.
        fetch_mode: its Sec-Fetch-Mode header.
        origin: its Origin header.
        host: its Host header, with the port.
    """
    if method in ("GET", "HEAD"):
        return fetch_site in ("cross-site", "same-site") and fetch_mode != "navigate"
    if origin and origin not in _origins_of(host):
        return True
    return fetch_site != "same-origin" if fetch_site else not origin


def is_known_host(host: str, names: Collection[str]) -> bool:
    """Whether the Host header names this console: loopback or one of `names`, with any port.

    This prevents DNS rebinding, in which another site's name resolves to this machine, so that its pages share the
    console's origin.
    """
    name = _name_of(host)
    return name in LOOPBACK or name in names


def _origins_of(host: str) -> Tuple[str, ...]:
    """Return the origins of the console at `host`. The session cookie works without TLS only on loopback."""
    schemes = ("http", "https") if _name_of(host) in LOOPBACK else ("https",)
    return tuple(f"{scheme}://{host}" for scheme in schemes)


def _name_of(host: str) -> Optional[str]:
    """Return the name in a Host header, in lower case and without the port, or None if it has none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
