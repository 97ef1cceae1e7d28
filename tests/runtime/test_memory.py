"""What a process has done with, the system has back."""

import platform
import subprocess
import sys

import pytest

_BLOCKS = 60  # of a megabyte
_PROGRAM = """
import sys
from pathlib import Path
from botapp.runtime.memory import give_back_large_blocks

def held_megabytes():
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) >> 10

if sys.argv[1] == "yes":
    give_back_large_blocks()
large = b"x" * (4 << 20)
del large  # glibc takes this for a habit
before = held_megabytes()
large, small = [], []
for number in range(int(sys.argv[2])):
    large.append(b"x" * (1 << 20))
    small.append(b"x" * 50_000)
large.clear()
print(held_megabytes() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
@pytest.mark.parametrize("is_asked", ["yes", "no"])
def test_large_blocks_go_back_though_small_ones_stay_between_them(is_asked: str) -> None:
    command = [sys.executable, "-c", _PROGRAM, is_asked, str(_BLOCKS)]
    held = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603  our own
    assert (held < _BLOCKS / 2) is (is_asked == "yes")
