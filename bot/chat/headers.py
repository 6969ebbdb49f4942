"""Security and CORS headers for every response from the public site."""

from typing import Collection, Dict, Iterable
from urllib.parse import urlsplit

from sanic.request import Request
from sanic.response import HTTPResponse

#: CORS headers for a preflight response to an allowed origin.
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def security_headers(origins: Iterable[str], style: str, sites: Iterable[str]) -> Dict[str, str]:
    """Return headers that keep a response out of caches, histories and other pages.

    Args:
        origins: the origins of the host pages that may embed the chat.
        style: the hash of the inline style sheet.
        sites: the sites that the exit may redirect to. Browsers apply `form-action` to a form's redirects too.
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
    """Add `headers` to a response, without replacing any that it already has."""
    for name, value in headers.items():
        response.headers.setdefault(name, value)


def add_cors(request: Request, response: HTTPResponse, origins: Collection[str]) -> None:
    """Add CORS headers that let a page from an allowed origin read the response."""
    if not origins:
        return
    response.headers["Vary"] = "Origin"
    origin = request.headers.get("origin")
    if origin in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            response.headers.update(PREFLIGHT)
