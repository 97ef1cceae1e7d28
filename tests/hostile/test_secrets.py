"""A secret that anybody could guess, or none, stops every command that would rely on it, and is not shown."""

from pathlib import Path

import pytest

from botapp.settings import SettingsError, load_settings
from tests.cli.conftest import SECRETS, Botapp, botapp, terminal
from tests.cli.terminal import Done

__all__ = ["botapp", "terminal"]  # fixtures

APP_SECRET, PREVIOUS, VERIFY_TOKEN, KEY = (
    "BOTAPP_MESSENGER_APP_SECRET",
    "BOTAPP_MESSENGER_APP_SECRET_PREVIOUS",
    "BOTAPP_MESSENGER_VERIFY_TOKEN",
    "BOTAPP_SECRET_KEY",
)
WEAK = {
    "short": "Qw3rty-15-bytes",
    "a letter": "Q",
    "nothing but blanks": " " * 40,
    "short but for blanks": "  Qw3rty-15-bytes  ",
}
NO_KEYS = {"no base64": "Qw3rty" * 10, "short": "Qw3rtyQw3rty", "blanks": " " * 44, "half a key": "Q" * 22}
COMMANDS = (["web"], ["worker"], ["ticker"], ["sandbox"], ["up"], ["status"], ["doctor"], ["db", "upgrade"])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_weak_secret_stops_every_command_and_is_not_shown(botapp: Botapp, command: list[str]) -> None:
    for name in (APP_SECRET, PREVIOUS, VERIFY_TOKEN):
        for value in WEAK.values():
            _assert_refused(botapp(*command, **SECRETS | {name: value}), name, value, "under 16 bytes; ")
    for value in NO_KEYS.values():
        _assert_refused(botapp(*command, **SECRETS | {KEY: value}), KEY, value, "make one with: openssl")


def _assert_refused(done: Done, name: str, value: str, remedy: str) -> None:
    assert (done.code, done.out) == (2, ""), (name, value)
    assert done.err.startswith(f"botapp: {name}=(secret): ")
    assert remedy in done.err
    assert done.err.count("\n") == 1
    assert not value.strip() or value.strip() not in done.err.removeprefix(f"botapp: {name}")


@pytest.mark.parametrize("name", [APP_SECRET, VERIFY_TOKEN])
@pytest.mark.parametrize("command", ["web", "up", "sandbox"])
def test_without_a_secret_what_relies_on_it_does_not_start(botapp: Botapp, name: str, command: str) -> None:
    for given in ({}, {name: ""}):
        done = botapp(command, **{key: value for key, value in SECRETS.items() if key != name} | given)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"botapp: {name} is not set; ")


def test_sixteen_bytes_are_enough_whatever_they_are(botapp: Botapp) -> None:
    good = {APP_SECRET: "0123456789abcdef", PREVIOUS: "\u00e4" * 8, VERIFY_TOKEN: "fedcba9876543210"}
    assert botapp("db", "upgrade", **SECRETS | good).code == 0


def test_bytes_that_are_no_text_are_refused_too(botapp: Botapp) -> None:
    for name in (APP_SECRET, VERIFY_TOKEN, KEY):
        done = botapp("status", **SECRETS | {name: "Qw3rty-\udcff\udcfe-many-more-bytes"})
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"botapp: {name}=(secret): ")
        assert "Qw3rty" not in done.err


def test_neither_settings_nor_their_errors_show_a_secret(var_dir: Path) -> None:
    given = {"messenger_app_secret": "Qw3rty-0123456789", "messenger_verify_token": "Qw3rty-9876543210"}
    assert "Qw3rty" not in repr(load_settings(var_dir=var_dir, **given))
    for name, spoilt in (("http_port", 0), ("messenger_app_secret", 7), ("messenger_verify_token", ["Qw3rty"])):
        with pytest.raises(SettingsError) as refused:
            load_settings(var_dir=var_dir, **given | {name: spoilt})
        assert "Qw3rty" not in str(refused.value)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
