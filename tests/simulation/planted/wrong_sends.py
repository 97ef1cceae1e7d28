"""Wrong variants of how a re-engagement is decided, claimed, written and recorded."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from botapp.channels.port import Outcome, OutcomeKind
from botapp.identifiers import drawn_from, new_token
from botapp.policy.decision import ContactFacts, Decision, PageFacts, Send, Terms, decide
from botapp.policy.overload import Rate
from botapp.policy.rule import LiveRule, LiveTemplate
from botapp.policy.timing import Timing
from botapp.policy.window import Window
from botapp.reengagement.claim import Claimer
from botapp.reengagement.delivery import Claim, Delivery, Stopwatch
from botapp.reengagement.facts import LiveRules, page_facts
from botapp.reengagement.outcome import consequence_of
from botapp.reengagement.overload import Overload
from botapp.reengagement.send import ReengagementSender, Sent
from botapp.storage import contacts, ledger, reengagements
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import Reengagement, ReengagementKey, State
from botapp.storage.schema import reengagement
from botapp.storage.statement import Answer, answered


class _Undone(Exception):  # noqa: N818  it is no error: it is how a trial ends
    pass


class _Trial(Database):
    """Everything that is written to it is undone."""

    def __init__(self, database: Database) -> None:  # no call of super: it is no database of its own
        self.engine = database.engine
        self._database = database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        try:
            with self._database.transaction() as connection:
                yield connection
                raise _Undone  # noqa: TRY301  undoing is what it is for
        except _Undone:
            pass

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._database.reading() as connection:
            yield connection

    def now(self, connection: Connection) -> datetime:
        return self._database.now(connection)


def _decide_only(claimer: Claimer, key: ReengagementKey, stopwatch: Stopwatch) -> Claim | None:
    """What would be sent now; nothing is written down."""
    trial = Claimer(_Trial(claimer.database), claimer.house, claimer.live_rules)
    return trial.claim(key, stopwatch)


class ClaimsAfterTheWrite(ReengagementSender):
    """Checks, sends, and then marks it as sent."""

    def send(self, key: ReengagementKey) -> Sent | None:
        stopwatch = Stopwatch.start(self.delivery.clock)
        token = int(new_token(), 16)
        with drawn_from(lambda _bits: token):
            decided = _decide_only(self.claimer, key, stopwatch)
            if decided is None:
                return super().send(key)
            outcome = self.delivery.deliver(replace(decided, is_crossed=None))
            claim = self.claimer.claim(key, stopwatch)
        return Sent(key, claim or decided, outcome)


_decided: ContextVar[Decision | None] = ContextVar("decided", default=None)


def decides_once(contact: ContactFacts, page: PageFacts, terms: Terms, **when: datetime) -> Decision:
    """Stands in for `decide`: what was decided before holds."""
    return _decided.get() or decide(contact, page, terms, **when)


class DecidesOutsideTheLock(Claimer):
    """Decides in one transaction, and claims in the next without a look. Needs `decides_once`, `Unconditional`."""

    def claim(self, key: ReengagementKey, stopwatch: Stopwatch) -> Claim | None:
        made = _decide_only(self, key, stopwatch)
        if made is None:
            return super().claim(key, stopwatch)
        rule = LiveRule("decided", 1, Timing(timedelta(0)), template=LiveTemplate("decided", 1, "", "en"))
        closes_at = made.start_before + self.house.send_allowance
        window = Window(closes_at - self.house.window_length, closes_at)
        token = _decided.set(Send(rule, made.message.text, window))
        try:
            return super().claim(key, stopwatch)
        finally:
            _decided.reset(token)


class Unconditional:
    """Stands in for the table as the claim knows it: whatever became of the plan meanwhile, it is claimed."""

    def __getattr__(self, name: str) -> Any:
        return getattr(reengagements, name)

    def ask(self, connection: Connection, key: ReengagementKey) -> Answer[Reengagement | None]:
        plan = reengagements.find(connection, key)
        return answered(replace(plan, state=State.PLANNED) if plan and plan.state is State.SKIPPED else plan)

    def move(
        self, connection: Connection, key: ReengagementKey, _source: State, target: State, values: Mapping[str, Any]
    ) -> bool:
        plan = reengagements.find(connection, key)
        return plan is not None and reengagements.move(connection, key, plan.state, target, values)


class RetriesAfterATimeout(ReengagementSender):
    """Takes no answer for no delivery, and sends again at once."""

    def send(self, key: ReengagementKey) -> Sent | None:
        sent = super().send(key)
        if sent is None or sent.outcome.kind is not OutcomeKind.UNKNOWN:
            return sent
        return Sent(key, sent.claim, self.delivery.deliver(sent.claim))


class TakesNoAnswerForARefusal(Delivery):
    """What is unknown counts as certainly not delivered, so it is planned again."""

    def deliver(self, claim: Claim) -> Outcome:
        outcome = super().deliver(claim)
        is_lost = outcome.kind is OutcomeKind.UNKNOWN and not claim.message.is_response
        return replace(outcome, kind=OutcomeKind.NOT_SENT, detail="connect") if is_lost else outcome


class TakesAGarbledAnswerForARefusal(Delivery):
    """Believes error 1/1357046, of which the documentation says that such messages were sent."""

    def deliver(self, claim: Claim) -> Outcome:
        outcome = super().deliver(claim)
        is_garbled = outcome.kind is OutcomeKind.UNKNOWN and outcome.error is not None
        return replace(outcome, kind=OutcomeKind.REFUSED) if is_garbled else outcome


class LooksAtNoClock(Delivery):
    """Writes whatever was claimed, however long ago."""

    def _check(self, claim: Claim) -> None:
        pass


class AsksTheDatabaseOnce(Claimer):
    """After a slow connect nobody asks whether a no has come meanwhile."""

    def claim(self, key: ReengagementKey, stopwatch: Stopwatch) -> Claim | None:
        claim = super().claim(key, stopwatch)
        return replace(claim, is_crossed=None) if claim else None


def remembers_the_rules(*, live_rules: LiveRules, **rest: Any) -> Claimer:
    """A claimer that keeps the rules which it has once read."""
    return Claimer(live_rules=_FirstRules(live_rules), **rest)


class _FirstRules(LiveRules):
    def __init__(self, live_rules: LiveRules) -> None:
        self._live_rules = live_rules
        self._first: dict[int, tuple[LiveRule, ...]] = {}

    def of(self, connection: Connection, account: Account) -> tuple[LiveRule, ...]:
        if account.id not in self._first:
            self._first[account.id] = self._live_rules.of(connection, account)
        return self._first[account.id]


class NoClaimsOfRules:
    """Stands in for `ask_claims_of_rules`: nobody ever got anything by any rule."""

    def __init__(self, *_: object) -> None: ...

    def read(self) -> dict[object, object]:
        return {}


class RemembersTheSwitches:
    """Reads the kill switch and the page's pause once, and then from memory. Stands in for `page_facts`."""

    def __init__(self) -> None:
        self._first: dict[int, PageFacts] = {}

    def __call__(
        self, connection: Connection, account: Account, live_rules: LiveRules, *, everything_is_stopped: bool
    ) -> PageFacts:
        now = page_facts(connection, account, live_rules, everything_is_stopped=everything_is_stopped)
        first = self._first.setdefault(account.id, now)
        return replace(now, proactive_stopped=first.proactive_stopped, paused=first.paused)


def is_in_no_team_mode(
    connection: Connection, account: Account, live_rules: LiveRules, *, everything_is_stopped: bool
) -> PageFacts:
    """Stands in for `page_facts`: every page writes to everybody."""
    page = page_facts(connection, account, live_rules, everything_is_stopped=everything_is_stopped)
    return replace(page, team_mode=False)


def expects_no_refill(*, rate: Rate, **rest: Any) -> Overload:
    """Gives up whatever a page cannot send at once: takes the one message that it surely may for all that it may."""
    return Overload(rate=replace(rate, per_second=0.0, burst=1.0), **rest)


def forgets_who_cannot_be_reached(contact: ContactFacts, page: PageFacts, terms: Terms, **when: datetime) -> Decision:
    """Stands in for `decide`: writes to who has blocked us."""
    return decide(replace(contact, reachable=True), page, terms, **when)


def counts_calendar_days(contact: ContactFacts, page: PageFacts, terms: Terms, **when: datetime) -> Decision:
    """Stands in for `decide`: one a day, where a day ends at midnight."""
    last = contact.last_claimed_at
    if last is not None and last.date() != when["now"].date():
        terms = replace(terms, cool_down=timedelta(0))
    return decide(contact, page, terms, **when)


class RecordsOverEverything(ReengagementSender):
    """A late worker's outcome is written over whatever is on record by now."""

    def record(self, sent: Sequence[Sent]) -> None:
        with self.database.transaction() as connection:
            for item in sent:
                self._write_over(connection, item, self.database.now(connection))

    def _write_over(self, connection: Connection, item: Sent, now: datetime) -> None:
        key = item.key
        contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
        found = consequence_of(item.outcome, 0, item.claim.start_before, now, self.house)
        state = State.FAILED if found.retry_at is not None else found.state
        moved = update(reengagement).where(
            reengagement.c.account_id == key.account_id,
            reengagement.c.contact_id == key.contact_id,
            reengagement.c.interaction_at == key.interaction_at,
        )
        connection.execute(moved.values(state=state, reason=found.reason, recorded_at=now))
        ledger.append(connection, contact, [Entry(EntryKind(state.value), subject_at=key.interaction_at)], now)


class RecordsInTwoTransactions(ReengagementSender):
    """First the state, then, in a transaction of its own, its entry."""

    def record(self, sent: Sequence[Sent]) -> None:
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            kinds = [self._move(connection, item, now) for item in sent]
        with self.database.transaction() as connection:
            for item, kind in zip(sent, kinds, strict=True):
                if kind is not None:
                    contact = contacts.lock_contact(connection, item.key.account_id, item.key.contact_id)
                    ledger.append(connection, contact, [Entry(kind, subject_at=item.key.interaction_at)], now)

    def _move(self, connection: Connection, item: Sent, now: datetime) -> EntryKind | None:
        found = consequence_of(item.outcome, 0, item.claim.start_before, now, self.house)
        if found.retry_at is not None:
            released = reengagements.release(connection, item.key, found.retry_at, str(found.reason))
            return EntryKind.RELEASED if released else None
        values = {"reason": found.reason, "recorded_at": now}
        moved = reengagements.move(connection, item.key, State.CLAIMED, found.state, values)
        return EntryKind(found.state.value) if moved else None


class ClaimsInTwoTransactions(Claimer):
    """The claim is committed, and its entry follows in a transaction of its own."""

    def claim(self, key: ReengagementKey, stopwatch: Stopwatch) -> Claim | None:
        try:
            claim = super().claim(key, stopwatch)
        except BaseException:
            ENTRIES_KEPT_BACK.waiting.pop((key.account_id, key.contact_id), None)
            raise
        ENTRIES_KEPT_BACK.write(self.database, key)
        return claim


class _EntriesKeptBack:
    """Stands in for the ledger as the claim knows it: keeps entries until somebody writes them."""

    def __init__(self) -> None:
        self.waiting: dict[tuple[int, int], list[Entry]] = {}

    def append(
        self, connection: Connection, contact: Contact, entries: Sequence[Entry], _at: datetime, **changes: Any
    ) -> None:
        self.waiting[contact.account_id, contact.id] = list(entries)
        if changes:
            contacts.change_contact(connection, contact.account_id, contact.id, **changes)

    def write(self, database: Database, key: ReengagementKey) -> None:
        entries = self.waiting.pop((key.account_id, key.contact_id), [])
        if not entries:
            return
        with database.transaction() as connection:
            contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
            ledger.append(connection, contact, entries, database.now(connection))


ENTRIES_KEPT_BACK = _EntriesKeptBack()


def gives_up_and_plans_again(connection: Connection, row: Any, now: datetime) -> Entry | None:
    """Stands in for the sweep: a claim of which nothing was heard is put back, as queues with a timeout do."""
    released = reengagements.release(connection, row.key, now, "worker_lost")
    return Entry(EntryKind.RELEASED, subject_at=row.key.interaction_at) if released else None
