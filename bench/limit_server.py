"""Serves the limit's view as the product's own web process is served.

Usage: python -m bench.limit_server PORT [SERVER [PROCESSES]]
"""

import sys
from collections.abc import Sequence

from botapp.config_files import read_toml
from botapp.runtime.web_server import Listening, Server, serve

_FACTORY = "bench.limit_app:create"


def main(arguments: Sequence[str]) -> None:
    """Like `botapp web`, with the same number of threads."""
    port, server, processes = [*arguments, *["", "gunicorn", "1"][len(arguments) :]]
    threads = int(read_toml("defaults.toml")["web_threads"])
    serve(Server(server), _FACTORY, Listening("127.0.0.1", int(port), int(processes), threads))


if __name__ == "__main__":
    main(sys.argv[1:])
