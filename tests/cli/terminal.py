"""A terminal to type `botapp …` into. Each command is a process of its own, forked from one that has botapp imported.

Run as a script this file is that process: it reads one command a line, forks, and tells the exit code.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import click

from botapp.cli import cli, main

_LONGEST_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: exit code and both streams."""

    code: int
    out: str
    err: str


class Terminal:
    """Types commands. `environment` holds the settings that all of them have."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = count(1)
        self._server = subprocess.Popen(  # noqa: S603  this file
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def type(self, *arguments: str, environment: Mapping[str, str], stdin: str = "") -> Done:
        """`botapp ARGUMENTS` to its end, with no other BOTAPP_* variables than these."""
        number = next(self._numbers)
        files = {name: self._directory / f"{number}.{name}" for name in ("stdin", "out", "err")}
        files["stdin"].write_text(stdin)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BOTAPP_")}
        request = {
            "arguments": arguments,
            "environment": {**inherited, **environment},
            "files": {name: str(path) for name, path in files.items()},
        }
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        return Done(code, files["out"].read_text(), files["err"].read_text())

    def close(self) -> None:
        """Ends the process behind it."""
        self._server.communicate()


def serve() -> None:
    """One command after the other, until the input ends."""
    everything = click.Context(cli)
    for name in cli.list_commands(everything):
        cli.get_command(everything, name)  # imported once, here, and not by each child
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_run(json.loads(line)))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(request: Mapping[str, Any]) -> int:
    files = request["files"]
    os.dup2(os.open(files["stdin"], os.O_RDONLY), 0)
    os.dup2(os.open(files["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.dup2(os.open(files["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  as long as the process
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(Path(files["out"]).parent)
    signal.alarm(_LONGEST_SECONDS)  # the signal ends a command that does not end by itself
    sys.argv = ["botapp", *request["arguments"]]
    try:
        main()
    except SystemExit as ended:
        return _code(ended)
    except BaseException:  # noqa: BLE001  as the interpreter does
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _code(ended: SystemExit) -> int:
    if isinstance(ended.code, str):
        sys.stderr.write(f"{ended.code}\n")
        return 1
    return ended.code or 0


if __name__ == "__main__":
    serve()
