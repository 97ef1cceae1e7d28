"""Getting in takes everything that is asked for, and nothing tells a stranger how near they were."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from botapp.policy.access import Role
from botapp.staff.delays import Origin
from botapp.staff.log_in import Refused
from botapp.staff.passwords import Passwords
from tests.console.office import PASSWORD, Office


def test_a_marketer_gets_in_with_name_and_password(each_office: Office) -> None:
    alice = each_office.hire("alice", Role.MARKETER, second_factor=False)
    browser = each_office.browser()
    assert browser.log_in(alice).location == "/console/"
    assert "Alice" in browser.get("/").text


def test_whoever_can_change_or_prove_something_needs_a_code_too(office: Office) -> None:
    for role in (Role.AUDITOR, Role.APPROVER, Role.OPERATOR, Role.ADMIN):
        person, browser = office.hire(role, role), office.browser()
        browser.get("/log-in")
        assert browser.post("/log-in", name=role, password=PASSWORD).location == "/console/log-in/code"
        assert not browser.is_in()
        browser.get("/log-in/code")
        assert browser.post("/log-in/code", code=person.next_code()).location == "/console/"
        assert browser.is_in()


def test_without_a_second_factor_an_operator_gets_no_further_than_setting_one_up(office: Office) -> None:
    office.hire("alice", Role.OPERATOR, second_factor=False)
    browser = office.browser()
    browser.get("/log-in")
    assert browser.post("/log-in", name="alice", password=PASSWORD).location == "/console/log-in/second-factor"
    assert not browser.is_in()
    assert browser.get("/log-in/code").location == "/console/log-in"


def test_names_are_typed_in_any_case_and_with_blanks_around(office: Office) -> None:
    office.hire("alice@shop.example", Role.MARKETER, second_factor=False)
    browser = office.browser()
    browser.get("/log-in")
    assert browser.post("/log-in", name=" Alice@Shop.Example ", password=PASSWORD).location == "/console/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(office: Office) -> None:
    office.hire("alice", Role.MARKETER, second_factor=False)
    answers = []
    for name in ("alice", "mallory"):
        browser = office.browser()
        browser.get("/log-in")
        answer = browser.post("/log-in", name=name, password="not the right password")
        answers.append((answer.status_code, answer.text.replace(name, "").replace(browser.token, "")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 403


def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(office: Office) -> None:
    """Argon2 is nearly all of the time: it is done for both, or their times would tell them apart."""
    passwords = office.world.installation.console_log_in().passwords
    assert not passwords.matches(None, "the password of nobody")
    hashed = passwords.hash(PASSWORD)
    elapsed = {"known": 0.0, "unknown": 0.0}
    for _ in range(5):
        for who, known in (("known", hashed), ("unknown", None)):
            begun = office.clock.elapsed()
            passwords.matches(known, "wrong")
            elapsed[who] += office.clock.elapsed() - begun
    assert elapsed["unknown"] > elapsed["known"] / 3


def test_a_member_without_access_does_not_get_in(office: Office) -> None:
    alice = office.hire("alice", Role.MARKETER, second_factor=False)
    office.world.installation.members().revoke(alice.id, by=0)
    browser = office.browser()
    browser.log_in(alice)
    assert not browser.is_in()


def test_what_changes_while_a_password_is_checked_counts(each_office: Office) -> None:
    """Checking takes a while; access that is taken away, or a reset, in between is not overlooked."""
    members = each_office.world.installation.members()
    log_in = each_office.world.installation.console_log_in()

    class Meanwhile(Passwords):
        def __init__(self, change: Callable[[], object]) -> None:
            super().__init__()
            self.change = change

        def matches(self, password_hash: str | None, password: str) -> bool:
            self.change()
            return super().matches(password_hash, password)

    for name, change in (("alice", members.revoke), ("bob", members.reset)):
        person = each_office.hire(name, Role.MARKETER, second_factor=False)
        passwords = Meanwhile(partial(change, person.id, by=0))
        answer = replace(log_in, passwords=passwords).with_password(name, PASSWORD, Origin("192.0.2.1", ""))
        assert answer == Refused()


def test_a_code_is_taken_once(each_office: Office) -> None:
    alice = each_office.hire("alice", Role.ADMIN)
    code = alice.next_code()
    first, second = each_office.browser(), each_office.browser()
    for browser in (first, second):
        browser.get("/log-in")
        browser.post("/log-in", name="alice", password=PASSWORD)
        browser.get("/log-in/code")
        browser.post("/log-in/code", code=code)
    assert first.is_in()
    assert not second.is_in()


def test_a_code_that_is_older_than_one_used_is_not_taken(office: Office) -> None:
    alice = office.hire("alice", Role.ADMIN)
    older = alice.next_code()
    office.browser().log_in(alice)  # with the code after it
    browser = office.browser()
    browser.get("/log-in")
    browser.post("/log-in", name="alice", password=PASSWORD)
    browser.get("/log-in/code")
    assert browser.post("/log-in/code", code=older).status_code == 403


def test_a_wrong_code_does_not_get_in(office: Office) -> None:
    office.hire("alice", Role.ADMIN)
    browser = office.browser()
    browser.get("/log-in")
    browser.post("/log-in", name="alice", password=PASSWORD)
    browser.get("/log-in/code")
    for code in ("", "000000", "abcdef", "١٢٣٤٥٦", "AAAA-AAAA-AAAA-AAAA", "x" * 5000):
        assert browser.post("/log-in/code", code=code).status_code == 403
        office.clock.turn(timedelta(minutes=1))
        assert not browser.is_in()


def test_a_recovery_code_lets_in_once_however_it_is_typed(each_office: Office) -> None:
    alice = each_office.hire("alice", Role.ADMIN)
    assert len(set(alice.recovery_codes)) == 10
    for expected in (302, 403):
        browser = each_office.browser()
        browser.get("/log-in")
        browser.post("/log-in", name="alice", password=PASSWORD)
        browser.get("/log-in/code")
        typed = alice.recovery_codes[3].replace("-", " ").lower()
        assert browser.post("/log-in/code", code=typed).status_code == expected
    assert each_office.record("logged_in")[-1]["method"] == "password_and_recovery_code"


def test_the_step_between_password_and_code_lapses_after_ten_minutes(office: Office) -> None:
    alice = office.hire("alice", Role.ADMIN)
    browser = office.browser()
    browser.get("/log-in")
    browser.post("/log-in", name="alice", password=PASSWORD)
    browser.get("/log-in/code")
    office.clock.turn(timedelta(minutes=11))
    assert browser.post("/log-in/code", code=alice.code()).location == "/console/log-in"


def test_after_the_log_in_people_are_where_they_wanted_to_go(office: Office) -> None:
    alice = office.hire("alice", Role.ADMIN)
    for wanted in ("/staff", "/account?tab=2"):
        browser = office.browser()
        sent = browser.get(wanted)
        assert sent.location.startswith("/console/log-in?next=")
        browser.get(sent.location.removeprefix("/console"))
        browser.post("/log-in", name="alice", password=PASSWORD)
        browser.get("/log-in/code")
        assert browser.post("/log-in/code", code=alice.next_code()).location == f"/console{wanted}"


def test_next_leads_nowhere_but_into_the_console(office: Office) -> None:
    office.hire("alice", Role.MARKETER, second_factor=False)
    for wanted in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/a\r\nb",
    ):
        browser = office.browser()
        browser.get("/log-in", query_string={"next": wanted})
        answer = browser.post("/log-in", name="alice", password=PASSWORD)
        assert answer.status_code == 302
        assert answer.location.startswith("/console/")


def test_a_long_password_and_odd_bytes_are_refused_like_any_other(each_office: Office) -> None:
    each_office.hire("alice", Role.MARKETER, second_factor=False)
    browser = each_office.browser()
    browser.get("/log-in")
    for name, password in (("alice", "x" * 100_000), ("ΑΛΙΚΗ", "\u200b" * 20), ("", "")):
        assert browser.post("/log-in", name=name, password=password).status_code == 403
    assert browser.post("/log-in", name="alice\0", password="\0").status_code == 400


def test_who_is_logged_in_needs_no_log_in_page(office: Office) -> None:
    alice = office.hire("alice", Role.MARKETER, second_factor=False)
    browser = office.browser()
    browser.log_in(alice)
    assert browser.get("/log-in").location == "/console/"
