"""What is taken out of the log is whole, can be verified by others, and is itself on record."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import select

from botapp.policy.access import Role
from botapp.storage import ledger
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.schema import entry_tally, ledger_entry
from botapp.storage.tally import ALL_DAYS
from tests.console.compliance.conftest import Day
from tests.console.compliance.visitor import visit
from tests.world import standing_world


def on_record(day: Day) -> list[tuple[str, dict[str, Any]]]:
    """The installation's entries about exports."""
    entries = select(ledger_entry).where(ledger_entry.c.account_id == 0, ledger_entry.c.kind.like("export%"))
    with day.world.installation.database.reading() as connection:
        rows = connection.execute(entries.order_by(ledger_entry.c.sequence)).all()
    return [(row.kind, json.loads(row.details)) for row in rows]


def verifies(content: bytes, folder: Path) -> bool:
    """What the program inside a downloaded bundle says, on a bare Python."""
    if content:
        zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
    command = [sys.executable, "-I", "-S", str(folder / "bundle" / "verify.py"), "--json"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, cwd="/")  # noqa: S603  our own program
    return done.returncode == 0


def test_a_list_holds_what_the_search_finds(sqlite_day: Day) -> None:
    auditor = sqlite_day.log_in()
    answer = auditor.post("/exports/list", form="csv", kind="interaction")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="botapp-log.csv"'
    assert {row["kind"] for row in rows} == {"interaction"}
    lines = auditor.post("/exports/list", form="ndjson", kind="interaction").text.splitlines()
    assert [json.loads(line)["place"] for line in lines] == [int(row["place"]) for row in rows]


def test_an_export_is_on_record_with_who_and_what_before_it_begins_and_how_much_after(day: Day) -> None:
    auditor = day.log_in()
    answer = auditor.post("/exports/list", form="csv", kind="interaction", since="2020-01-01T00:00")
    (begun, what), (ended, how_much) = on_record(day)
    assert (begun, ended) == ("export_begun", "export_ended")
    assert what["by"] == how_much["by"] == auditor.staff_id
    assert what["export"] == how_much["export"]
    assert (what["form"], what["kinds"], what["since"]) == ("csv", ["interaction"], 1_577_836_800_000_000)
    assert how_much["entries"] == len(answer.text.splitlines()) - 1
    assert how_much["is_whole"] is True


def test_an_export_that_was_broken_off_says_so(sqlite_day: Day) -> None:
    auditor = sqlite_day.log_in()
    auditor.get("/exports")
    answer = auditor.client.post(
        "/compliance/exports/list",
        base_url="http://localhost/console",
        data={"form": "csv", "csrf_token": auditor.csrf_token},
        buffered=False,
    )
    next(iter(answer.response))  # the line of names
    answer.close()
    assert on_record(sqlite_day)[-1][1] | {"export": 0} == {
        "export": 0,
        "by": auditor.staff_id,
        "entries": 0,
        "is_whole": False,
    }


def test_the_whole_log_can_be_taken_out_and_verified(day: Day, tmp_path: Path) -> None:
    auditor = day.log_in()
    auditor.post("/exports/list", form="csv")
    day.seal()
    answer = auditor.post("/exports/log")
    assert answer.mimetype == "application/zip"
    assert verifies(answer.data, tmp_path)
    *_, begun, ended = on_record(day)
    with day.world.installation.database.reading() as connection:
        entries = ledger.count(connection)
    assert ended[1]["entries"] == entries - len([begun, ended])  # it could not be in itself
    assert begun[1]["form"] == "bundle"
    (tmp_path / "bundle" / "entries.tsv").write_bytes(b"")
    assert not verifies(b"", tmp_path)


def test_one_persons_entries_can_be_taken_out_and_verified(sqlite_day: Day, tmp_path: Path) -> None:
    answer = sqlite_day.log_in().post(f"{sqlite_day.contact(sqlite_day.alice)}/bundle")
    assert verifies(answer.data, tmp_path)
    names = (tmp_path / "bundle" / "entries.tsv").read_text()
    numbers = {row.contact_id for row in sqlite_day.world.contacts()}
    own = int(sqlite_day.contact(sqlite_day.alice).rpartition("/")[2])
    assert f'"contact":{own},' in names
    assert not any(f'"contact":{other},' in names for other in numbers - {own})


def test_a_bundle_leaves_nothing_on_the_disk(sqlite_day: Day, tmp_path: Path, monkeypatch: Any) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    assert sqlite_day.log_in().post("/exports/log").data
    assert list(private.iterdir()) == []


def test_where_nothing_is_signed_there_is_no_bundle(sqlite_database_url: str, redis_url: str, var_dir: Path) -> None:
    with standing_world(sqlite_database_url, redis_url, var_dir) as world:
        auditor = visit(world, world.installation.console().test_client(), "auditor", Role.AUDITOR)
        answer = auditor.post("/exports/log")
        assert answer.status_code == 409
        assert "nothing is sealed" in answer.text
        *_, begun, ended = [row for row in world.rows(ledger_entry) if row.kind.startswith("export_")]
        assert (begun.kind, ended.kind, ended.reason) == ("export_begun", "export_ended", "nothing_sealed")
        assert json.loads(begun.details)["export"] == json.loads(ended.details)["export"]
        assert "none yet" in auditor.reads("/")


def test_what_takes_longer_than_a_browser_waits_goes_by_the_command_line(sqlite_day: Day) -> None:
    with sqlite_day.world.installation.database.transaction() as connection:
        many = {"account_id": 1, "day": ALL_DAYS, "kind": "held", "reason": "", "entries": 10**9}
        connection.execute(entry_tally.insert().values(**many, first_index=0, last_index=1))
    answer = sqlite_day.log_in().post("/exports/log")
    assert answer.status_code == 400
    assert "botapp audit export --out BUNDLE" in answer.text
    assert on_record(sqlite_day) == []


def test_a_formula_of_somebody_elses_is_text_in_the_list(sqlite_day: Day) -> None:
    database = sqlite_day.world.installation.database
    with database.transaction() as connection:
        entry = Entry(EntryKind.PROACTIVE_STOPPED, reason='=HYPERLINK("http://elsewhere.example","click")')
        ledger.append_for_page(connection, sqlite_day.world.account.id, entry, database.now(connection))
    sqlite_day.seal()
    [row] = csv.DictReader(
        io.StringIO(sqlite_day.log_in().post("/exports/list", form="csv", kind="proactive_stopped").text)
    )
    assert row["reason"].startswith("'=HYPERLINK")


def test_who_sees_one_page_takes_out_that_page_only(sqlite_day: Day) -> None:
    stranger = sqlite_day.log_in(Role.AUDITOR, sqlite_day.world.add_page("1001").id)
    sqlite_day.seal()
    rows = list(csv.DictReader(io.StringIO(stranger.post("/exports/list", form="csv").text)))
    assert [row["kind"] for row in rows] == ["account_added"]
    assert stranger.post("/exports/log").status_code == 403


def test_an_operator_takes_nothing_out(sqlite_day: Day) -> None:
    operator = sqlite_day.log_in(Role.OPERATOR)
    paths = ("/exports/list", "/exports/log", f"{sqlite_day.contact(sqlite_day.bob)}/bundle")
    assert {operator.post(path, form="csv").status_code for path in paths} == {403}
    assert on_record(sqlite_day) == []
