"""docker-compose.yml, proven without Docker: its structure, and that each name in it exists."""

import re
from collections.abc import Callable, Mapping

import click
import pytest

from botapp.cli import cli
from botapp.settings import Settings, load_settings
from tests.containers.conftest import ROOT, Compose, MissingVariableError

OURS = ("migrate", "web", "worker", "ticker")
# The part of https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json that we use.
SERVICE_KEYS: dict[str, type | tuple[type, ...]] = {
    "build": (str, dict),
    "cap_drop": list,
    "command": list,
    "depends_on": dict,
    "deploy": dict,
    "environment": dict,
    "healthcheck": dict,
    "image": str,
    "init": bool,
    "ports": list,
    "read_only": bool,
    "restart": str,
    "security_opt": list,
    "shm_size": str,
    "stop_grace_period": str,
    "stop_signal": str,
    "tmpfs": list,
    "volumes": list,
}
HEALTHCHECK_KEYS = {"test", "interval", "timeout", "retries", "start_period", "disable"}
DURATION = re.compile(r"(\d+(us|ms|s|m|h))+")


def test_the_file_has_the_shape_that_compose_asks_for(compose: Compose) -> None:
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "volumes"}
    for name, service in compose["services"].items():
        assert not set(service) - set(SERVICE_KEYS), name
        for key, value in service.items():
            assert isinstance(value, SERVICE_KEYS[key]), (name, key)
        assert service["restart"] in {"no", "always", "on-failure", "unless-stopped"}
        assert all(isinstance(value, str) for value in service.get("environment", {}).values()), name
        assert all(isinstance(part, str) for part in service.get("command", [])), name


def test_durations_are_such_as_compose_reads(compose: Compose) -> None:
    for service in compose["services"].values():
        check = service["healthcheck"]
        durations = [check[key] for key in ("interval", "timeout", "start_period") if key in check]
        for duration in [*durations, *([service["stop_grace_period"]] if "stop_grace_period" in service else [])]:
            assert DURATION.fullmatch(duration)


def test_every_service_has_a_health_check_but_the_one_that_ends(compose: Compose) -> None:
    for name, service in compose["services"].items():
        check = service["healthcheck"]
        assert set(check) <= HEALTHCHECK_KEYS
        if name == "migrate":
            assert check == {"disable": True}
        else:
            assert check["test"][0] in {"CMD", "CMD-SHELL"}


def test_whoever_waits_for_another_waits_for_something_that_can_happen(compose: Compose) -> None:
    services = compose["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            match how["condition"]:
                case "service_healthy":
                    assert "test" in services[other]["healthcheck"], (name, other)
                case "service_completed_successfully":
                    assert services[other]["restart"] == "no", (name, other)
                case condition:
                    pytest.fail(f"{name} waits for {other}: {condition}")


def test_data_is_kept_in_named_volumes(compose: Compose) -> None:
    mounted = {
        volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])
    }
    assert mounted == set(compose["volumes"]) == {"postgres-data", "redis-data", "ledger-keys"}


def test_whoever_signs_or_exports_has_the_keys_of_the_log_and_nobody_else(compose: Compose) -> None:
    holders = {
        name
        for name, service in compose["services"].items()
        if any("ledger-keys" in v for v in service.get("volumes", []))
    }
    assert holders == {"web", "ticker"}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_few_rights(compose: Compose, name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["worker", "ticker"])
def test_workers_and_tickers_can_be_many(compose: Compose, name: str) -> None:
    assert int(compose["services"][name]["deploy"]["replicas"]) == 2
    assert "ports" not in compose["services"][name]


def test_only_the_web_is_published_and_only_to_this_host(compose: Compose) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8080:8080"]}


@pytest.mark.parametrize(
    "missing",
    [
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "BOTAPP_SECRET_KEY",
        "BOTAPP_MESSENGER_APP_SECRET",
        "BOTAPP_MESSENGER_VERIFY_TOKEN",
    ],
)
def test_a_missing_secret_stops_the_start_with_a_hint(
    compose_with: Callable[[Mapping[str, str]], Compose], variables: dict[str, str], missing: str
) -> None:
    del variables[missing]
    with pytest.raises(MissingVariableError) as caught:
        compose_with(variables)
    assert caught.value.args[0] == missing
    assert len(caught.value.args[1]) > 20


def test_no_secret_stands_in_the_file(raw_compose: Compose) -> None:
    for service in raw_compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN|_AUTH|_URL", name):
                assert "${" in value, name


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_known_and_together_they_hold(
    compose: Compose, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    environment = compose["services"][name]["environment"]
    known = {f"BOTAPP_{field.upper()}" for field in Settings.model_fields}
    assert set(environment) <= known
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert not settings.uses_sandbox
    assert settings.database_address.startswith("postgresql")


def test_what_the_example_asks_for_is_passed_on(compose_with: Callable[[Mapping[str, str]], Compose]) -> None:
    lines = (ROOT / "config" / "example.env").read_text().splitlines()
    asked = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert {"BOTAPP_SECOND_FACTOR", "BOTAPP_OIDC_CLIENT_SECRET", "BOTAPP_TRUSTED_PROXIES"} <= set(asked)
    passed = str(compose_with({name: f"value-of-{name}" for name in asked})["services"])
    assert [name for name in asked if f"value-of-{name}" not in passed] == []


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(compose: Compose, name: str) -> None:
    resolve(compose["services"][name]["command"])


@pytest.mark.parametrize("name", ["worker", "ticker"])
def test_every_health_command_exists(compose: Compose, name: str) -> None:
    resolve(compose["services"][name]["healthcheck"]["test"][1:])


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(click.ClickException):
        resolve(["botapp", "db", "upgarde"])


def resolve(words: list[str]) -> None:
    """Lets click read the words as it would, without running them."""
    program, *arguments = words
    assert program == "botapp"
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        _, found, arguments = command.resolve_command(context, arguments)
        assert found is not None
        command = found
        context = click.Context(command, parent=context)
    command.parse_args(context, arguments)
    assert not arguments or context.params
