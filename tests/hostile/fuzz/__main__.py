"""`make fuzz`: every target for a minute, or for as long as is said: `make fuzz ARGS="600 envelope wish"`.

Inputs that reach something new are kept in .fuzz/ for the next time; the best of them belong into tests/hostile/corpus.
"""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TARGETS = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("run", "__main__"))
FOUND = HERE.parents[2] / ".fuzz"
_FIGURES = re.compile(r"stat::(\w+):\s+(\d+)")


def main(seconds: str = "60", *targets: str) -> int:
    """Exit code 1 if something was found; its input is in .fuzz/ and its story is printed."""
    found = 0
    for target in targets or TARGETS:
        command = [sys.executable, "-m", "tests.hostile.fuzz.run", target, seconds, str(FOUND)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE.parents[2])  # noqa: S603  our own
        figures = dict(_FIGURES.findall(done.stderr))
        runs, inputs = figures.get("number_of_executed_units", "?"), figures.get("new_units_added", "?")
        verdict = "nothing found" if done.returncode == 0 else f"FOUND SOMETHING\n{done.stderr[-5000:]}"
        sys.stdout.write(f"{target:15} {seconds:>5} s {runs:>10} inputs, {inputs:>5} of them new: {verdict}\n")
        sys.stdout.flush()
        found += done.returncode != 0
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
