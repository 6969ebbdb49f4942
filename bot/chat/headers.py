"""The headers that every answer of the public side carries."""

from typing import Collection, Dict, Iterable
from urllib.parse import urlsplit

from sanic.request import Request
from sanic.response import HTTPResponse

#: What a host page's script may do, if its origin is allowed.
ALLOWED = {
    "Access-Control-Allow-Methods": "POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def security_headers(origins: Iterable[str], style: str, sites: Iterable[str]) -> Dict[str, str]:
    """Headers that keep an answer out of caches, histories and other pages.

    Args:
        origins: origins of pages that may embed the chat, besides our own.
        style: the hash of the style sheet that stands in the page.
        sites: where the way out may lead. A browser applies `form-action` to where a form is sent on to as well.
    """
    actions = " ".join(["'self'", *(f"https://{urlsplit(site).netloc}" for site in sites)])
    ancestors = " ".join(["'self'", *origins])
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' {style}; connect-src 'self'; img-src 'self' data:; "
        "frame-src 'self'; "
        f"form-action {actions}; base-uri 'none'; frame-ancestors {ancestors}; require-trusted-types-for 'script'"
    )
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-read=(), payment=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }


def add_headers(response: HTTPResponse, headers: Dict[str, str]) -> None:
    """Put `headers` on a response, leaving what it has."""
    for name, value in headers.items():
        response.headers.setdefault(name, value)


def add_cors(request: Request, response: HTTPResponse, origins: Collection[str]) -> None:
    """Tell a browser that the page of an allowed origin may read this answer; others it is not told about."""
    if not origins:
        return
    response.headers["Vary"] = "Origin"
    origin = request.headers.get("origin")
    if origin in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            response.headers.update(ALLOWED)
