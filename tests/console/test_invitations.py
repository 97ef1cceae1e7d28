"""A link lets in whom it was made for, once, and not for long."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from botapp.demo import console_link
from botapp.policy.access import Role
from tests.console.office import PASSWORD, Office, Person


def test_whoever_has_the_link_chooses_a_password_and_goes_on_as_after_a_log_in(office: Office) -> None:
    link = f"/welcome/{office.invitation(office.add('alice', Role.ADMIN))}"
    browser = office.browser()
    assert "Alice" in browser.get(link).text
    answer = browser.post(link, password=PASSWORD, repeated=PASSWORD)
    assert answer.location == "/console/log-in/second-factor"


def test_a_link_works_once(each_office: Office) -> None:
    link = f"/welcome/{each_office.invitation(each_office.add('alice', Role.MARKETER))}"
    first, second = each_office.browser(), each_office.browser()
    first.get(link)
    second.get(link)
    assert first.post(link, password=PASSWORD, repeated=PASSWORD).location == "/console/"
    assert second.post(link, password="another four good words", repeated="another four good words").status_code == 404
    assert second.get(link).status_code == 404


def test_opening_a_link_uses_nothing_up(office: Office) -> None:
    """Mail programs open links to look into them."""
    link = f"/welcome/{office.invitation(office.add('alice', Role.MARKETER))}"
    for _ in range(3):
        assert office.browser().get(link).status_code == 200


def test_a_link_that_is_too_old_does_not_work(office: Office) -> None:
    link = f"/welcome/{office.invitation(office.add('alice', Role.MARKETER))}"
    office.clock.turn(timedelta(days=3, minutes=1))
    assert office.browser().get(link).status_code == 404


def test_a_newer_link_ends_the_older_one(office: Office) -> None:
    staff_id = office.add("alice", Role.MARKETER)
    older, newer = office.invitation(staff_id), office.invitation(staff_id)
    assert office.browser().get(f"/welcome/{older}").status_code == 404
    assert office.browser().get(f"/welcome/{newer}").status_code == 200


def test_taking_access_away_ends_the_link_too(office: Office) -> None:
    staff_id = office.add("alice", Role.MARKETER)
    link = f"/welcome/{office.invitation(staff_id)}"
    office.world.installation.members().revoke(staff_id, by=0)
    assert office.browser().get(link).status_code == 404
    office.world.installation.members().restore(staff_id, by=0)
    assert office.browser().get(link).status_code == 404


def test_a_second_invitation_replaces_the_password_and_still_asks_for_the_second_factor(office: Office) -> None:
    alice = office.hire("alice", Role.ADMIN)
    link = f"/welcome/{office.invitation(alice.id)}"
    browser = office.browser()
    browser.get(link)
    chosen = "another four good words"
    assert browser.post(link, password=chosen, repeated=chosen).location == "/console/log-in/code"
    assert office.browser().log_in(alice, PASSWORD).status_code == 403
    assert office.browser().log_in(alice, chosen).location == "/console/"


def test_a_reset_forgets_both_factors_and_every_session(each_office: Office) -> None:
    alice = each_office.hire("alice", Role.ADMIN)
    browser = each_office.browser()
    browser.log_in(alice)
    assert isinstance(each_office.world.installation.members().reset(alice.id, by=0), str)
    assert not browser.is_in()
    assert each_office.browser().log_in(alice).status_code == 403
    member = each_office.member(alice)
    assert (member.password_hash, member.totp_secret_encrypted) == (None, None)


def test_a_bad_password_does_not_use_the_link_up(office: Office) -> None:
    link = f"/welcome/{office.invitation(office.add('alice', Role.MARKETER))}"
    browser = office.browser()
    browser.get(link)
    assert browser.post(link, password="short", repeated="short").status_code == 422
    assert browser.post(link, password=PASSWORD, repeated="something else").status_code == 422
    assert browser.post(link, password=PASSWORD, repeated=PASSWORD).status_code == 302


@pytest.fixture
def sandbox(open_office: Callable[..., Office]) -> Office:
    return open_office(sandbox="on")


def test_the_link_that_up_prints_opens_the_sandboxs_console_once(sandbox: Office) -> None:
    link = console_link(sandbox.world.installation).partition("/console")[2]
    browser = sandbox.browser()
    assert browser.get(link).status_code == 200
    assert browser.post(link).location == "/console/"
    assert browser.get("/staff").status_code == 200
    assert sandbox.browser().get(link).status_code == 404


def test_each_start_of_the_sandbox_prints_another_link_for_the_same_admin(sandbox: Office) -> None:
    first, second = (console_link(sandbox.world.installation).partition("/console")[2] for _ in range(2))
    assert sandbox.browser().get(first).status_code == 404
    assert sandbox.browser().get(second).status_code == 200
    assert len(sandbox.record("staff_added")) == 1


def test_outside_the_sandbox_no_link_lets_anybody_in_without_a_password(office: Office) -> None:
    person = Person(office.add("alice", Role.ADMIN), "alice", office.clock)
    link = f"/welcome/{office.world.installation.members().one_time_log_in(person.id, by=0)}"
    browser = office.browser()
    browser.get(link)
    assert browser.post(link).status_code == 404
    assert not browser.is_in()
