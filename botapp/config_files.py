"""Finds the data that comes with botapp, in a checkout and in an installed wheel alike."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent


@cache
def config_dir() -> Path:
    """The folder `config`: inside the wheel, or beside the package in a checkout."""
    for candidate in (_PACKAGE / "config", _PACKAGE.parent / "config"):
        if (candidate / "defaults.toml").is_file():
            return candidate
    raise FileNotFoundError(f"config/defaults.toml is missing beside {_PACKAGE}; install botapp again")


def read_toml(*parts: str) -> dict[str, Any]:
    """One file of the folder."""
    return tomllib.loads(config_dir().joinpath(*parts).read_text(encoding="utf-8"))


def read_languages(folder: str) -> dict[str, dict[str, Any]]:
    """Every <language>.toml of a folder, by language."""
    files = sorted((config_dir() / folder).glob("*.toml"))
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in files}
