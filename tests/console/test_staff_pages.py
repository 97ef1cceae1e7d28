"""Admins run the staff; somebody is always left to do it; everything is on the record, by numbers."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.staff.members import Problem
from botapp.storage.schema import ledger_entry
from tests.console.office import PASSWORD, Browser, Office, Person


@pytest.fixture
def admin(office: Office) -> Person:
    return office.hire("admin", Role.ADMIN)


@pytest.fixture
def desk(office: Office, admin: Person) -> Browser:
    """The admin's browser."""
    opened = office.browser()
    opened.log_in(admin)
    return opened


def test_an_admin_adds_somebody_and_gets_their_link(office: Office, admin: Person, desk: Browser) -> None:
    page = office.world.account.id
    answer = desk.post("/staff", name="Bob", display_name="Bob Okafor", role="operator", page=str(page))
    [link] = re.findall(r"<code>(http\S+)</code>", answer.text)
    browser = office.browser()
    assert "Bob Okafor" in browser.get(link.partition("/console")[2]).text
    [*_, added] = office.record("staff_added")
    assert added["grants"] == [[page, "operator"]]
    assert added["by"] == admin.id
    assert "Bob Okafor" in desk.get("/staff").text


def test_what_does_not_fit_adds_nobody(office: Office, desk: Browser) -> None:
    for fields, status in (
        ({"name": "admin"}, 422),
        ({"name": "no blanks here"}, 422),
        ({"name": ""}, 422),
        ({"display_name": ""}, 422),
        ({"display_name": "x" * 81}, 422),
        ({"role": "owner"}, 400),
        ({"page": "999"}, 400),
        ({"page": "x"}, 400),
        ({"role": ""}, 400),
    ):
        given = {"name": "bob", "display_name": "Bob", "role": "operator", "page": "0"} | fields
        assert desk.post("/staff", **given).status_code == status
        desk.get("/staff")
    assert len(office.record("staff_added")) == 1


def test_an_admin_changes_roles(office: Office, desk: Browser) -> None:
    bob, page = office.add("bob", Role.MARKETER), office.world.account.id
    desk.post(f"/staff/{bob}/grants", grant=["0:marketer"], role="auditor", page=str(page))
    person = Person(bob, "bob", office.clock)
    assert office.member(person).grants == {Grant(ALL_PAGES, Role.MARKETER), Grant(page, Role.AUDITOR)}
    desk.post(f"/staff/{bob}/grants", grant=[f"{page}:auditor"], role="")
    assert office.member(person).grants == {Grant(page, Role.AUDITOR)}
    assert desk.post(f"/staff/{bob}/grants", role="").status_code == 422


def test_the_last_admin_stays_one(office: Office, admin: Person, desk: Browser) -> None:
    demoted = desk.post(f"/staff/{admin.id}/grants", role="marketer", page="0")
    for answer in (demoted, desk.post(f"/staff/{admin.id}/revoke")):
        assert answer.status_code == 422
        assert Problem.LAST_ADMIN.value in answer.text
    office.add("local", Role.ADMIN, page=office.world.account.id)  # of one page: does not count
    assert desk.post(f"/staff/{admin.id}/revoke").status_code == 422
    office.add("second", Role.ADMIN)
    assert desk.post(f"/staff/{admin.id}/revoke").status_code == 302


def test_an_admin_resets_revokes_and_restores(office: Office, desk: Browser) -> None:
    bob = office.hire("bob", Role.MARKETER, second_factor=False)
    assert "/welcome/" in desk.post(f"/staff/{bob.id}/reset").text
    assert office.browser().log_in(bob).status_code == 403
    assert desk.post(f"/staff/{bob.id}/revoke").status_code == 302
    assert desk.post(f"/staff/{bob.id}/invite").status_code == 422
    assert desk.post(f"/staff/{bob.id}/restore").status_code == 302
    assert "/welcome/" in desk.post(f"/staff/{bob.id}/invite").text


def test_whom_nobody_knows_is_not_there(desk: Browser) -> None:
    assert desk.get("/staff/999").status_code == 404
    for path in ("grants", "invite", "reset", "revoke", "restore", "sessions/1/end"):
        assert desk.post(f"/staff/999/{path}", role="auditor", page="0").status_code == 404


def test_names_are_shown_as_text(office: Office, desk: Browser) -> None:
    members = office.world.installation.members()
    added = members.add("eve", "<script>alert(1)</script>", {Grant(ALL_PAGES, Role.AUDITOR)}, by=0)
    for path in ("/staff", f"/staff/{added}"):
        page = desk.get(path).text
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


def test_the_record_holds_numbers_and_no_names(office: Office, admin: Person, desk: Browser) -> None:
    desk.post("/staff", name="bob@shop.example", display_name="Bob Okafor", role="operator", page="0")
    desk.post("/log-out")
    office.browser().log_in(admin, "wrong password here")
    entries = [row for row in office.world.rows(ledger_entry) if row.account_id == 0]
    assert [row.sequence for row in sorted(entries, key=lambda row: row.sequence)] == list(range(1, len(entries) + 1))
    shown = json.dumps([(row.kind, row.details, row.evidence_key, row.reason) for row in entries])
    for word in ("bob", "Okafor", "admin@", PASSWORD, "192.0.2"):
        assert word not in shown


def test_what_staff_do_is_sealed_exported_and_verified_by_others(office: Office, desk: Browser, tmp_path: Path) -> None:
    desk.post(f"/staff/{office.add('bob', Role.MARKETER)}/revoke")
    installation = office.world.installation
    installation.sealer().seal()
    assert installation.exporter().export_log(tmp_path / "bundle", office.clock.now()) >= 4
    command = [sys.executable, "-I", "-S", str(tmp_path / "bundle" / "verify.py")]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own program
    assert verified.returncode == 0, verified.stdout
