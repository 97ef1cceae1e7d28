"""The installed wheel, in an environment of its own and far from the checkout: nothing is missing from it."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.scenarios.instance import free_port
from tests.servers import Run

_ROOT = Path(__file__).resolve().parents[2]
_DATA = {
    "botapp/config/defaults.toml",
    "botapp/config/platforms.toml",
    "botapp/config/demo-campaign.toml",
    "botapp/config/answers/en.toml",
    "botapp/config/optout/en.toml",
    "botapp/sandbox/pages/chat.html",
    "botapp/sandbox/static/chat.js",
    "botapp/web/pages/privacy_request.html",
    "botapp/storage/migrations/env.py",
    "botapp/storage/migrations/versions/0001_the_first_schema.py",
}
_UP = """
import signal, subprocess, sys
up = subprocess.Popen([sys.executable, "-m", "botapp", "up", "--day", "4m"], stdout=subprocess.PIPE, text=True)
print(next((line for line in up.stdout if line.startswith("ready ")), "never ready"))
up.send_signal(signal.SIGTERM)
up.communicate()
sys.exit(up.returncode)
"""


@pytest.fixture(scope="session")
def wheel(test_run: Run) -> Path:
    """Built once a run."""
    return Path(test_run.once("wheel", lambda: _built(test_run.directory / "wheel")))


def _built(out: Path) -> str:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(out), str(_ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  pip
    if built.returncode != 0 and "hatchling" in built.stderr:
        pytest.skip("the build backend cannot be had here: no package index")
    assert built.returncode == 0, built.stderr
    return str(next(out.glob("botapp-*.whl")))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an environment that holds the wheel, and lends the packages that it needs from ours."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    lent = home / "lent"
    lent.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if "botapp" not in package.name and package.suffix != ".pth":
            (lent / package.name).symlink_to(package)
    (packages / "lent.pth").write_text(f"{lent}\n")
    return home / "bin" / "python"


def _run(python: Path, directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BOTAPP_", "PYTHONPATH"))}
    ports = {"BOTAPP_HTTP_PORT": str(free_port()), "BOTAPP_SANDBOX_PORT": str(free_port())}
    return subprocess.run(  # noqa: S603  our own program
        [python, *arguments],
        cwd=directory,
        env={**inherited, **ports, "BOTAPP_VAR_DIR": str(directory / "var")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_wheel_holds_every_file_that_is_read_at_run_time(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert names >= _DATA
    beside = {f"botapp/{path.relative_to(_ROOT)}" for path in (_ROOT / "config").rglob("*.toml")}
    inside = {
        str(path.relative_to(_ROOT))
        for path in (_ROOT / "botapp").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert beside | inside <= names
    assert not [name for name in names if name.startswith(("tests/", "bench/"))]


def test_an_installed_botapp_comes_up_without_the_checkout(python: Path, var_dir: Path) -> None:
    where = _run(python, var_dir, "-c", "import botapp.config_files as c; print(c.config_dir())")
    assert where.returncode == 0, where.stderr
    assert str(_ROOT) not in where.stdout
    done = _run(python, var_dir, "-c", _UP)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ready http://127.0.0.1:")
    status = _run(python, var_dir, "-m", "botapp", "status")
    assert "Corner Shop" in status.stdout, status.stderr
