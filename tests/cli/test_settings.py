"""A wrong setting stops the start with one line: the variable, the value, the remedy; a secret's value is not shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import SECRETS, Botapp

_KEY_OF_ANOTHER_LENGTH = "c2hvcnQ="


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("BOTAPP_HTTP_PORT", "70000", "65535"),
        ("BOTAPP_HTTP_PORT", "http", "integer"),
        ("BOTAPP_SANDBOX", "maybe", "'on' or 'off'"),
        ("BOTAPP_SERVER", "apache", "'gunicorn' or 'granian'"),
        ("BOTAPP_TICK", "200", 'write it like "90s"'),
        ("BOTAPP_TICK", "0s", "longer than nothing"),
        ("BOTAPP_CLAIM_FRESHNESS", "0s", "longer than nothing"),
        ("BOTAPP_SEND_ALLOWANCE", "10s", "lengthen BOTAPP_SEND_ALLOWANCE"),
        ("BOTAPP_SEND_ALLOWANCE", "25h", "shorten"),
        ("BOTAPP_SENDS_PER_SECOND", "301", "300"),
        ("BOTAPP_CAP", "0", "1"),
        ("BOTAPP_COOL_DOWN", "1h", "24"),
        ("BOTAPP_GRAPH_VERSION", "25", "v25.0"),
        ("BOTAPP_GRAPH_URL", "http://graph.facebook.com", "https"),
        ("BOTAPP_GRAPH_URL", "graph.facebook.com", "https"),
        ("BOTAPP_PUBLIC_URL", "bot.example.com", "https://"),
        ("BOTAPP_DEFAULT_ZONE", "Berlin", "Europe/Berlin"),
        ("BOTAPP_DEFAULT_LANGUAGE", "xx", "en"),
        ("BOTAPP_DAY", "4m", "BOTAPP_SANDBOX=on"),
        ("BOTAPP_COOL_DOWN", "999999999d", "century"),
        ("BOTAPP_DAILY_CAP_STEPS", "few", "integer"),
        ("BOTAPP_LEDGER_ORIGIN", "two words", "bot.example.com/log"),
        ("BOTAPP_LEDGER_ORIGIN", "one+more", "bot.example.com/log"),
        ("BOTAPP_VAR_DIR", "/dev/null", "directory"),
        ("BOTAPP_VAR_DIR", "/dev/null/below", "directory"),
    ],
)
def test_it_is_named_with_its_value_and_the_remedy(botapp: Botapp, name: str, value: str, remedy: str) -> None:
    refused = botapp("status", **{**SECRETS, name: value})
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1, refused.err
    assert refused.err.startswith(f"botapp: {name}")
    assert value in refused.err
    assert remedy in refused.err


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("1s", "leaves no time for a send; make it longer"),
        ("25h", 'the promise is a window of 24 hours; write "24h" or less'),
    ],
)
def test_a_day_that_is_too_short_for_a_send_or_longer_than_a_day_is_refused(
    botapp: Botapp, day: str, reason: str
) -> None:
    refused = botapp("up", "--day", day)
    assert refused.code == 2
    assert refused.err == f"botapp: BOTAPP_DAY={day}: {reason}\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOTAPP_MESSENGER_APP_SECRET", "secret-15-bytes"),
        ("BOTAPP_MESSENGER_APP_SECRET_PREVIOUS", "secret-15-bytes"),
        ("BOTAPP_SECRET_KEY", _KEY_OF_ANOTHER_LENGTH),
        ("BOTAPP_DATABASE_URL", "postgres//user:secret@host/name"),
        ("BOTAPP_DATABASE_URL", "mysql://user:secret@host/name"),
        ("BOTAPP_DATABASE_URL", "postgresql://user:secret@host:port/name"),
        ("BOTAPP_DATABASE_URL", "sqlite:///:memory:"),
        ("BOTAPP_REDIS_URL", "localhost:6379/secret"),
        ("BOTAPP_REDIS_URL", "redis://:secret@host:port/0"),
    ],
)
@pytest.mark.parametrize("command", ["status", "worker"])
def test_a_secret_one_is_named_and_not_shown(botapp: Botapp, name: str, value: str, command: str) -> None:
    refused = botapp(command, **{**SECRETS, name: value})
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1, refused.err
    assert refused.err.startswith(f"botapp: {name}=(secret): ")
    assert "secret" not in refused.err.removeprefix(f"botapp: {name}=(secret): ")
    assert value not in refused.err


@pytest.mark.parametrize("missing", ["BOTAPP_MESSENGER_APP_SECRET", "BOTAPP_MESSENGER_VERIFY_TOKEN"])
@pytest.mark.parametrize("command", ["web", "up"])
def test_without_the_secrets_of_a_real_platform_nothing_that_needs_them_starts(
    botapp: Botapp, missing: str, command: str
) -> None:
    refused = botapp(command, **{name: value for name, value in SECRETS.items() if name != missing})
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"botapp: {missing} is not set; ")
    assert refused.err.count("\n") == 1


def test_variables_that_are_no_settings_are_nobodys_business(botapp: Botapp) -> None:
    assert botapp("db", "upgrade", BOTAPP_TEST_DATABASE_URL="x", BOTAPP_NO_SUCH_THING="y").code == 0


def test_a_setting_that_another_one_needs_is_named_as_missing(botapp: Botapp) -> None:
    refused = botapp("status", BOTAPP_OIDC_CLIENT_ID="botapp")
    assert refused.err.startswith("botapp: BOTAPP_OIDC_ISSUER is missing; ")


@pytest.mark.parametrize("written", ["10, 20,30", "[10, 20, 30]", "10 20 30"])
def test_a_list_is_written_with_commas_or_blanks(botapp: Botapp, written: str) -> None:
    assert botapp("db", "upgrade", BOTAPP_DAILY_CAP_STEPS=written).code == 0


def test_an_empty_variable_is_one_that_is_not_set(botapp: Botapp) -> None:
    assert botapp("db", "upgrade", BOTAPP_DATABASE_URL="", BOTAPP_HTTP_PORT="").code == 0


def test_a_database_that_is_away_is_one_line_without_its_password(botapp: Botapp, free_port: int) -> None:
    away = f"postgresql://user:secret@127.0.0.1:{free_port}/name"
    refused = botapp("status", BOTAPP_DATABASE_URL=away)
    assert (refused.code, refused.out) == (1, "")
    assert "the database does not answer" in refused.err
    assert "botapp doctor" in refused.err
    assert refused.err.count("\n") == 1
    assert "secret" not in refused.err


def test_a_worker_whose_redis_is_away_says_so_and_waits_for_it(botapp: Botapp, var_dir: Path, free_port: int) -> None:
    assert botapp("db", "upgrade").code == 0
    url = f"redis://:secret@127.0.0.1:{free_port}/0"
    environment = {**os.environ, "BOTAPP_VAR_DIR": str(var_dir), "BOTAPP_REDIS_URL": url}
    command = [sys.executable, "-m", "botapp", "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as worker:  # noqa: S603  ours
        assert worker.stderr is not None
        said = worker.stderr.readline() + worker.stderr.readline()
        worker.terminate()
        said += worker.stderr.read()
    assert said.count("BOTAPP_REDIS_URL") >= 2
    assert "secret" not in said


@pytest.mark.parametrize("command", ["status", "worker", "ticker", "web"])
def test_a_database_without_tables_names_the_command_that_makes_them(botapp: Botapp, command: str) -> None:
    refused = botapp(command, **SECRETS)
    assert refused.code == 1
    assert "botapp db upgrade" in refused.err
    assert refused.err.count("\n") == 1


def test_a_key_file_that_others_can_read_is_refused(shop: Botapp, var_dir: Path) -> None:
    (var_dir / "secret.key").chmod(0o644)
    refused = shop("account", "add", "messenger", "--page-id", "2", "--token", "t", "--name", "n")
    assert refused.code == 2
    assert f"chmod 600 {var_dir}/secret.key" in refused.err


def test_every_file_of_an_instance_is_its_owners_alone(shop: Botapp, var_dir: Path) -> None:
    assert shop("status").code == 0
    exposed = [path for path in var_dir.rglob("*") if path.stat().st_mode & 0o077]
    assert exposed == []
