"""Fuzzes one target: `python -m tests.hostile.fuzz.run TARGET SECONDS [FOLDER]`. What it finds new goes to FOLDER.

Ends with code 0 when nothing was found; otherwise the input is in FOLDER and its story above.
"""

import importlib
import sys
import tempfile
from pathlib import Path

import atheris  # the dependency group "fuzz"

CORPUS = Path(__file__).resolve().parent.parent / "corpus"


def main(target: str, seconds: str, folder: str | None = None) -> None:
    """Never returns: libFuzzer ends the process."""
    found = Path(folder or tempfile.mkdtemp(prefix="botapp-fuzz-")) / target
    found.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["botapp"]):
        harness = importlib.import_module(f"tests.hostile.fuzz.{target}")
    options = [
        f"-max_total_time={seconds}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=8192",
        "-print_final_stats=1",
        f"-artifact_prefix={found}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(found), str(CORPUS / target)], harness.try_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
