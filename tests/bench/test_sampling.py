"""The sampler says whose the processor's time was."""

import time
from collections.abc import Callable

from bench.sampling import Shares

_ENOUGH_LOOKS = 5
_MOST_ROUNDS = 100


def _compute(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        sum(range(100))


def _cheap() -> None:
    _compute(0.04)


def _dear() -> None:
    _compute(0.2)
    _cheap()


def _layer_of(_file: str, function: str) -> str | None:
    return {"_dear": "dear", "_cheap": "cheap"}.get(function)


def _shares_of(part: Callable[[], None]) -> Shares:
    """Of as many rounds as it takes to be looked at: a crowded machine looks late, and seldom."""
    shares = Shares(_layer_of)
    with shares.looking():
        for _ in range(_MOST_ROUNDS):
            part()
            if shares.seen["cheap"] >= _ENOUGH_LOOKS:
                break
    return shares


def test_time_is_told_by_the_innermost_layer_that_is_known() -> None:
    seconds = _shares_of(_dear).seconds()

    assert list(seconds) == ["dear", "cheap"]
    assert 2 * seconds["cheap"] < seconds["dear"]


def test_all_layers_together_took_what_the_thread_took() -> None:
    shares = _shares_of(_cheap)

    assert shares.cpu_seconds >= 0.04
    assert abs(sum(shares.seconds().values()) - shares.cpu_seconds) < 1e-9
