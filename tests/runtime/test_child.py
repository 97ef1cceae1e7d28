"""A child's pauses between lives, and its log."""

from pathlib import Path

import pytest

from botapp.runtime.child import Child, ChildRun


def run_in(directory: Path) -> ChildRun:
    return ChildRun(Child("web", ["true"]), directory)


def test_the_pause_between_lives_doubles_up_to_five_seconds(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    pauses = []
    for _ in range(7):
        run.ended(1, now=10.0)
        pauses.append(run.delay_seconds)
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert run.due_at == 15.0


@pytest.mark.parametrize(("lived_seconds", "pause_seconds"), [(59.0, 0.8), (60.0, 0.2)])
def test_a_minute_of_life_resets_the_pause(tmp_path: Path, lived_seconds: float, pause_seconds: float) -> None:
    run = run_in(tmp_path)
    run.ended(1, now=0.0)
    run.ended(1, now=0.0)
    run.ended(1, now=lived_seconds)
    assert run.delay_seconds == pause_seconds


@pytest.mark.parametrize(("size_bytes", "is_trimmed"), [(10_000_000, False), (10_000_001, True)])
def test_a_log_beyond_ten_megabytes_is_kept_once_and_begun_anew(
    tmp_path: Path, size_bytes: int, is_trimmed: bool
) -> None:
    run = run_in(tmp_path)
    run.log.write_bytes(b"x" * size_bytes)
    run.trim_log()
    assert run.log.stat().st_size == (0 if is_trimmed else size_bytes)
    assert (tmp_path / "web.log.1").exists() == is_trimmed
