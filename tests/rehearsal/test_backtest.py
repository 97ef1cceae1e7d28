"""The recorded history, lived through once more under other rules."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, update

from botapp.clock import SystemClock
from botapp.policy.criteria import Comparison, Condition
from botapp.policy.overload import Rate
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveRule, LiveTemplate
from botapp.policy.rule_limits import Budget, Per, PersonCap
from botapp.policy.timing import Timing
from botapp.reengagement.facts import load_rules
from botapp.rehearsal.backtest import Backtest
from botapp.rehearsal.backtested import Backtested
from botapp.rehearsal.in_parallel import Helpers, run
from botapp.simulation.faults import Faults
from botapp.storage import accounts
from botapp.storage.accounts import Account
from botapp.storage.engine import Database
from botapp.storage.ledger import EntryKind
from botapp.storage.schema import account, contact, fact, ledger_entry
from tests.compliance.simulated import house, live
from tests.rehearsal.conftest import DAY, HOUR

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
RULE = LiveRule("after-a-while", 1, Timing(4 * HOUR), template=LiveTemplate("hello", 1, "Hello!", "en"))
RATE = Rate(20)
ALL_OF_IT = (START - 100 * DAY, START + 100 * DAY)


@dataclass
class Annals:
    """A page of which the test writes the history; times are hours from the start."""

    database: Database
    numbers: dict[int, int] = field(default_factory=dict)

    @property
    def page(self) -> Account:
        with self.database.reading() as connection:
            return accounts.load_all(connection)[0]

    def tell(self, kind: str, hours: float, who: int = 1, *, of: float | None = None, **details: Any) -> None:
        """An entry, and the contact if it is new; `of` is when the silence began that it is about."""
        at = START + hours * HOUR
        if who and who not in self.numbers:
            self._insert(contact, id=who, person_id=who, platform_contact_id=str(who), created_at=at)
        self.numbers[who] = self.numbers.get(who, 0) + 1
        reason = details.pop("reason", None)
        told = {"kind": kind, "occurred_at": at, "recorded_at": at, "reason": reason, "details": json.dumps(details)}
        subject_at = None if of is None else START + of * HOUR
        self._insert(ledger_entry, contact_id=who, sequence=self.numbers[who], subject_at=subject_at, **told)

    def know(self, name: str, value: str, hours: float, who: int = 1) -> None:
        """A fact, as the table has it today."""
        at = START + hours * HOUR
        self._insert(fact, contact_id=who, name=name, value=value, source="test", observed_at=at)

    def writes(self, *hours: float, who: int = 1) -> None:
        """What the customer did at these hours."""
        for hour in hours:
            self.tell(EntryKind.INTERACTION, hour, who)

    def cap(self, most: int | None, hours: float) -> None:
        """What the page may begin in a day from then on."""
        self.tell(EntryKind.ACCOUNT_CHANGED, hours, who=0, daily_cap=most)

    def try_out(
        self, *rules: LiveRule, stretch: tuple[datetime, datetime] = ALL_OF_IT, rate: Rate = RATE
    ) -> Backtested:
        with self.database.reading() as connection:
            backtest = Backtest.of(connection, self.page, house(), rules or (RULE,), stretch, rate)
        return run(self.database, backtest, _nobody_waits)

    def _insert(self, table: Any, **values: Any) -> None:
        with self.database.transaction() as connection:
            connection.execute(insert(table).values(account_id=1, **values))


def _nobody_waits(_done: int, _number: int) -> None:
    pass


def _annals(url: str) -> Annals:
    annals = Annals(Database(url, clock=SystemClock(), pool_size=2))
    page = {"id": 1, "platform": "messenger", "page_id": "1000", "name": "Test Page", "token_encrypted": "x"}
    with annals.database.transaction() as connection:
        connection.execute(insert(account).values(**page, zone="UTC", language="en", created_at=START))
    return annals


@pytest.fixture
def annals(sqlite_database_url: str) -> Iterator[Annals]:
    written = _annals(sqlite_database_url)
    yield written
    written.database.close()


def test_a_silence_gets_its_message_and_one_that_ends_sooner_does_not(database_url: str) -> None:
    annals = _annals(database_url)
    annals.writes(0, 1, 30)
    told = annals.try_out().as_json()
    annals.database.close()
    assert (told["windows"], told["by_rule"], told["not_sent"]) == (3, {"after-a-while": 2}, {"superseded": 1})
    assert told["by_day"] == {"2026-03-10": 1, "2026-03-11": 1}


@pytest.mark.parametrize(
    ("kind", "details", "reason"),
    [
        (EntryKind.SUPPRESSION_SET, {"scope": "stop"}, Reason.STOPPED),
        (EntryKind.REACHABILITY, {"reachable": False}, Reason.UNREACHABLE),
        (EntryKind.CONVERTED, {}, Reason.CONVERTED),
        (EntryKind.THREAD_OWNER, {"owner": "person"}, Reason.THREAD_OWNED),
    ],
)
def test_what_was_on_record_by_then_counts(
    annals: Annals, kind: EntryKind, details: dict[str, Any], reason: Reason
) -> None:
    annals.writes(0, who=1)
    annals.tell(kind, 3, who=1, **details)
    annals.writes(0, who=2)
    annals.tell(kind, 5, who=2, **details)  # too late: it had been sent by then
    told = annals.try_out().as_json()
    assert (told["sent"], told["not_sent"]) == (1, {reason: 1})


def test_a_thread_that_is_given_back_in_time_is_waited_for(annals: Annals) -> None:
    annals.writes(0)
    annals.tell(EntryKind.THREAD_OWNER, 1, owner="person")
    annals.tell(EntryKind.THREAD_OWNER, 9, owner="bot")
    annals.writes(40)
    assert annals.try_out().as_json()["sent"] == 2


def test_what_is_tried_counts_among_the_caps_and_what_they_wrote_takes_it_up(annals: Annals) -> None:
    annals.writes(0, 30, 60, 90, who=1)  # nothing is taken up: after two in a row there is no third
    annals.writes(0, 5, 35, who=2)  # the first is taken up
    told = annals.try_out().as_json()
    assert (told["sent"], told["not_sent"]) == (5, {"ignored": 2})


def test_a_rules_own_cap_counts_what_is_tried(annals: Annals) -> None:
    annals.writes(0, 30)
    capped = replace(RULE, cap=PersonCap(1, 7 * DAY))
    assert annals.try_out(capped).as_json()["not_sent"] == {"rule_cap": 1}


def test_the_daily_cap_goes_to_the_first_and_the_others_wait_for_the_next_day(annals: Annals) -> None:
    annals.cap(1, -1)
    for who in (1, 2, 3):  # due at four, five and six o'clock; at midnight both that wait are due again
        annals.writes(who - 1, who=who)
    told = annals.try_out().as_json()
    assert told["by_day"] == {"2026-03-10": 1, "2026-03-11": 1}
    assert (told["not_sent"], told["limits"]["daily_cap"]) == ({"daily_cap": 1}, {"later": 1, "never": 1})


def test_a_cap_that_is_raised_or_taken_away_lets_those_who_wait_go_at_once(annals: Annals) -> None:
    annals.cap(1, -1)
    annals.cap(2, 6.5)
    annals.cap(None, 7.5)
    for who in (1, 2, 3, 4):  # at 4, 5, 6 and 7 hours: the first, none, none (the second at 6.5), none until 7.5
        annals.writes(who - 1, who=who)
    told = annals.try_out().as_json()
    assert (told["by_day"], told["limits"]["daily_cap"]) == ({"2026-03-10": 4}, {"later": 3, "never": 0})


def test_what_was_sent_as_it_was_counts_among_the_days_messages(annals: Annals) -> None:
    annals.cap(2, -9)
    for who in (1, 2):
        annals.writes(-8, who=who)
        annals.tell(EntryKind.CLAIMED, 3, who, of=-8, rule="other", rule_version=1)
        annals.tell(EntryKind.SENT, 3.1, who, of=-8)
    annals.writes(0, who=3)
    told = annals.try_out(stretch=(START - HOUR, ALL_OF_IT[1])).as_json()
    assert (told["by_day"], told["limits"]["daily_cap"]["later"]) == ({"2026-03-11": 1}, 1)


def test_a_budget_goes_to_the_first_and_the_next_rule_has_the_others(annals: Annals) -> None:
    bounded = replace(RULE, name="bounded", priority=9, budget=Budget(2))
    for who in (1, 2, 3, 4):
        annals.writes(who, who=who)
    told = annals.try_out(bounded, replace(RULE, timing=Timing(5 * HOUR))).as_json()
    assert told["by_rule"] == {"after-a-while": 2, "bounded": 2}
    assert told["limits"]["budget"] == {"later": 2, "never": 0}
    alone = annals.try_out(replace(bounded, budget=Budget(1, Per.DAY))).as_json()
    assert alone["by_day"] == {"2026-03-10": 1, "2026-03-11": 1}
    assert alone["not_sent"] == {"budget": 2}
    assert alone["limits"]["budget"] == {"later": 1, "never": 2}


def test_it_is_told_what_the_pages_rate_would_have_left_behind_and_a_guard_had_paused(annals: Annals) -> None:
    annals.tell(EntryKind.RULE_PAUSED, 3, who=0, name=RULE.name, version=RULE.version)
    annals.tell(EntryKind.RULE_RESUMED, 4.5, who=0, name=RULE.name, version=RULE.version)
    for who in range(1, 5):
        annals.writes(0, who=who)
    annals.writes(1, who=5)
    limits = annals.try_out(rate=Rate(1 / 20_000)).as_json()["limits"]  # one in five and a half hours
    assert limits["guards"] == {"paused_then": {"after-a-while": 4}}
    rate = limits["page_rate"]
    assert (rate["most_due_a_minute"], rate["never"]) == (4, 1)
    assert rate["given_up"] == {"after-a-while": 1}


def test_what_was_sent_before_the_stretch_counts_as_it_was(annals: Annals) -> None:
    annals.writes(0)
    annals.tell(EntryKind.CLAIMED, 10, of=0, rule="other", rule_version=1)
    annals.tell(EntryKind.SENT, 10.01, of=0)
    annals.writes(10.05)
    told = annals.try_out(stretch=(START + 10.02 * HOUR, ALL_OF_IT[1])).as_json()
    assert (told["windows"], told["not_sent"], told["live"]["sent"]) == (1, {"cool_down": 1}, 0)


def test_it_is_told_beside_what_the_live_rules_did(annals: Annals) -> None:
    annals.writes(0, who=1)
    annals.tell(EntryKind.CLAIMED, 20, of=0, rule="other", rule_version=1)
    annals.tell(EntryKind.SENT, 20.1, of=0)
    annals.writes(0, who=2)
    annals.tell(EntryKind.SKIPPED, 0, who=2, of=0, reason="no_rule")
    told = annals.try_out().as_json()
    assert told["live"] == {"sent": 1, "by_rule": {"other": 1}}
    assert told["changes"] == [
        {"live": "no_rule", "tried": "rule:after-a-while", "windows": 1},
        {"live": "rule:other", "tried": "rule:after-a-while", "windows": 1},
    ]


def test_a_fact_counts_from_when_it_was_told_and_what_was_before_is_said_to_be_unknown(annals: Annals) -> None:
    picky = replace(RULE, conditions=(Condition("interest", Comparison.IS, ("shoes",)),))
    annals.writes(0, who=1)
    annals.know("interest", "shoes", hours=-5, who=1)
    annals.writes(0, who=2)
    annals.know("interest", "shoes", hours=50, who=2)
    told = annals.try_out(picky).as_json()
    assert (told["sent"], told["not_sent"], told["not_known"]["facts"]) == (1, {"no_rule": 1}, {"interest": 1})


def test_a_name_counts_from_when_the_profile_was_fetched(annals: Annals) -> None:
    annals.writes(0, 40)
    with annals.database.transaction() as connection:
        connection.execute(update(contact).values(first_name="Ana", profile_fetched_at=START + 30 * HOUR))
    named = replace(RULE, template=LiveTemplate("hello", 1, "Hello {first_name}!", "en"))
    told = annals.try_out(named).as_json()
    assert (told["sent"], told["not_sent"]) == (1, {"missing_fact": 1})


def test_pauses_and_stops_of_the_page_count_as_they_were(annals: Annals) -> None:
    annals.tell(EntryKind.PAGE_PAUSED, 2, who=0, reason="trouble")
    annals.tell(EntryKind.PAGE_RESUMED, 8, who=0)
    annals.tell(EntryKind.PROACTIVE_STOPPED, 30, who=0, reason="a test")
    annals.writes(0, 40)
    told = annals.try_out().as_json()
    assert (told["sent"], told["not_sent"]) == (1, {"proactive_stopped": 1})


def test_nothing_is_sent_to_who_was_erased_by_then_and_they_are_counted(annals: Annals) -> None:
    annals.writes(0)
    annals.tell(EntryKind.ERASED, 2)
    told = annals.try_out().as_json()
    assert (told["sent"], told["not_sent"], told["not_known"]["erased_contacts"]) == (0, {"erased": 1}, 1)


def test_a_window_whose_time_has_not_come_is_undecided(annals: Annals) -> None:
    annals.writes(0)
    told = annals.try_out(stretch=(START, START + 3 * HOUR)).as_json()
    assert (told["windows"], told["undecided"], told["sent"]) == (1, 1, 0)


def test_the_same_history_has_the_same_bytes_however_many_work_on_it(annals: Annals, sqlite_database_url: str) -> None:
    annals.cap(6, -1)  # and with a limit that all share, of which each process sees a part
    for who in range(1, 40):
        annals.writes(who, 30 + who, 70 + who, who=who)
    alone = annals.try_out()
    assert max(alone.as_json()["by_day"].values()) == 6
    with annals.database.reading() as connection:
        backtest = Backtest.of(connection, annals.page, house(), (RULE,), ALL_OF_IT, RATE)
    together = run(annals.database, backtest, _nobody_waits, Helpers(2, sqlite_database_url))
    assert json.dumps(together.as_json()) == json.dumps(alone.as_json())
    annals.writes(300, who=7)
    changed = annals.try_out()
    assert changed.sha256 != together.sha256 == alone.sha256
    assert changed.as_json()["decisions"] != alone.as_json()["decisions"]


def test_live_rules_tried_on_their_own_history_come_to_what_they_came_to(tmp_path: Path) -> None:
    """In a world without faults, every window of its three pages."""
    database = live(3, tmp_path / "world.sqlite", customers=60, days=5, faults=Faults.NONE)
    windows = 0
    for page in _pages(database):
        with database.reading() as connection:
            rules = load_rules(connection, page.id, house().scale)
            until = entries_end(connection)
            backtest = Backtest.of(connection, page, house(), rules, (START - 9000 * DAY, until), RATE)
        told = run(database, backtest, _nobody_waits).as_json()
        assert (told["changes"], told["by_rule"]) == ([], told["live"]["by_rule"])
        windows += told["windows"]
    database.close()
    assert windows > 60


def _pages(database: Database) -> list[Account]:
    with database.reading() as connection:
        return accounts.load_all(connection)


def entries_end(connection: Connection) -> datetime:
    found = connection.execute(select(func.max(ledger_entry.c.recorded_at))).scalar_one()
    assert isinstance(found, datetime)
    return found
