"""The kill switch on every page: one reason stops, and whoever stopped does not resume."""

import json
import re

import pytest

from botapp.campaign.publish import stop_proactive
from botapp.policy.access import Role
from tests.console.office import Office


def _stops(page: str) -> list[str]:
    """What the form that every page carries offers to stop."""
    form = re.search(r'<form class="kill".*?</form>', page, re.DOTALL)
    return re.findall(r'<option value="(\w+)"', form.group()) if form else []


@pytest.mark.parametrize(
    ("role", "stops", "resumes"),
    [
        (Role.MARKETER, True, False),
        (Role.APPROVER, True, True),
        (Role.OPERATOR, True, True),
        (Role.ADMIN, True, True),
        (Role.AUDITOR, False, False),
    ],
)
def test_each_role_stops_and_resumes_as_it_may(office: Office, role: Role, *, stops: bool, resumes: bool) -> None:
    browser = office.browse_as("kim", role)
    assert _stops(browser.get("/account").text) == (["everything", "1"] if stops else [])
    assert (browser.post("/switch/stop", where="1", why="a wrong link").status_code == 303) is stops
    assert (office.world.account.proactive_stopped_at is not None) is stops
    stop_proactive(office.world.installation.database, "stopped by a command", office.world.account.id)
    assert (browser.post("/switch/resume", where="1", why="all right").status_code == 303) is resumes
    assert (office.world.account.proactive_stopped_at is None) is resumes


def test_one_reason_stops_everything_and_only_a_second_person_resumes(office: Office) -> None:
    alice, bob = (office.browse_as(name, Role.ADMIN) for name in ("alice", "bob"))
    alice.get("/")
    assert alice.post("/switch/stop", where="everything", why="  ").status_code == 409
    assert alice.post("/switch/stop", where="everything", why="the wrong link").status_code == 303
    assert alice.post("/switch/stop", where="everything", why="again").status_code == 409
    page = bob.get("/").text
    assert "The kill switch is on" in page
    assert _stops(page) == []
    assert "the wrong link" in bob.get("/switch/").text
    refused = alice.post("/switch/resume", where="everything", why="I am sure")
    assert refused.status_code == 409
    assert "ask a second person" in refused.text
    assert bob.post("/switch/resume", where="everything", why="the link is right").status_code == 303
    assert "The kill switch is on" not in alice.get("/").text
    stopped, resumed = office.record("proactive_stopped", "proactive_resumed")
    assert stopped["by"] != resumed["by"]


def test_that_another_stops_everything_meanwhile_does_not_let_the_first_resume_their_page(office: Office) -> None:
    alice, bob = (office.browse_as(name, Role.ADMIN) for name in ("alice", "bob"))
    alice.post("/switch/stop", where="1", why="of the page")
    bob.post("/switch/stop", where="everything", why="of everything")
    assert alice.post("/switch/resume", where="everything", why="of everything").status_code == 303
    assert alice.post("/switch/resume", where="1", why="of the page").status_code == 409
    assert office.world.account.proactive_stopped_at is not None
    entries = [e for e in office.world.page_ledger() if e.kind == "proactive_stopped"]
    assert [json.loads(e.details).get("everything", False) for e in entries] == [False, True]


def test_who_works_on_one_page_stops_that_page_and_no_other(office: Office) -> None:
    own, other = office.world.account.id, office.world.add_page("1001").id
    kim = office.browse_as("kim", Role.ADMIN, page=own)
    assert _stops(kim.get("/account").text) == [str(own)]
    for where, status in (("everything", 403), (str(other), 404), ("0", 404), ("9" * 30, 404), ("", 404), ("x", 404)):
        assert kim.post("/switch/stop", where=where, why="a reason").status_code == status
        assert kim.post("/switch/resume", where=where, why="a reason").status_code == status
    assert kim.post("/switch/stop", where=str(own), why="a reason").status_code == 303
