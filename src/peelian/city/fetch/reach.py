"""Whom a fetch may talk to: the publisher, and who it redirects to over https; never the inside of a network.

A publisher, or whoever sits between, could otherwise send the fetch to an address that only this machine can
reach (server-side request forgery, CWE-918). What counts is the address a connection was really made to, not
the name: a name may stand for another address each time it is asked.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv6Address, ip_address

import httpx

from peelian.domain.errors import BadInput


class Reach(StrEnum):
    """From where an address can be reached."""

    EVERYWHERE = "public"
    NETWORK = "private"
    MACHINE = "loopback"
    LINK = "link-local"


def reach_of(address: str) -> Reach:
    """Return from where the literal IP `address` can be reached."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_link_local or ip.is_unspecified:
        return Reach.LINK
    if ip.is_loopback:
        return Reach.MACHINE
    return Reach.EVERYWHERE if ip.is_global and not ip.is_multicast else Reach.NETWORK


def check_peer(peer: Reach, *, own: Reach | None, host: str) -> None:
    """Refuse a connection to `host`, made to an address of reach `peer`.

    `own` is the reach of the spec's own host, None while `host` is that host: an agency may fetch from a system
    inside its own network, but nobody may be led there from outside.
    """
    if peer is Reach.LINK or (own not in {None, peer} and peer is not Reach.EVERYWHERE):
        raise BadInput(
            f"The connection to {host} ended at a {peer} address, which the publisher has no business sending "
            "anybody to; nothing was asked there. Tell the publisher, and check the address in the mapping."
        )


def redirected(location: str, *, at: httpx.URL, start: httpx.URL) -> httpx.URL:
    """Return the URL that an answer at `at` redirects to; `start` is where the spec began."""
    url = at.join(location)
    if url.userinfo or not url.host:
        raise BadInput(f"{bare(at)} redirects to an address with a user name or without a host; refused.")
    if url.scheme != "https" and (url.scheme, url.host) != (start.scheme, start.host):
        raise BadInput(
            f"{bare(at)} redirects to {bare(url)}, which is neither https nor the publisher's own host; nothing "
            "was asked there. Give the https address in the mapping."
        )
    return url


def bare(url: httpx.URL) -> str:
    """Return the address as it may stand in a message: without user, query and fragment."""
    return str(url.copy_with(username=None, password=None, query=None, fragment=None))
