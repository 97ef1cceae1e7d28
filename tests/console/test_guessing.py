"""Guessing gets slow for whoever guesses, and keeps nobody else out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from botapp.policy.access import Role
from botapp.policy.log_in_delay import FROM_ANYWHERE, FROM_HERE, FROM_THIS_PLACE
from botapp.staff.delays import Origin
from botapp.staff.passwords import BusyError, Passwords
from botapp.staff.record import record_refusal, settle_refusals
from botapp.storage.schema import log_in_delay, log_in_refusal
from tests.console.office import PASSWORD, Browser, Office

WRONG = "not the right password"


@pytest.fixture
def still_office(office: Office) -> Office:
    """Its clock moves only when it is turned: a wait of a second is not over because an attempt took as long."""
    office.clock.stop()
    return office


def _try(browser: Browser, name: str = "alice", password: str = WRONG) -> int:
    browser.get("/log-in")
    return browser.post("/log-in", name=name, password=password).status_code


def _fail_until_slow(browser: Browser) -> None:
    assert 429 in [_try(browser) for _ in range(FROM_HERE.free + 2)]


def test_after_a_few_failures_even_the_right_password_has_to_wait(each_office: Office) -> None:
    each_office.clock.stop()
    each_office.hire("alice", Role.MARKETER, second_factor=False)
    browser = each_office.browser()
    assert [_try(browser) for _ in range(FROM_HERE.free + 1)] == [403] * (FROM_HERE.free + 1)
    browser.get("/log-in")
    answer = browser.post("/log-in", name="alice", password=PASSWORD)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 3
    assert "Please try again in" in answer.text
    each_office.clock.turn(timedelta(seconds=3))
    assert _try(browser, password=PASSWORD) == 302


def test_a_name_that_nobody_has_is_slowed_down_just_the_same(still_office: Office) -> None:
    browser = still_office.browser()
    answers = [_try(browser, "mallory") for _ in range(FROM_HERE.free + 2)]
    assert answers == [403] * (FROM_HERE.free + 1) + [429]


def test_who_guesses_from_elsewhere_does_not_slow_down_the_owner(still_office: Office) -> None:
    alice = still_office.hire("alice", Role.MARKETER, second_factor=False)
    thief = still_office.browser(address="203.0.113.9")
    _fail_until_slow(thief)
    own = still_office.browser()
    assert own.log_in(alice).status_code == 302


def test_a_guess_from_a_thousand_places_does_not_keep_out_the_browser_of_the_owner(office: Office) -> None:
    """The browsers of thieves wait for each other; the one that its owner was logged in with has its own count."""
    alice = office.hire("alice", Role.MARKETER, second_factor=False)
    own = office.browser()
    own.log_in(alice)
    own.post("/log-out")
    with office.world.installation.database.transaction() as connection:
        log_in = office.world.installation.console_log_in()
        buckets = log_in.delays.buckets("alice", Origin("203.0.113.9", ""))
        [anywhere] = [name for name, allowance in buckets.items() if allowance is FROM_ANYWHERE]
        for _ in range(FROM_ANYWHERE.free + 8):
            log_in.delays.attempt(connection, {anywhere: FROM_ANYWHERE}, office.clock.now())
            office.clock.turn(FROM_ANYWHERE.longest)
        log_in.delays.attempt(connection, {anywhere: FROM_ANYWHERE}, office.clock.now())
    assert _try(office.browser(address="198.51.100.7"), password=PASSWORD) == 429
    assert _try(own, password=PASSWORD) == 302


def test_many_names_from_one_place_are_slowed_down(still_office: Office) -> None:
    still_office.hire("alice", Role.MARKETER, second_factor=False)
    delays = still_office.world.installation.console_log_in().delays
    with still_office.world.installation.database.transaction() as connection:
        for number in range(FROM_THIS_PLACE.free + 1):
            buckets = delays.buckets(f"name{number}", Origin("192.0.2.1", ""))
            assert delays.attempt(connection, buckets, still_office.clock.now()) is None
    assert _try(still_office.browser(address="192.0.2.1"), password=PASSWORD) == 429
    assert _try(still_office.browser(address="192.0.2.2"), password=PASSWORD) == 302


def test_a_browser_of_one_member_counts_as_any_other_when_it_tries_another_name(still_office: Office) -> None:
    """Else a thief with an account of their own would have a count to themselves for each name they try."""
    still_office.hire("alice", Role.MARKETER, second_factor=False)
    mallory = still_office.hire("mallory", Role.MARKETER, second_factor=False)
    thief, stranger = still_office.browser(), still_office.browser()
    thief.log_in(mallory)
    thief.post("/log-out")
    _fail_until_slow(thief)
    assert _try(stranger) == 429  # from the same place: their tries were counted there


def test_right_attempts_slow_nobody_down(each_office: Office) -> None:
    delays, clock = each_office.world.installation.console_log_in().delays, each_office.clock
    buckets = delays.buckets("alice", Origin("192.0.2.1", ""))
    for _ in range(2 * FROM_ANYWHERE.free):
        with each_office.world.installation.database.transaction() as connection:
            assert delays.attempt(connection, buckets, clock.now()) is None
            delays.forgive(connection, buckets, clock.now())


def test_attempts_at_the_same_time_count_one_by_one(each_office: Office) -> None:
    """Each is counted before its password is looked at, so that a hundred at once are not a hundred free ones."""
    delays, now = each_office.world.installation.console_log_in().delays, each_office.clock.now()
    buckets = delays.buckets("alice", Origin("203.0.113.9", ""))

    def attempt(_number: int) -> bool:
        with each_office.world.installation.database.transaction() as connection:
            return delays.attempt(connection, buckets, now) is None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == FROM_HERE.free + 1


def test_attempts_that_have_to_wait_write_nothing(still_office: Office) -> None:
    """A flood of them must not keep webhooks from writing."""
    browser = still_office.browser()
    _fail_until_slow(browser)
    before = still_office.world.rows_of_everything()
    assert [_try(browser) for _ in range(3)] == [429] * 3
    assert still_office.world.rows_of_everything() == before


def test_when_too_many_log_in_at_once_some_are_sent_away_quickly() -> None:
    """Not kept waiting: they would hold the threads that webhooks need."""
    passwords = Passwords()
    with passwords._turn(), passwords._turn(), pytest.raises(BusyError):  # noqa: SLF001  both turns are taken
        passwords.matches(None, "x")


def test_codes_cannot_be_guessed_at_leisure(office: Office) -> None:
    office.hire("alice", Role.ADMIN)
    browser = office.browser()
    browser.get("/log-in")
    browser.post("/log-in", name="alice", password=PASSWORD)
    browser.get("/log-in/code")
    answers = [browser.post("/log-in/code", code="000000").status_code for _ in range(8)]
    assert 429 in answers
    assert set(answers) == {403, 429}


def test_the_database_holds_no_names_or_addresses_of_those_who_tried(office: Office) -> None:
    browser = office.browser(address="203.0.113.9")
    _try(browser, "mallory@evil.example")
    shown = str([tuple(row) for row in office.world.rows(log_in_delay)])
    assert shown != "[]"
    assert "mallory" not in shown
    assert "203.0.113" not in shown


def test_failures_of_long_ago_are_removed(each_office: Office) -> None:
    _try(each_office.browser(), "mallory")
    before = {row.bucket for row in each_office.world.rows(log_in_delay)}
    each_office.clock.turn(timedelta(days=3))
    _try(each_office.browser(address="198.51.100.7"), "oscar")
    assert not before & {row.bucket for row in each_office.world.rows(log_in_delay)}


@pytest.mark.parametrize("failures", [0, 400])
def test_the_log_tells_of_refusals_in_few_entries_and_numbers_only(office: Office, failures: int) -> None:
    """The first at once, those of the next ten minutes together."""
    alice = office.hire("alice", Role.MARKETER, second_factor=False)
    _try(office.browser())
    with office.world.installation.database.transaction() as connection:
        for _ in range(failures):
            record_refusal(connection, alice.id, office.clock.now())
    entries = office.record("log_in_refused")
    assert [(entry["staff"], entry["refusals"]) for entry in entries] == [(alice.id, 1)]
    office.clock.turn(timedelta(minutes=11))
    _try(office.browser())
    assert [entry["refusals"] for entry in office.record("log_in_refused")] == [1, failures + 1]


def test_what_was_refused_is_on_the_record_soon_though_nobody_tries_again(each_office: Office) -> None:
    database = each_office.world.installation.database
    for _ in range(3):
        _try(each_office.browser(), "nobody")
    assert settle_refusals(database) == 0
    with database.transaction() as connection:  # ten minutes pass
        begun = database.now(connection) - timedelta(minutes=10)
        connection.execute(log_in_refusal.update().values(since=begun))
    assert [settle_refusals(database), settle_refusals(database)] == [1, 0]
    assert [entry["refusals"] for entry in each_office.record("log_in_refused")] == [1, 2]


def test_whoever_gets_in_has_what_was_refused_before_on_the_record(each_office: Office) -> None:
    alice = each_office.hire("alice", Role.MARKETER, second_factor=False)
    browser = each_office.browser()
    for _ in range(3):
        _try(browser)
    _try(browser, password=PASSWORD)
    told = [(e["kind"], e["staff"], e.get("refusals")) for e in each_office.record("log_in_refused", "logged_in")]
    refused, late = ("log_in_refused", alice.id, 1), ("log_in_refused", alice.id, 2)
    assert told == [refused, late, ("logged_in", alice.id, None)]
