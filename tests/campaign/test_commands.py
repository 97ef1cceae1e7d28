"""What marketers and operators type: `botapp campaign`, `botapp stop`, `botapp resume`."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from botapp.storage import accounts
from botapp.storage.schema import rule_version, template_version
from tests.campaign.files import RULE, TEMPLATE, written
from tests.world import PAGE_ID, World, standing_world

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def world(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """On one database: here it is the words that are tested."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as standing:
        yield standing


@pytest.fixture
def run(world: World, sqlite_database_url: str, redis_url: str) -> Run:
    """Runs a command of the world's installation in a process of its own."""
    environment = os.environ | {
        "BOTAPP_VAR_DIR": str(world.installation.settings.var_dir),
        "BOTAPP_DATABASE_URL": sqlite_database_url,
        "BOTAPP_REDIS_URL": redis_url,
    }

    def botapp(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "botapp", *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603  our own command

    return botapp


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    """A campaign file with that text."""

    def write(text: str) -> Path:
        path = tmp_path / "campaign.toml"
        path.write_text(text)
        return path

    return write


def test_a_file_is_stored_and_then_published(world: World, run: Run, file: Callable[[str], Path]) -> None:
    stored = run("campaign", "apply", file(written()))
    assert (stored.returncode, "rule a-rule version 1 stored, not published" in stored.stdout) == (0, True)
    published = run("campaign", "apply", file(written()), "--publish")
    assert published.stdout == (
        f"page {PAGE_ID}: template hello version 1 published\npage {PAGE_ID}: rule a-rule version 1 published\n"
    )
    assert len([row for row in world.rows(template_version) if row.name == "hello"]) == 1


def test_a_faulty_file_is_refused_with_file_key_and_reason_and_nothing_is_stored(
    world: World, run: Run, file: Callable[[str], Path]
) -> None:
    before = world.rows(template_version), world.rows(rule_version)
    path = file(written(TEMPLATE | {"text": '"Hello {nobody}"'}, RULE | {"delay": '"24h"', "colour": '"red"'}))
    refused = run("campaign", "apply", path, "--publish")
    assert refused.returncode == 1
    told = [line for line in refused.stderr.splitlines() if f"{path}: " in line]
    keys = ["templates['hello'].text: unknown placeholder", "rules['a-rule'].colour: unknown key"]
    keys.append("rules['a-rule'].delay: can never fall inside")
    for key in keys:
        assert any(key in line for line in told), key
    assert (world.rows(template_version), world.rows(rule_version)) == before


def test_a_file_that_is_none_of_ours_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "campaign.toml"
    path.write_bytes(b"\xff\xfe\x00")
    refused = run("campaign", "apply", path)
    assert (refused.returncode, f"{path}: not a TOML file" in refused.stderr) == (1, True)


def test_only_the_page_that_is_named_gets_it(world: World, run: Run, file: Callable[[str], Path]) -> None:
    other = world.add_page("2000")
    path = file(written())
    assert run("campaign", "apply", path, "--publish", "--page-id", "2000").returncode == 0
    assert {row.account_id for row in world.rows(template_version) if row.name == "hello"} == {other.id}
    unknown = run("campaign", "apply", path, "--page-id", "3000")
    assert (unknown.returncode, "no page '3000'" in unknown.stderr) == (1, True)


def test_a_rule_is_retired_once(run: Run) -> None:
    assert "rule after-a-while retired" in run("campaign", "retire", "after-a-while").stdout
    again = run("campaign", "retire", "after-a-while")
    assert (again.returncode, "no page has a live rule" in again.stderr) == (1, True)


def test_the_kill_switch_is_one_word_and_its_reason_is_kept(world: World, run: Run) -> None:
    assert run("stop", "--reason", "a wrong link").returncode == 0
    with world.installation.database.reading() as connection:
        assert accounts.proactive_is_stopped(connection)
    assert run("resume").returncode == 0
    with world.installation.database.reading() as connection:
        assert not accounts.proactive_is_stopped(connection)
    reasons = [entry.reason for entry in world.page_ledger() if entry.kind.startswith("proactive_")]
    assert reasons == ["a wrong link", "resumed by staff"]


def test_a_live_rule_is_shown_as_a_file_and_its_customers_are_counted(
    world: World, run: Run, file: Callable[[str], Path]
) -> None:
    world.says(world.add_customer("Alice Ng"))
    world.says(world.add_customer("Bob"), ago=timedelta(hours=25))
    alice = next(row.id for row in world.contacts() if row.last_interaction_at > row.created_at - timedelta(hours=1))
    world.apply(written(TEMPLATE, RULE | {"when": '{ fact = "customer_type", is = "new" }'}))
    shown = run("campaign", "show", "a-rule")
    assert 'when = [\n    { fact = "customer_type", is = "new" },\n]' in shown.stdout
    counted = f"page {PAGE_ID}: a-rule matches 1 of 1 open windows\n"
    assert run("campaign", "match", "a-rule", "--list").stdout == f"{counted}{world.account.id}/{alice}\n"
    nobody = shown.stdout.replace('"new"', '"returning"')
    assert run("campaign", "match", file(nobody)).stdout == counted.replace("matches 1", "matches 0")


def test_a_rule_that_cannot_serve_the_pages_customers_is_refused_and_says_why(
    world: World, run: Run, file: Callable[[str], Path]
) -> None:
    path = file(written(TEMPLATE, RULE | {"delay": '"23h"', "quiet_hours": '"21:00-08:00"'}))
    warned = run("campaign", "check", path)
    assert (warned.returncode, "warning: rules['a-rule']: with these quiet hours 42.1 % of open" in warned.stderr) == (
        0,
        True,
    )
    midnight = world.installation.clock.now().replace(hour=0, minute=30) - timedelta(days=1)
    for name in ("Alice Ng", "Bob"):
        world.says(world.add_customer(name), ago=world.installation.clock.now() - midnight)
    refused = run("campaign", "apply", path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "100 % of open windows have no legal minute" in refused.stderr
