"""The headers that every answer of the public side carries."""

from typing import Dict, Iterable

from sanic.response import HTTPResponse


def security_headers(origins: Iterable[str]) -> Dict[str, str]:
    """Headers that keep an answer out of caches, histories and other pages.

    Args:
        origins: origins of pages that may embed the chat, besides our own.
    """
    ancestors = " ".join(["'self'", *origins])
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "frame-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}; require-trusted-types-for 'script'"
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
