"""docker-compose.yml as Compose would read it, and the Dockerfile as the builder would."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
# https://docs.docker.com/reference/compose-file/interpolation/
_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?:(?P<how>:[-?])(?P<rest>[^}]*))?\})")

Compose = dict[str, Any]


class MissingVariableError(Exception):
    """What `docker compose` says when a variable marked ":?" is not set."""


def interpolated(value: object, variables: Mapping[str, str]) -> Any:  # YAML
    """The same structure with variables filled in."""
    if isinstance(value, dict):
        return {key: interpolated(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolated(item, variables) for item in value]
    return _VARIABLE.sub(lambda match: _value(match, variables), value) if isinstance(value, str) else value


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["escaped"]:
        return "$"
    value = variables.get(match["name"], "")
    if value or match["how"] is None:
        return value
    if match["how"] == ":-":
        return match["rest"]
    raise MissingVariableError(match["name"], match["rest"])


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile, continuation lines joined."""

    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        return self.rest.split()


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture
def variables() -> dict[str, str]:
    """What a .env file has to hold, and no more."""
    return {
        "POSTGRES_PASSWORD": "database-password",
        "REDIS_PASSWORD": "redis-password",
        "BOTAPP_SECRET_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "BOTAPP_MESSENGER_APP_SECRET": "an app secret of good length",
        "BOTAPP_MESSENGER_VERIFY_TOKEN": "a verify token of tests",
    }


@pytest.fixture
def raw_compose() -> Compose:
    text = (ROOT / "docker-compose.yml").read_text()
    loaded: Compose = yaml.safe_load(text)
    return loaded


@pytest.fixture
def compose_with(raw_compose: Compose) -> Callable[[Mapping[str, str]], Compose]:
    """The file with the given variables filled in."""

    def fill_in(variables: Mapping[str, str]) -> Compose:
        filled: Compose = interpolated(raw_compose, variables)
        return filled

    return fill_in


@pytest.fixture
def compose(compose_with: Callable[[Mapping[str, str]], Compose], variables: dict[str, str]) -> Compose:
    return compose_with(variables)


@pytest.fixture
def dockerfile() -> list[Instruction]:
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    split = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [Instruction(name, rest) for name, rest in split]
