"""The server in front of a WSGI application: gunicorn, or granian where it is installed."""

import importlib.util
import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_GRACE_SECONDS = 3  # for requests in hand, when asked to stop
_KEEP_ALIVE_SECONDS = 30
_CONNECTIONS = 500  # of one process, under the 1,024 files that it may usually open


class Server(StrEnum):
    GUNICORN = "gunicorn"
    GRANIAN = "granian"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and with how much."""

    host: str
    port: int
    processes: int
    threads: int  # of each process


def serve(server: Server, factory: str, listening: Listening) -> None:
    """Serve what the factory ("module:function") makes until SIGTERM or SIGINT; requests in hand are finished."""
    if server is Server.GRANIAN:
        _serve_with_granian(factory, listening)
    else:
        _serve_with_gunicorn(factory, listening)


def is_installed(server: Server) -> bool:
    """Whether this environment has it."""
    return importlib.util.find_spec(server.value) is not None


def _serve_with_gunicorn(factory: str, listening: Listening) -> None:
    from gunicorn.app.wsgiapp import run as run_gunicorn  # type: ignore[import-untyped]  # noqa: PLC0415  only here needed; has no types

    options = {
        "--bind": f"{listening.host}:{listening.port}",
        "--worker-class": "botapp.web.patient_worker.PatientWorker",  # gthread; half a request costs it no thread
        "--worker-connections": str(_CONNECTIONS),
        "--workers": str(listening.processes),
        "--threads": str(listening.threads),
        "--graceful-timeout": str(_GRACE_SECONDS),
        "--keep-alive": str(_KEEP_ALIVE_SECONDS),
        "--log-level": "warning",
    }
    memory = Path("/dev/shm")  # noqa: S108  gunicorn's heartbeat files; a slow disk there makes workers look dead
    if memory.is_dir() and os.access(memory, os.W_OK):
        options["--worker-tmp-dir"] = str(memory)
    # In this process and not a new one: what is imported here, its workers need not import again.
    sys.argv = ["gunicorn", "--no-control-socket", *(part for pair in options.items() for part in pair), f"{factory}()"]
    run_gunicorn()


def _serve_with_granian(factory: str, listening: Listening) -> None:
    from granian import Granian  # noqa: PLC0415  installed only where it is wanted
    from granian.constants import Interfaces  # noqa: PLC0415  the same
    from granian.http import HTTP1Settings  # noqa: PLC0415  the same
    from granian.log import LogLevels  # noqa: PLC0415  the same

    Granian(
        factory,
        factory=True,
        address=listening.host,
        port=listening.port,
        interface=Interfaces.WSGI,
        workers=listening.processes,
        blocking_threads=listening.threads,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACE_SECONDS,
        http1_settings=HTTP1Settings(header_read_timeout=_KEEP_ALIVE_SECONDS * 1000),
        log_level=LogLevels.warning,
    ).serve()
