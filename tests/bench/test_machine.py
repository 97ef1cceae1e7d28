"""What processes use is counted whatever ends while it is counted."""

import subprocess
from collections.abc import Iterator

import psutil
import pytest

from bench.machine import Family


@pytest.fixture
def restless() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose children end as fast as they come."""
    with subprocess.Popen(["/bin/sh", "-c", "while :; do /bin/true & /bin/true; done"]) as process:
        yield process
        process.kill()


def test_what_a_family_used_is_read_while_its_members_come_and_go(restless: subprocess.Popen[bytes]) -> None:
    family = Family(restless.pid)

    for _ in range(300):
        assert family.cpu_seconds() >= 0
        assert family.memory_mib() > 0


def test_a_family_whose_head_has_ended_is_a_fault(restless: subprocess.Popen[bytes]) -> None:
    family = Family(restless.pid)
    restless.kill()
    restless.wait()

    with pytest.raises(psutil.NoSuchProcess):
        family.cpu_seconds()
