"""Everything that reads what strangers send, fuzzed: the kept inputs, and new ones for a moment (long: `make fuzz`)."""

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.fuzz.__main__ import TARGETS
from tests.hostile.fuzz.template import check_values_are_never_read

HERE = Path(__file__).parent
KEPT = sorted((HERE / "corpus").glob("*/*"))
SECONDS = 1


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_kept_still_holds(path: Path) -> None:
    importlib.import_module(f"tests.hostile.fuzz.{path.parent.name}").try_input(path.read_bytes())


def test_every_target_has_inputs_to_begin_with_and_every_input_a_target() -> None:
    assert {path.parent.name for path in KEPT} == set(TARGETS)
    assert len(TARGETS) >= 8


def test_a_value_that_looks_like_a_placeholder_is_no_placeholder() -> None:
    for path in KEPT:
        check_values_are_never_read(path.read_bytes()[:1000])
    check_values_are_never_read(b"{ref}{{ref}}{ref|x}{first_name}")


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this Python")
@pytest.mark.parametrize("target", TARGETS)
def test_a_moment_of_fuzzing_finds_nothing(target: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.hostile.fuzz.run", target, str(SECONDS), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[1])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603  our own
    assert done.returncode == 0, done.stderr[-3000:]
    assert "stat::number_of_executed_units" in done.stderr
