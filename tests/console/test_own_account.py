"""What members change about their own way in, they change knowing the present one."""

import re
from datetime import timedelta

import pytest

from botapp.policy.access import Role
from botapp.staff.sessions import Opened
from tests.console.office import PASSWORD, Browser, Office, Person

NEW = "quite another four words"


@pytest.fixture
def alice(office: Office) -> Person:
    return office.hire("alice", Role.MARKETER, second_factor=False)


@pytest.fixture
def browser(office: Office, alice: Person) -> Browser:
    opened = office.browser()
    opened.log_in(alice)
    return opened


def test_a_new_password_replaces_the_old_one_and_ends_the_other_sessions(
    office: Office, alice: Person, browser: Browser
) -> None:
    other = office.browser()
    other.log_in(alice)
    assert browser.post("/account/password", password=PASSWORD, chosen=NEW, repeated=NEW).status_code == 302
    assert browser.is_in()
    assert not other.is_in()
    assert office.browser().log_in(alice, PASSWORD).status_code == 403
    assert office.browser().log_in(alice, NEW).status_code == 302
    assert office.record("staff_changed")[-1]["changed"] == "password"


def test_a_password_is_not_changed_to_just_anything_by_just_anybody(
    office: Office, alice: Person, browser: Browser
) -> None:
    for password, chosen, repeated, words in (
        ("not my password", NEW, NEW, "not your password"),
        (PASSWORD, "short", "short", "12 to 200"),
        (PASSWORD, "x" * 201, "x" * 201, "12 to 200"),
        (PASSWORD, "aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "easy to guess"),
        (PASSWORD, "alice in wonderland", "alice in wonderland", "easy to guess"),
        (PASSWORD, NEW, NEW + "!", "not the same"),
    ):
        answer = browser.post("/account/password", password=password, chosen=chosen, repeated=repeated)
        assert answer.status_code == 422
        assert words in answer.text
    assert office.browser().log_in(alice, PASSWORD).status_code == 302


def test_a_stolen_session_cannot_try_passwords_at_leisure(alice: Person, browser: Browser) -> None:
    for _ in range(6):
        browser.post("/account/password", password="a guess of the thief", chosen=NEW, repeated=NEW)
    answer = browser.post("/account/password", password=PASSWORD, chosen=NEW, repeated=NEW)
    assert answer.status_code == 422
    assert alice.name == "alice"


def test_a_password_means_the_same_however_a_keyboard_composes_it(
    office: Office, alice: Person, browser: Browser
) -> None:
    composed, decomposed = "vier W\u00f6rter gen\u00fcgen", "vier Wo\u0308rter genu\u0308gen"
    browser.post("/account/password", password=PASSWORD, chosen=composed, repeated=decomposed)
    browser.post("/account/password", password=PASSWORD, chosen=composed, repeated=composed)
    assert office.browser().log_in(alice, decomposed).status_code == 302


def test_a_second_factor_is_set_up_with_the_password_and_asked_for_from_then_on(
    office: Office, alice: Person, browser: Browser
) -> None:
    assert browser.get("/account/second-factor").location == "/console/account"
    assert browser.post("/account/second-factor/begin", password="wrong password!").status_code == 422
    assert browser.get("/account/second-factor").location == "/console/account"
    page = browser.get(browser.post("/account/second-factor/begin", password=PASSWORD).location[len("/console") :]).text
    assert "<svg" in page
    alice.secret = re.findall(r"<code>([A-Z2-7 ]+)</code>", page)[0].replace(" ", "")
    assert browser.post("/account/second-factor", code="000000").status_code == 403
    done = browser.post("/account/second-factor", code=alice.next_code())
    assert len(re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", done.text)) == 10
    assert browser.is_in()
    again = office.browser()
    again.get("/log-in")
    assert again.post("/log-in", name="alice", password=PASSWORD).location == "/console/log-in/code"
    assert office.browser().log_in(alice).location == "/console/"


def test_the_code_that_proved_a_new_second_factor_is_spent(office: Office) -> None:
    admin = office.hire("admin", Role.ADMIN, second_factor=False)
    first, second = office.browser(), office.browser()
    first.get("/log-in")
    first.post("/log-in", name="admin", password=PASSWORD)
    office.enrol(first, admin)
    second.get("/log-in")
    second.post("/log-in", name="admin", password=PASSWORD)
    second.get("/log-in/code")
    assert second.post("/log-in/code", code=admin.code()).status_code == 403
    assert second.post("/log-in/code", code=admin.next_code()).status_code == 302


def test_replacing_the_second_factor_spends_the_old_recovery_codes(office: Office) -> None:
    admin = office.hire("admin", Role.ADMIN)
    old = admin.recovery_codes[0]
    browser = office.browser()
    browser.log_in(admin)
    browser.post("/account/second-factor/begin", password=PASSWORD)
    page = browser.get("/account/second-factor").text
    admin.secret = re.findall(r"<code>([A-Z2-7 ]+)</code>", page)[0].replace(" ", "")
    browser.post("/account/second-factor", code=admin.next_code())
    again = office.browser()
    again.get("/log-in")
    again.post("/log-in", name="admin", password=PASSWORD)
    again.get("/log-in/code")
    assert again.post("/log-in/code", code=old).status_code == 403


def test_the_database_holds_neither_secrets_nor_codes_in_clear(office: Office) -> None:
    admin = office.hire("admin", Role.ADMIN)
    everything = str([tuple(row) for row in office.world.rows_of_everything()])
    assert admin.secret
    assert admin.secret not in everything
    assert PASSWORD not in everything
    assert not [code for code in admin.recovery_codes if code in everything or code.replace("-", "") in everything]


def test_who_has_no_password_changes_what_lets_them_in_only_right_after_a_log_in(office: Office) -> None:
    """They came by way of another house; the session of theirs may be stolen since."""
    office.add("carol@shop.example", Role.MARKETER)
    browser = office.browser()
    opened = office.world.installation.console_log_in().with_sign_on("carol@shop.example", "")
    assert isinstance(opened, Opened)
    browser.plant(office.world.installation.console(), opened.token)
    browser.get("/account")
    office.clock.turn(timedelta(minutes=11))
    assert browser.post("/account/password", chosen=NEW, repeated=NEW).status_code == 422
    assert browser.post("/account/second-factor/begin").status_code == 422
    office.clock.turn(timedelta(minutes=-2))
    assert browser.post("/account/password", chosen=NEW, repeated=NEW).status_code == 302
