"""Templates and rules on the console: written by one, approved by another, each step open to whom it is for."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest

from botapp.campaign.kinds import KINDS
from botapp.campaign.stages import Kind
from botapp.policy.access import Role
from botapp.policy.approval import Stage
from tests.console.office import Browser, Office

NAME = "come/back ?&"
FORMS: dict[str, dict[str, str]] = {
    "template": {"name": NAME, "text": "Shall we look together?", "language": "en", "purpose": "service"},
    "rule": {"name": NAME, "template": "hello-again", "timing": "delay", "delay": "4h"},
}
ENDED = {"template": "retired", "rule": "ended"}


@dataclass(frozen=True)
class Section:
    """The pages of one kind."""

    office: Office
    kind: Kind[Any, Any]

    @property
    def noun(self) -> str:
        return self.kind.versions.noun

    def write(self, browser: Browser) -> str:
        """Where the version is that was kept."""
        answer = browser.post(f"/{self.noun}s/pages/1/write", **FORMS[self.noun])
        assert answer.status_code == 303, answer.text
        return str(answer.location).removeprefix("/console")

    def step(self, browser: Browser, version: str, step: str, why: str = "") -> int:
        return browser.post(version.replace("/versions/", f"/{step}/"), why=why).status_code

    def offered(self, browser: Browser, version: str) -> list[str]:
        """The steps that the page of a version has buttons for."""
        return re.findall(rf'action="/console/{self.noun}s/pages/1/(\w+)/', browser.get(version).text)

    def stage(self) -> Stage:
        with self.office.world.installation.database.reading() as connection:
            [found] = self.kind.versions.load_versions(connection, 1, NAME)
        stage: Stage = found.standing.stage
        return stage


@pytest.fixture(params=KINDS, ids=lambda kind: kind.versions.noun)
def section(office: Office, request: pytest.FixtureRequest) -> Section:
    return Section(office, request.param)


def test_one_writes_another_approves_and_then_it_is_live(section: Section) -> None:
    marketer = section.office.browse_as("mia", Role.MARKETER)
    approver = section.office.browse_as("ann", Role.APPROVER)
    version = section.write(marketer)
    assert section.offered(marketer, version) == ["submit", "retire"]
    assert section.step(marketer, version, "publish") == 409
    assert section.step(marketer, version, "submit") == 303
    assert section.offered(marketer, version) == ["return", "retire"]
    assert section.step(marketer, version, "approve") == 403
    assert section.offered(approver, version) == ["approve", "return"]
    assert section.step(approver, version, "approve") == 303
    assert section.step(approver, version, "publish") == 403
    assert section.stage() is Stage.APPROVED
    assert section.step(marketer, version, "publish") == 303
    assert section.stage() is Stage.LIVE
    page = marketer.get(version).text
    assert "Mia" in page
    assert "Ann" in page
    assert section.step(marketer, version.replace("/1/", "/4294967296/"), "submit") == 404
    assert section.step(marketer, version.replace("/1/", "/2/"), "submit") == 404


def test_an_admin_does_all_but_never_approves_their_own_nor_resumes_what_they_paused(section: Section) -> None:
    alice, bob = (section.office.browse_as(name, Role.ADMIN) for name in ("alice", "bob"))
    version = section.write(alice)
    assert section.step(alice, version, "submit") == 303
    assert "approve" not in section.offered(alice, version)
    refused = alice.post(version.replace("/versions/", "/approve/"))
    assert (refused.status_code, "another person approves it" in refused.text) == (409, True)
    assert section.step(bob, version, "approve") == 303
    assert section.step(alice, version, "publish") == 303
    assert section.step(alice, version, "pause") == 409  # without a reason
    assert section.step(alice, version, "pause", "too many at once") == 303
    refused = alice.post(version.replace("/versions/", "/resume/"), why="on we go")
    assert (refused.status_code, "second person" in refused.text) == (409, True)
    assert section.step(bob, version, "resume", "on we go") == 303
    assert section.stage() is Stage.LIVE
    assert section.step(alice, version, "retire", "the season is over") == 303
    assert f'<span class="tag ">{ENDED[section.noun]}</span>' in alice.get(f"/{section.noun}s/").text


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER, Role.OPERATOR])
def test_who_does_not_write_campaigns_keeps_no_draft(section: Section, role: Role) -> None:
    browser = section.office.browse_as("kim", role)
    more = {"template": ("check",), "rule": ("edit", "paste")}
    for address in ("write", *more[section.noun]):
        assert browser.post(f"/{section.noun}s/pages/1/{address}", **FORMS[section.noun]).status_code == 403


def test_who_reads_campaigns_finds_a_version_by_its_list_and_a_marketer_of_another_page_does_not(
    section: Section,
) -> None:
    version = section.write(section.office.browse_as("mia", Role.MARKETER))
    list_page = section.office.browse_as("aud", Role.AUDITOR).get(f"/{section.noun}s/").text
    addresses = re.findall(rf'href="/console(/{section.noun}s/pages/1/versions/1/[^"]*)"', list_page)
    assert version in map(unescape, addresses), "its name has a slash"
    other = section.office.browse_as("max", Role.MARKETER, page=section.office.world.add_page("1001").id)
    assert NAME not in unescape(other.get(f"/{section.noun}s/").text)
    assert other.get(version).status_code == 404
    assert section.step(other, version, "submit") == 404
