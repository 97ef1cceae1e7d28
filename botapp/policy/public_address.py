"""Which addresses of the network are anybody's, and which URLs may be told webhooks: never our own house."""

import ipaddress
import re
from urllib.parse import urlsplit

_LONGEST_URL = 500
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")  # as the last label: some form of an IP address (WHATWG URL)
# Addresses that carry an IPv4 address to which a gateway would take us: NAT64, its local form, and 6to4.
_CARRIERS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::/96")))
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_public(address: str) -> bool:
    """Whether this IP address lies on the public internet: not private, loopback, link-local, shared or reserved."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False  # with a scope, such as fe80::1%eth0
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found.teredo is not None or any(found in carrier for carrier in _CARRIERS):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def is_loopback_url(url: str) -> bool:
    """Whether it names this host in one of the usual three ways."""
    return urlsplit(url).hostname in _LOOPBACK_NAMES


def fault_of_url(url: str, *, allows_loopback: bool) -> str | None:
    """What keeps this URL from being one for webhooks, with the remedy; None if nothing does.

    Says nothing of the addresses that the name has: those are looked at when it is called, each time.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is no URL; write it like https://hooks.example.com/botapp"
    if not host or port == 0 or len(url) > _LONGEST_URL or not re.fullmatch(r"[\x21-\x7e]+", url):
        return "is no URL; write it like https://hooks.example.com/botapp"
    if "@" in parts.netloc or "#" in url or "\\" in url:
        return "has a user, a fragment or a backslash; leave it out"
    if allows_loopback and is_loopback_url(url) and parts.scheme in ("http", "https"):
        return None
    if parts.scheme != "https":
        return "is not https; plain http is for loopback in the sandbox only"
    return _fault_of_host(host)


def _fault_of_host(host: str) -> str | None:
    labels = host.rstrip(".").split(".")
    if ":" in host or _NUMBER.fullmatch(labels[-1]):
        return "names an address instead of a host; write a name that the certificate is for"
    if len(labels) == 1 or host.endswith((".localhost", ".local", ".internal")):
        return "names a host of your own network; webhooks go to public ones only"
    return None
