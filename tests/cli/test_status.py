"""What scripts read: `status --json`, `doctor`, `health`, `--help`, exit codes."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from botapp.storage.reengagements import State
from tests.chaos.servers import small_disk
from tests.cli.conftest import SECRETS, Botapp

_COMMANDS = [
    (),
    ("up",),
    ("web",),
    ("worker",),
    ("ticker",),
    ("sandbox",),
    ("db",),
    ("db", "upgrade"),
    ("account",),
    ("account", "add"),
    ("account", "list"),
    ("contact",),
    ("contact", "link"),
    ("campaign",),
    ("campaign", "apply"),
    ("campaign", "retire"),
    ("stop",),
    ("resume",),
    ("status",),
    ("doctor",),
    ("health",),
    ("replay",),
    ("audit",),
    ("audit", "checkpoint"),
    ("audit", "check"),
    ("audit", "export"),
    ("audit", "verify"),
    ("audit", "keys"),
]


@pytest.mark.parametrize("command", _COMMANDS, ids=" ".join)
def test_help_is_there_even_where_every_setting_is_wrong(botapp: Botapp, command: tuple[str, ...]) -> None:
    done = botapp(*command, "--help", BOTAPP_HTTP_PORT="no port")
    assert done.code == 0, done.err
    assert done.out.startswith(f"Usage: {' '.join(('botapp', *command))}")
    assert done.err == ""


def test_a_command_that_is_none_is_used_wrongly(botapp: Botapp) -> None:
    assert botapp("start").code == 2


def test_the_version_is_the_packages(botapp: Botapp) -> None:
    assert version("botapp") in botapp("--version").out


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "botapp", "--version"], capture_output=True, text=True, check=True)
    assert version("botapp") in done.stdout


def test_status_as_json_has_its_stable_form(shop: Botapp) -> None:
    done = shop("status", "--json")
    assert done.code == 0
    status = json.loads(done.out)
    assert set(status) == {"proactive_stopped", "pages", "counters"}
    (page,) = status["pages"]
    assert page == {
        "page_id": "1000",
        "name": "Test Page",
        "platform": "messenger",
        "paused": None,
        "proactive_stopped": False,
        "reengagements": {state.value: 0 for state in State},
        "refusals": {},
        "replies": page["replies"],
    }
    assert set(State) == {
        "planned", "claimed", "sent", "failed", "unknown", "skipped", "superseded", "expired"
    }  # fmt: skip


def test_upgrading_twice_is_upgrading_once(botapp: Botapp) -> None:
    first, second = botapp("db", "upgrade"), botapp("db", "upgrade")
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out


def _findings(out: str) -> dict[str, str]:
    """The word at the head of each line, by what it is about."""
    return {line[5:].partition(":")[0]: line[:4].strip() for line in out.splitlines()}


def test_doctor_says_one_line_each_with_its_remedy_and_fails_if_anything_does(shop: Botapp, free_port: int) -> None:
    platform = {**SECRETS, "BOTAPP_GRAPH_URL": f"http://127.0.0.1:{free_port}"}
    assert shop("audit", "checkpoint").code == 0  # no ticker signs here
    done = shop("doctor", **platform)
    assert done.code == 1
    assert _findings(done.out) == {
        "settings": "ok",
        "secrets": "ok",
        "timeouts": "ok",
        "disk": "ok",
        "database": "ok",
        "redis": "FAIL",
        "clocks": "ok",
        "worker": "FAIL",
        "ticker": "FAIL",
        "log": "ok",
        "inbox": "ok",
        "kill switch": "ok",
        "page 1000 token": "FAIL",
    }
    assert all(" -> " in line for line in done.out.splitlines() if line.startswith("FAIL")), done.out
    assert done.err == ""
    assert "a-token" not in done.out
    assert "page 1000 token: the platform does not answer (connect) -> " in done.out


def test_doctor_sees_a_variable_that_was_meant_as_a_setting(botapp: Botapp) -> None:
    done = botapp("doctor", BOTAPP_SEND_ALOWANCE="1m", BOTAPP_KEY="of another program")
    assert "FAIL settings: BOTAPP_SEND_ALOWANCE is none -> write BOTAPP_SEND_ALLOWANCE" in done.out


def test_doctor_sees_a_disk_that_is_full(botapp: Botapp, tmp_path: Path) -> None:
    with small_disk(tmp_path / "mounted") as disk:
        if not disk.is_mounted:
            pytest.skip("may not mount a file system here")
        done = botapp("doctor", BOTAPP_VAR_DIR=str(disk.directory / "var"))
    assert "FAIL disk: " in done.out
    assert "make room" in done.out


def test_doctor_of_an_empty_place_begins_with_what_to_do_first(botapp: Botapp) -> None:
    done = botapp("doctor", BOTAPP_SANDBOX="off")
    assert done.code == 1
    assert "botapp db upgrade" in done.out
    assert "BOTAPP_MESSENGER_APP_SECRET" in done.out


def test_doctor_reads_no_token_with_another_key(shop: Botapp) -> None:
    other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    done = shop("doctor", **SECRETS, BOTAPP_SECRET_KEY=other)
    assert done.code == 1
    assert "encrypted with another key" in done.out
    assert done.err == ""


def test_doctor_shows_a_database_that_is_away_without_its_password(botapp: Botapp, free_port: int) -> None:
    away = f"postgresql://user:secret@127.0.0.1:{free_port}/name"
    done = botapp("doctor", **SECRETS, BOTAPP_DATABASE_URL=away)
    assert done.code == 1
    assert "BOTAPP_DATABASE_URL" in done.out
    assert "secret" not in done.out.replace("app secret", "").replace("secrets", "") + done.err


@pytest.mark.parametrize("part", ["worker", "ticker"])
def test_nobody_alive_is_exit_code_one(shop: Botapp, part: str) -> None:
    done = shop("health", part)
    assert (done.code, done.out) == (1, f"{part} shows no sign of life\n")
    assert done.err == ""
