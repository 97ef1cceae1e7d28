"""The Dockerfile, proven without Docker: order, rights, sources, commands."""

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from botapp.settings import Settings
from tests.containers.conftest import Instruction
from tests.containers.test_compose import resolve

KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}


def final_stage(dockerfile: list[Instruction]) -> list[Instruction]:
    last = max(index for index, instruction in enumerate(dockerfile) if instruction.name == "FROM")
    return dockerfile[last:]


def test_only_known_instructions_and_first_of_all_an_image(dockerfile: list[Instruction]) -> None:
    assert {instruction.name for instruction in dockerfile} <= KNOWN
    assert dockerfile[0].name == "FROM"


def test_it_builds_in_one_stage_and_runs_in_another(dockerfile: list[Instruction]) -> None:
    stages = [instruction.words for instruction in dockerfile if instruction.name == "FROM"]
    assert [words[2] for words in stages if len(words) > 1] == ["build"]
    assert len(stages) == 2
    used = set(re.findall(r"from=(\w+)", " ".join(instruction.rest for instruction in dockerfile)))
    assert used == {"build"}


def test_it_runs_as_nobody_in_particular_and_nothing_after_that_needs_more(dockerfile: list[Instruction]) -> None:
    names = [instruction.name for instruction in final_stage(dockerfile)]
    [user] = [instruction.rest for instruction in final_stage(dockerfile) if instruction.name == "USER"]
    number, _, group = user.partition(":")
    assert int(number) > 1000
    assert int(group) > 1000
    assert "RUN" not in names[names.index("USER") :]
    assert names.count("CMD") == names.count("HEALTHCHECK") == 1


def test_everything_copied_is_there_and_not_kept_out(dockerfile: list[Instruction], root: Path) -> None:
    ignored = [line for line in (root / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    for source in copied(dockerfile):
        assert (root / source).exists()
        assert f"!{source}" in ignored


def test_what_must_stay_outside_stays_outside(root: Path) -> None:
    lines = [line for line in (root / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    for kept_out in (".env", ".git", "var", "tests", ".venv"):
        assert not any(line.startswith("!") and fnmatch(kept_out, line[1:]) for line in lines)


def test_what_is_copied_is_all_that_the_wheel_is_built_from(dockerfile: list[Instruction], root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    wanted |= {*wheel["packages"], *wheel["force-include"]}
    assert set(copied(dockerfile)) == wanted


def test_it_sets_known_settings_and_no_secrets(dockerfile: list[Instruction]) -> None:
    names = [
        name
        for instruction in dockerfile
        if instruction.name == "ENV"
        for name in re.findall(r"(\w+)=", instruction.rest)
    ]
    assert names
    for name in names:
        assert name == "PYTHONUNBUFFERED" or name.removeprefix("BOTAPP_").lower() in Settings.model_fields
        assert not re.search(r"SECRET|TOKEN|PASSWORD|KEY", name)


def test_its_default_command_exists_and_its_health_check_is_the_webs(
    dockerfile: list[Instruction], compose: dict[str, dict[str, dict[str, dict[str, list[str]]]]]
) -> None:
    [command] = [instruction.rest for instruction in dockerfile if instruction.name == "CMD"]
    resolve(json.loads(command))
    [check] = [instruction.rest for instruction in dockerfile if instruction.name == "HEALTHCHECK"]
    words = json.loads(check[check.index("CMD [") + 4 :])
    assert words == compose["services"]["web"]["healthcheck"]["test"][1:]


def copied(dockerfile: list[Instruction]) -> list[str]:
    """The sources of each COPY."""
    return [source for instruction in dockerfile if instruction.name == "COPY" for source in instruction.words[:-1]]
