"""A program that runs a supervisor, as `botapp up` does; see `main` for its arguments."""

import json
import sys
from pathlib import Path
from typing import Any

from botapp.clock import SystemClock
from botapp.runtime.instance import AlreadyRunningError, only_instance
from botapp.runtime.supervisor import Child, StartError, Supervisor


def child(described: dict[str, Any]) -> Child:
    ready_file = described.pop("ready_file", None)
    return Child(**described, ready=Path(ready_file).exists if ready_file else None)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(var_dir: str, children: str, ready_timeout_seconds: str) -> None:
    try:
        with only_instance(Path(var_dir)) as instance:
            Supervisor(
                instance,
                [child(described) for described in json.loads(children)],
                clock=SystemClock(),
                report=say,
                ready_timeout_seconds=float(ready_timeout_seconds),
            ).run(lambda: say("ready"))
    except (AlreadyRunningError, StartError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
