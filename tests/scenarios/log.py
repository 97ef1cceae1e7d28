"""What somebody makes of an instance's log who has nothing but a bundle of it and a bare Python."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.scenarios.instance import Instance


def assert_the_log_holds(instance: Instance, elsewhere: Path) -> None:
    """The live log is what is signed; a bundle of it, moved to another folder, verifies there; all sends are judged."""
    checked = instance.command("audit", "check")
    assert checked.returncode == 0, checked.stdout
    written = instance.command("audit", "export", "--out", str(instance.var_dir / "bundle"))
    assert written.returncode == 0, written.stderr
    key = instance.command("audit", "keys").stdout.strip()
    shutil.move(instance.var_dir / "bundle", elsewhere)
    command = [sys.executable, "-I", "-S", str(elsewhere / "verify.py"), "--key", key]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")  # noqa: S603  what we wrote
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "Everything holds." in done.stdout
    assert "not judged" not in done.stdout, done.stdout
