"""Keeps tests on this machine: looking up or connecting to any other host fails loudly."""

import os
import socket
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_LOCAL_NAMES = {"localhost", "", None}
_SERVER_VARIABLES = ("BOTAPP_TEST_DATABASE_URL", "BOTAPP_TEST_REDIS_URL")


class OutsideWorldError(RuntimeError):
    """Not an OSError on purpose: code that rightly survives a lost connection must not survive this."""


def stay_on_loopback() -> None:
    """From now on, for the life of this process: an audit hook cannot be taken out again.

    The hosts of servers given for the tests stay allowed.
    """
    allowed = _given_hosts()

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"}:
            _refuse_address(arguments[1], allowed)
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            _refuse_name(arguments[0], allowed)

    sys.addaudithook(refuse)


def _refuse_address(address: object, allowed: set[str]) -> None:
    if isinstance(address, tuple):  # unix sockets have a path
        _refuse_host(address[0], allowed)


def _refuse_name(host: object, allowed: set[str]) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if _address(name) is None:  # an address in figures is not looked up anywhere
        _refuse_host(name, allowed)


def _refuse_host(host: object, allowed: set[str]) -> None:
    address = _address(host)
    if host not in _LOCAL_NAMES and host not in allowed and not (address and address.is_loopback):
        raise OutsideWorldError(f"A test tried to reach {host}, which is not this machine.")


def _address(host: object) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(str(host))
    except ValueError:
        pass
    try:
        return ip_address(socket.inet_ntoa(socket.inet_aton(str(host))))  # 127.1, 0x7f000001, 2130706433
    except (OSError, ValueError):
        return None


def _given_hosts() -> set[str]:
    names = {urlsplit(os.environ.get(variable, "")).hostname for variable in _SERVER_VARIABLES}
    hosts = {name for name in names if name}
    return hosts | {str(found[4][0]) for name in hosts for found in socket.getaddrinfo(name, None)}
