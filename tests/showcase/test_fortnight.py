"""A fortnight that is made up: by production code, verifiable, and only where nothing of somebody's own is."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Row, Table, select

from botapp.audit import verify as verifier
from botapp.bootstrap.installation import Installation
from botapp.commands.demo import demo
from botapp.compliance.agreement import AgreementCheck
from botapp.compliance.check_live import LiveCheck
from botapp.settings import load_settings
from botapp.showcase.fortnight import Lived, Plan, live_through
from botapp.showcase.opening import Learn
from botapp.storage.schema import contact, ledger_entry, reengagement, staff
from tests import databases, servers

_UNTIL = datetime(2026, 11, 20, 11, tzinfo=UTC)
_PLAN = Plan(_UNTIL, days=3, customers=45, seed=2)
_SMALL = ("--days", "2", "--customers", "10")


@dataclass
class Made:
    """An installation with a past."""

    installation: Installation
    lived: Lived
    var_dir: Path

    def rows(self, table: Table) -> list[Row[Any]]:
        with self.installation.database.reading() as connection:
            return list(connection.execute(select(table)))

    def told(self) -> list[tuple[Any, ...]]:
        """The log, but for what is made to be secret."""
        columns = ("account_id", "contact_id", "sequence", "kind", "recorded_at", "reason", "details")
        return sorted(tuple(str(getattr(row, name)) for name in columns) for row in self.rows(ledger_entry))


@pytest.fixture(scope="module")
def make(
    test_run: servers.Run, tmp_path_factory: pytest.TempPathFactory, learn: Learn
) -> Iterator[Callable[[Plan], Made]]:
    made: list[Made] = []

    def run(plan: Plan) -> Made:
        var_dir = tmp_path_factory.mktemp("demo")
        settings = load_settings(var_dir=var_dir, database_url=databases.sqlite_copy(test_run, var_dir / "botapp.db"))
        lived = live_through(plan, settings, lambda _share: None, learn)
        made.append(Made(Installation.of(settings), lived, var_dir))
        return made[-1]

    yield run
    for each in made:
        each.installation.database.close()


@pytest.fixture(scope="module")
def shop(make: Callable[[Plan], Made]) -> Made:
    return make(_PLAN)


def test_its_log_verifies_and_the_tables_agree_with_it(shop: Made, tmp_path: Path) -> None:
    installation = shop.installation
    assert LiveCheck(installation.database, installation.signer).run().holds
    assert AgreementCheck(installation.database, installation.house).run().differences == 0
    assert list(installation.outcome_keeper().rebuild().differences()) == []
    installation.exporter().export_log(tmp_path / "bundle", installation.clock.now())
    assert verifier.main([str(tmp_path / "bundle")]) == 0


def test_everything_that_a_shop_knows_has_happened(shop: Made) -> None:
    kinds = Counter(row.kind for row in shop.rows(ledger_entry))
    happened = {"sent", "skipped", "converted", "taken_up", "suppression_set", "handover_answered", "template_approved"}
    assert happened <= kinds.keys()
    assert {"en", "de", "es"} <= {row.language for row in shop.rows(contact)}
    assert {row.name for row in shop.rows(staff)} >= {"mia", "paul", "olga", "dora", "ada"}
    assert shop.lived.conversations >= shop.lived.customers > 0


def test_it_ends_at_its_end_with_plans_for_the_day_after(shop: Made) -> None:
    rows = shop.rows(reengagement)
    due = [row.due_at for row in rows if row.state == "planned"]
    assert due
    assert all(_UNTIL - timedelta(hours=1) <= at <= _UNTIL + timedelta(days=1) for at in due)
    assert max(row.recorded_at for row in shop.rows(ledger_entry)) <= _UNTIL + timedelta(minutes=1)


def test_the_sandbox_knows_those_whose_window_is_open(shop: Made) -> None:
    """Else it would refuse what falls due next."""
    lines = [json.loads(line) for line in (shop.var_dir / "sandbox.jsonl").read_bytes().splitlines()]
    known = {line["psid"] for line in lines if line["what"] == "customer"}
    planned = {row.contact_id for row in shop.rows(reengagement) if row.state == "planned"}
    assert {row.platform_contact_id for row in shop.rows(contact) if row.id in planned} <= known
    assert {line["what"] for line in lines} >= {"customer", "message", "send"}


def test_the_same_seed_makes_the_same_past(shop: Made, make: Callable[[Plan], Made]) -> None:
    assert make(_PLAN).told() == shop.told()


@pytest.mark.parametrize(
    ("environment", "remedy"),
    [({"BOTAPP_GRAPH_URL": "https://graph.facebook.com"}, "BOTAPP_GRAPH_URL"), ({"BOTAPP_DAY": "4m"}, "BOTAPP_DAY")],
)
def test_made_up_people_stay_away_from_real_platforms_and_shortened_days(
    environment: dict[str, str], remedy: str, tmp_path: Path
) -> None:
    secrets = {"BOTAPP_MESSENGER_APP_SECRET": "x" * 20, "BOTAPP_MESSENGER_VERIFY_TOKEN": "y" * 20}
    done = CliRunner().invoke(demo, _SMALL, env={"BOTAPP_VAR_DIR": str(tmp_path), **secrets, **environment})
    assert done.exit_code == 2
    assert remedy in done.output
    assert not (tmp_path / "botapp.db").exists()


def test_it_is_made_once_and_never_beside_anything_else(tmp_path: Path) -> None:
    environment = {"BOTAPP_VAR_DIR": str(tmp_path)}
    first = CliRunner().invoke(demo, _SMALL, env=environment)
    assert first.exit_code == 0, first.output
    assert first.output.count("/console/welcome/") == 6
    installation = Installation.of(load_settings(var_dir=tmp_path))
    with installation.database.reading() as connection:
        entries = len(connection.execute(select(ledger_entry.c.sequence)).all())
    again = CliRunner().invoke(demo, _SMALL, env=environment)
    assert again.output.count("/console/welcome/") == 6
    with installation.database.reading() as connection:  # nothing but the links is new
        assert len(connection.execute(select(ledger_entry.c.sequence)).all()) == entries + 6
    (tmp_path / "demo.json").unlink()
    half = CliRunner().invoke(demo, _SMALL, env=environment)
    assert (half.exit_code, "begin anew" in half.output) == (2, True)
    installation.database.close()


def test_when_it_is_made_nobody_is_at_work_in_its_database(make: Callable[[Plan], Made]) -> None:
    before = set(threading.enumerate())
    make(Plan(_UNTIL, days=2, customers=10))
    assert set(threading.enumerate()) <= before


def test_an_instance_of_somebodys_own_is_left_alone(sqlite_database_url: str, tmp_path: Path) -> None:
    installation = Installation.of(load_settings(var_dir=tmp_path, database_url=sqlite_database_url))
    with installation.database.transaction() as connection:
        connection.execute(staff.insert().values(name="me", display_name="Me", created_at=_UNTIL))
    installation.database.close()
    environment = {"BOTAPP_VAR_DIR": str(tmp_path), "BOTAPP_DATABASE_URL": sqlite_database_url}
    done = CliRunner().invoke(demo, _SMALL, env=environment)
    assert (done.exit_code, "not empty" in done.output) == (2, True)
