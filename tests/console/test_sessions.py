"""Sessions: as long as they are used, no longer than a working day, and over when somebody says so."""

from datetime import timedelta

import pytest

from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.staff.sessions import begin
from botapp.storage.schema import staff_session
from botapp.storage.staff_sessions import Stage
from tests.console.office import PASSWORD, Browser, Office, Person


@pytest.fixture
def alice(office: Office) -> Person:
    return office.hire("alice", Role.MARKETER, second_factor=False)


@pytest.fixture
def browser(office: Office, alice: Person) -> Browser:
    """Alice's, logged in."""
    opened = office.browser()
    opened.log_in(alice)
    return opened


def test_a_session_that_nobody_uses_ends_after_half_an_hour(office: Office, browser: Browser) -> None:
    office.clock.turn(timedelta(minutes=29))
    assert browser.is_in()
    office.clock.turn(timedelta(minutes=29))
    assert browser.is_in()
    office.clock.turn(timedelta(minutes=31))
    assert not browser.is_in()


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(office: Office, browser: Browser) -> None:
    for _ in range(12 * 3 - 1):
        office.clock.turn(timedelta(minutes=20))
        assert browser.is_in()
    office.clock.turn(timedelta(minutes=21))
    assert not browser.is_in()


def test_logging_in_gives_a_new_session_and_a_new_form_token(office: Office, alice: Person) -> None:
    """Whoever planted a cookie in somebody's browser beforehand has nothing of what comes after."""
    planted, browser = office.browser(), office.browser()
    planted.get("/log-in")
    cookie = planted.client.get_cookie("botapp_console", path="/console")
    assert cookie
    browser.client.set_cookie("botapp_console", cookie.value, path="/console")
    token = planted.token
    browser.token = token
    assert browser.post("/log-in", name=alice.name, password=PASSWORD).status_code == 302
    assert browser.is_in()
    assert not planted.is_in()
    assert browser.token != token
    assert browser.post_bare("/log-out", csrf_token=token).status_code == 400


def test_the_second_factor_brings_another_session_than_the_password(office: Office) -> None:
    admin = office.hire("admin", Role.ADMIN)
    browser = office.browser()
    browser.get("/log-in")
    browser.post("/log-in", name="admin", password=PASSWORD)
    halfway = browser.client.get_cookie("botapp_console", path="/console")
    assert halfway
    browser.get("/log-in/code")
    browser.post("/log-in/code", code=admin.next_code())
    thief = office.browser()
    thief.client.set_cookie("botapp_console", halfway.value, path="/console")
    assert browser.is_in()
    assert not thief.is_in()
    assert thief.get("/log-in/code").location == "/console/log-in"


def test_after_a_log_out_the_cookie_is_worth_nothing(office: Office, browser: Browser) -> None:
    cookie = browser.client.get_cookie("botapp_console", path="/console")
    assert cookie
    browser.post("/log-out")
    thief = office.browser()
    thief.client.set_cookie("botapp_console", cookie.value, path="/console")
    assert not thief.is_in()
    assert [entry["kind"] for entry in office.record()][-1] == "logged_out"


def test_the_database_holds_no_token_that_would_let_anybody_in(office: Office, browser: Browser) -> None:
    cookie = browser.client.get_cookie("botapp_console", path="/console")
    [*_, row] = office.world.rows(staff_session)
    thief = office.browser()
    thief.plant(office.world.installation.console(), row.token_hash)
    assert cookie
    assert row.token_hash not in cookie.value
    assert not thief.is_in()


def test_members_see_their_sessions_and_end_another_of_theirs(office: Office, alice: Person, browser: Browser) -> None:
    other = office.browser(client="Old Laptop")
    other.log_in(alice)
    page = browser.get("/account").text
    assert "Old Laptop" in page
    assert "this one" in page
    [*_, row] = office.world.rows(staff_session)
    assert browser.post(f"/account/sessions/{row.id}/end").status_code == 302
    assert not other.is_in()
    assert browser.is_in()
    revoked = {"kind": "session_revoked", "staff": alice.id, "session": row.id, "by": alice.id}
    assert office.record("session_revoked") == [revoked]


def test_nobody_ends_the_session_of_somebody_else(office: Office, alice: Person, browser: Browser) -> None:
    bob = office.browser()
    bob.log_in(office.hire("bob", Role.MARKETER, second_factor=False))
    mine = next(row.id for row in office.world.rows(staff_session) if row.staff_id == alice.id and row.ended_at is None)
    assert bob.post(f"/account/sessions/{mine}/end").status_code == 404
    assert browser.is_in()


def test_an_admin_ends_the_session_of_somebody_else(office: Office, alice: Person, browser: Browser) -> None:
    admin = office.browser()
    admin.log_in(office.hire("admin", Role.ADMIN))
    living = [row.id for row in office.world.rows(staff_session) if row.staff_id == alice.id]
    for session_id in living:
        admin.post(f"/staff/{alice.id}/sessions/{session_id}/end")
    assert not browser.is_in()


def test_a_change_of_roles_ends_sessions(office: Office, alice: Person, browser: Browser) -> None:
    members = office.world.installation.members()
    members.change_grants(alice.id, {Grant(ALL_PAGES, Role.OPERATOR)}, by=0)
    assert not browser.is_in()


def test_taking_access_away_ends_sessions_at_once(office: Office, alice: Person, browser: Browser) -> None:
    office.world.installation.members().revoke(alice.id, by=0)
    assert not browser.is_in()
    office.world.installation.members().restore(alice.id, by=0)
    assert not browser.is_in()


def test_a_session_that_begins_while_access_is_taken_away_lets_nobody_in(office: Office, alice: Person) -> None:
    office.world.installation.members().revoke(alice.id, by=0)
    with office.world.installation.database.transaction() as connection:
        opened = begin(connection, alice.id, Stage.OPEN, "", office.clock.now())
    thief = office.browser()
    thief.plant(office.world.installation.console(), opened.token)
    assert not thief.is_in()


def test_a_session_of_long_ago_is_removed(office: Office, alice: Person, browser: Browser) -> None:
    [*_, old] = office.world.rows(staff_session)
    office.clock.turn(timedelta(days=31))
    browser.log_in(alice)
    assert old.id not in [row.id for row in office.world.rows(staff_session)]
