"""What takes tens of megabytes is loaded by who needs it."""

import subprocess
import sys

NEEDED_BY_FEW = ("numpy", "scipy", "sklearn", "onnxruntime", "alembic", "rich")


def test_a_process_that_serves_loads_nothing_that_only_learning_and_looking_back_need() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import botapp.commands.processes, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(NEEDED_BY_FEW) & set(told.stdout.split()) == set()
