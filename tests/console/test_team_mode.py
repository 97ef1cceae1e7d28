"""In team mode a page writes on its own to the team's own contacts only, until two people let it go live."""

import json
import re
from datetime import timedelta

import pytest

from botapp.campaign.pages import set_page_options
from botapp.policy.access import Role
from tests.console.office import Browser, Office
from tests.world import PAGE_ID, World

_LONG_AGO = timedelta(hours=5)
_TEAM = "/switch/pages/1/team"


@pytest.fixture
def in_team_mode(office: Office) -> Office:
    assert set_page_options(office.world.installation.database, "messenger", PAGE_ID, {"mode": "team"})
    return office


def _logged_in(office: Office, name: str, role: Role) -> Browser:
    browser = office.browser()
    browser.log_in(office.hire(name, role, second_factor=role is not Role.MARKETER))
    return browser


def _code(browser: Browser) -> str:
    [code] = re.findall(r"<code>(TEAM[A-Z2-7]+)</code>", browser.get(_TEAM).text)
    return str(code)


def _proactive(world: World, psid: str) -> int:
    return sum(sent["messaging_type"] == "UPDATE" for sent in world.accepted(psid))


def test_one_asks_and_a_second_person_with_the_right_role_lets_it_go_live(in_team_mode: Office) -> None:
    mia, ann = _logged_in(in_team_mode, "mia", Role.MARKETER), _logged_in(in_team_mode, "ann", Role.APPROVER)
    assert mia.post(f"{_TEAM}/live", why="it works").status_code == 403
    assert ann.post(f"{_TEAM}/live", why="it works").status_code == 409
    assert mia.post(f"{_TEAM}/ask", why="it works").status_code == 303
    assert "Mia asks for it" in ann.get(_TEAM).text
    assert ann.post(f"{_TEAM}/live", why="I saw it work").status_code == 303
    told = [json.loads(e.details) for e in in_team_mode.world.page_ledger() if e.kind == "account_changed"][-1]
    assert (told["mode"], told["asked_by"] != told["by"]) == ("live", True)


def test_the_teams_own_contact_gets_what_customers_would(in_team_mode: Office) -> None:
    office, world = in_team_mode, in_team_mode.world
    mia, own = _logged_in(office, "mia", Role.MARKETER), world.add_customer("Mia Own")
    world.says(own, _code(mia), ago=_LONG_AGO)
    assert mia.post(f"{_TEAM}/link").status_code == 303
    world.replan()
    world.work()
    assert _proactive(world, own) == 1
    kinds = [e.kind for e in world.ledger() if e.kind in ("staff_linked", "claimed", "staff_unlinked")]
    assert kinds == ["staff_linked", "claimed"]
    assert mia.post(f"{_TEAM}/unlink").status_code == 303
    assert [c.staff_id for c in world.contacts()] == [None]


@pytest.mark.parametrize("said", ["{code} and more", "x{code}", "hello", "TEAM"])
def test_nobody_is_linked_by_anything_but_the_word_itself(in_team_mode: Office, said: str) -> None:
    mia = _logged_in(in_team_mode, "mia", Role.MARKETER)
    in_team_mode.world.says(in_team_mode.world.add_customer(), said.format(code=_code(mia)))
    refused = mia.post(f"{_TEAM}/link")
    assert refused.status_code == 409
    assert "Nobody has written that word" in refused.text
    assert [c.staff_id for c in in_team_mode.world.contacts()] == [None]


def test_another_members_word_links_nobody_to_me(in_team_mode: Office) -> None:
    mia, max_ = (_logged_in(in_team_mode, name, Role.MARKETER) for name in ("mia", "max"))
    in_team_mode.world.says(in_team_mode.world.add_customer(), _code(max_))
    assert mia.post(f"{_TEAM}/link").status_code == 409
    assert max_.post(f"{_TEAM}/link").status_code == 303


def test_who_asked_is_not_the_second_person(in_team_mode: Office) -> None:
    alice, bob = (_logged_in(in_team_mode, name, Role.ADMIN) for name in ("alice", "bob"))
    assert alice.post(f"{_TEAM}/ask", why="it works").status_code == 303
    refused = alice.post(f"{_TEAM}/live", why="it works")
    assert refused.status_code == 409
    assert "a second person" in refused.text
    assert in_team_mode.world.account.mode == "team"
    assert bob.post(f"{_TEAM}/live", why=" ").status_code == 409
    assert bob.post(f"{_TEAM}/live", why="it works").status_code == 303
    assert in_team_mode.world.account.mode == "live"
    assert alice.post(f"{_TEAM}/back", why="a mistake").status_code == 303
    assert in_team_mode.world.account.mode == "team"
    assert bob.post(f"{_TEAM}/live", why="asked long ago").status_code == 409
