"""The verifier draws every variant again, from what the entry says that the draw saw."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botapp.policy.experiments.assignment import Arm, Method, choose
from tests.compliance.conftest import HOUR, NOON, SECOND, Log, Verified

Run = Callable[..., Verified]
_ARMS = (Arm("a", 2, 3, 30), Arm("b", 1, 5, 20))


def _claimed(log: Log, variant: str | None, *, person: int = 5, day: int = 0, method: str = "thompson") -> None:
    at = NOON + day * 2 * 24 * HOUR
    if day:
        log.add("interaction", at=at)
    draw = {"method": method, "person": person, "arms": [[a.name, a.weight, a.successes, a.failures] for a in _ARMS]}
    details: dict[str, Any] = {"rule": "a-rule", "variant": variant, "draw": draw}
    log.add("claimed", at=at + HOUR, subject_at=at, details=details)
    log.add("sent", at=at + HOUR + SECOND, subject_at=at)
    log.add("interaction", at=at + 2 * HOUR)


def _drawn(method: Method, person: int = 5) -> str:
    return choose(method, "1/a-rule", person, _ARMS)


@pytest.mark.parametrize("method", Method)
def test_the_variant_that_was_drawn_holds_and_any_other_is_named(
    log: Log, tmp_path: Path, verified: Run, method: Method
) -> None:
    right = _drawn(method)
    other = "b" if right == "a" else "a"
    _claimed(log, right, method=method)
    assert verified(log.write(tmp_path / "right"))[0] == 0
    _claimed(log, other, day=1, method=method)
    code, found = verified(log.write(tmp_path / "wrong"))
    assert code == 1
    assert f"the variant '{other}' was sent where the draw gives '{right}'" in found["broken"][0]


def test_a_variant_without_its_draw_is_named(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add("claimed", at=NOON + HOUR, subject_at=NOON, details={"rule": "a-rule", "variant": "a"})
    code, found = verified(log.write(tmp_path / "bundle"))
    assert code == 1
    assert "without the draw that chose it" in found["broken"][0]


@pytest.mark.parametrize(("is_linked", "code"), [(False, 1), (True, 0)])
def test_nobody_draws_as_somebody_else_unless_they_were_found_to_be_one(
    log: Log, tmp_path: Path, verified: Run, is_linked: bool, code: int
) -> None:
    _claimed(log, _drawn(Method.SPLIT, 5), method="split")
    if is_linked:
        log.add("linked", at=NOON + 3 * HOUR)
    _claimed(log, _drawn(Method.SPLIT, 6), person=6, day=1, method="split")
    found = verified(log.write(tmp_path / "bundle"))
    assert found[0] == code
