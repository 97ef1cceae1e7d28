"""Instances for scenarios: on SQLite with the embedded Redis, and on PostgreSQL with a Redis given by URL."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.instance import Instance
from tests.servers import PrivateRedis

_LOOK_SECONDS = 0.1  # a look reads the platform's whole log: often enough, and leaves the processor to the instance


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """As everywhere, with fewer looks."""

    def wait(condition: Callable[[], object], timeout_seconds: float = 10.0, message: str = "") -> None:
        deadline = time.monotonic() + timeout_seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not within {timeout_seconds:g} s: {message or condition}")
            time.sleep(_LOOK_SECONDS)

    return wait


@pytest.fixture
def make_instance(var_dir: Path) -> Iterator[Callable[..., Instance]]:
    """`make_instance(NAME=value, …)`: an instance with these settings, not started yet; ended after the test."""
    made: list[Instance] = []

    def make(**settings: str) -> Instance:
        if not Path("/proc/self/environ").exists():
            pytest.skip("counts processes through /proc")
        made.append(Instance(var_dir, settings))
        return made[-1]

    yield make
    for instance in made:
        instance.end()


@pytest.fixture(params=["embedded", "by_url"])
def services(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings of both ways to run: nothing given, and PostgreSQL with Redis given by URL."""
    if request.param == "embedded":
        return {}
    given: PrivateRedis = request.getfixturevalue("private_redis")
    return {
        "BOTAPP_DATABASE_URL": request.getfixturevalue("postgresql_database_url"),
        "BOTAPP_REDIS_URL": given.url,
    }
