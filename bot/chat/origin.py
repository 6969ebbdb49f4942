"""Decides whether a request comes from another site's page, and which network it comes from."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Collection

#: Bits of an IPv6 address that identify a household or an organisation, which can use any address with the same prefix.
IPV6_PREFIX = 64


def is_foreign(fetch_site: str, origin: str, own: str, allowed: Collection[str], is_form: bool = False) -> bool:
    """Whether a request comes from a page on another site, which may not start conversations or report faults.

    Programs other than browsers send neither header. No page can make a browser omit both or choose their values.

    Args:
        fetch_site: the request's Sec-Fetch-Site header, which every current browser sends.
        origin: its Origin header.
        own: the chat's own origin.
        allowed: the origins of host pages that may use the chat.
        is_form: whether it comes from a form. Our pages send no referrer, so browsers send "null" as their forms'
            origin, and browsers from before 2023 cannot prove that the form was ours.
    """
    if origin in allowed:
        return False
    if fetch_site:
        return fetch_site not in ("same-origin", "none")
    return origin not in ("", own) and not (is_form and origin == "null")


def network_of(address: str) -> str:
    """Return the network that an address counts towards: an IPv4 address itself, or an IPv6 address's /64.

    IPv6 addresses may be in brackets, as in Sanic. Anything else, such as an empty string, is returned unchanged.
    """
    try:
        parsed = ip_address(address.strip("[]"))
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), IPV6_PREFIX), strict=False))
