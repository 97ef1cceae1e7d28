"""Whether a port can be listened on, and if not, who has it and which setting changes it."""

import contextlib
import errno
import socket
from pathlib import Path

_LISTEN = "0A"  # the state in /proc/net/tcp


class PortTakenError(Exception):
    """A port cannot be listened on. The message names the port, where possible its holder, and the remedy."""


def check_port(host: str, port: int, *, setting: str = "BOTAPP_HTTP_PORT", option: str = "--port") -> None:
    """Returns when `host:port` can be listened on now; raises PortTakenError otherwise, which names the setting."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise PortTakenError(
            f"Port {port} on {host} cannot be used: {_cause(error, port)}. Choose another with {setting}=… or {option}."
        ) from error


def _cause(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"it is taken by {_holder(port) or 'another program'}"
    if error.errno == errno.EACCES:
        return "ports below 1024 are for the administrator"
    return error.strerror or "no such address"


def _holder(port: int) -> str | None:
    """Name and process id of the program that listens, as far as /proc tells; of others' programs only to root."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # not ours to look into, or ended meanwhile
            if any(str(link.readlink()) in sockets for link in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return None


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(fields[9])
    return inodes
