"""Finds the data that comes with botapp, in a checkout and in an installed wheel alike."""

import tomllib
from collections.abc import Iterator, Mapping
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


class Languages(Mapping[str, dict[str, Any]]):
    """Every <language>.toml of a folder, by language; each is read when it is asked for, and not kept."""

    def __init__(self, folder: Path) -> None:
        self._files = {file.stem: file for file in sorted(folder.glob("*.toml"))}

    def __getitem__(self, language: str) -> dict[str, Any]:
        return tomllib.loads(self._files[language].read_text(encoding="utf-8"))

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def read_languages(folder: str) -> Languages:
    """Of one folder of `config`."""
    return Languages(config_dir() / folder)
