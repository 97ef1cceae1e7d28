"""The look-up for hosts that somebody typed in: of a name that has an address of ours among its own, none is called."""

import socket
from collections.abc import Sequence

from botapp.policy.public_address import is_public


class ForbiddenAddressError(Exception):
    """The name leads to an address that is not public. Nothing was connected to.

    Not an OSError: libraries between here and the caller would take it for a fault of the network.
    """

    detail = "address_not_public"


def look_up(host: str, port: int) -> Sequence[str]:
    """Every address of the host. socket.gaierror or UnicodeError if it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def look_up_public(host: str, port: int) -> Sequence[str]:
    """The same, if all of them are public; ForbiddenAddressError if one is not."""
    return only_public(look_up(host, port))


def only_public(addresses: Sequence[str]) -> Sequence[str]:
    """These addresses. ForbiddenAddressError if one of them is not public."""
    if not all(map(is_public, addresses)):
        raise ForbiddenAddressError
    return addresses
