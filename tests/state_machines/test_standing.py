"""Whatever arrives in whatever order, late, twice, with and without a time: the production fold comes to what the
set of it says."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Row, select

from botapp.bootstrap.foundation import PLATFORM
from botapp.campaign.pages import link_people
from botapp.channels.port import InboundEvent, ParsedBody
from botapp.conversation.receive import Receiver
from botapp.policy.consent import Basis, allows
from botapp.policy.suppression import muting, stopped
from botapp.reengagement.facts import Standings, thread_is_owned
from botapp.storage import accounts, contacts
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.schema import ledger_entry, reengagement
from tests.state_machines.conftest import Play
from tests.state_machines.standing_model import Delivered, Said, Standing
from tests.state_machines.times import HOUR, NOON, SetClock
from tests.state_machines.write_path import HOUSE, SHAPES, open_write_path


@dataclass(frozen=True)
class Identity:
    """One person on one page."""

    page_id: str
    psid: str
    explicit: bool


@dataclass(frozen=True)
class Known:
    """What the database holds of an identity."""

    contact: Contact
    standings: Standings
    plans: list[Row[Any]]
    entries: list[int]

    @property
    def key(self) -> tuple[int, int]:
        return self.contact.account_id, self.contact.id


TOPICS = (
    (Said.START, Said.STOP, Said.STOP_IN_AN_EDIT, Said.WORDS),
    (Said.START, Said.MUTE, Said.MUTE_FOR_A_WHILE),
    (Said.START, Said.NOTICES_STOPPED, Said.NOTICES_RESUMED, Said.STOP),
    (Said.START, Said.YES, Said.NO, Said.STOP),
    (Said.PASSED_TO_US, Said.TAKEN, Said.ECHO_OF_THE_INBOX, Said.ECHO_OF_NOBODY, Said.ECHO_OF_OURS, Said.WORDS),
    (Said.WORDS, Said.REACTION, Said.UNREACTION),
    tuple(Said),
)
AGO = st.one_of(st.integers(0, 1), st.integers(0, 1), st.integers(-1, 6), st.sampled_from([23, 24, 25, 48]))
EVENT = st.tuples(
    st.sampled_from(["alice", "alice", "alice", "alice on the other page", "bob"]),
    st.integers(0, 16),
    st.one_of(AGO, AGO, AGO, AGO, st.none()),
    st.sampled_from([False, False, False, False, True]),
)


class Delivery(RuleBasedStateMachine):
    """The platform delivers what Alice, who writes to two pages, and Bob do. Alice's identities are linked."""

    database: Database
    receiver: Receiver
    clock: SetClock
    numbers = itertools.count(1)

    @initialize(topics=st.sampled_from(TOPICS))
    def begin(self, topics: tuple[Said, ...]) -> None:
        """A story is about a few things only, so that they meet."""
        self.topics = topics
        self.clock.shown = NOON
        number = next(self.numbers)
        self.identities = {
            "alice": Identity("1000", f"alice-{number}", explicit=False),
            "alice on the other page": Identity("1001", f"alice-{number}", explicit=True),
            "bob": Identity("1001", f"bob-{number}", explicit=True),
        }
        self.standings = {who: Standing() for who in self.identities}
        self.last_seen: dict[str, datetime] = {}
        self.bodies: list[list[tuple[str, Delivered, InboundEvent]]] = []
        self.read: list[tuple[str, Known, Standing]] = []
        with self.database.transaction() as connection:
            pages = accounts.find_by_pages(connection, PLATFORM, ["1000", "1001"])
            keys = [(pages[i.page_id].id, i.psid) for i in self.identities.values()]
            contacts.create_missing(connection, keys, NOON)
        alice = [(i.page_id, i.psid) for who, i in self.identities.items() if who != "bob"]
        assert link_people(self.database, alice[0], alice[1], PLATFORM) is None

    @rule(events=st.lists(EVENT, min_size=1, max_size=3))
    def deliver(self, events: list[tuple[str, int, int | None, bool]]) -> None:
        """One body; `ago` is in hours, None where the platform tells no time."""
        self._receive([self._event(*event) for event in events])

    @precondition(lambda self: self.bodies)
    @rule(which=st.integers(0, 100))
    def deliver_again(self, which: int) -> None:
        """The platform did not hear our 200."""
        body = self.bodies[which % len(self.bodies)]
        self._deliver(body)

    @rule(hours=st.sampled_from([1, 2, 5, 20, 30]))
    def time_passes(self, hours: int) -> None:
        self.clock.shown += hours * HOUR
        self.read = []

    @invariant()
    def the_latest_interaction_counts_and_is_never_moved_back(self) -> None:
        for who, known, model in self._known():
            found = known.contact.last_interaction_at
            assert found == model.last_interaction_at, who
            assert found is None or found >= self.last_seen.get(who, found), who
            if found is not None:
                self.last_seen[who] = found

    @invariant()
    def a_conversation_begins_with_an_interaction(self) -> None:
        for who, known, model in self._known():
            began, interactions = known.contact.conversation_started_at, model.interactions
            assert (began is None) == (not interactions), who
            if began is not None:
                assert began in interactions, who
                assert min(interactions) <= began <= max(interactions), who
                if max(interactions) - min(interactions) < HOUSE.window_length:
                    assert began == min(interactions), who

    @invariant()
    def a_no_stands_until_the_person_undoes_it(self) -> None:
        for who, known, model in self._known():
            said = known.standings.suppressions(known.key).values()
            now = self.clock.shown
            assert stopped(said, now) == model.is_stopped(), who
            for later in (timedelta(0), 3 * HOUR, 6 * HOUR):
                assert (muting(said, now + later) is not None) == model.is_muted(now + later), who

    @invariant()
    def consent_is_what_the_records_say(self) -> None:
        for who, known, model in self._known():
            records = known.standings.consents(known.key)
            for basis in Basis:
                allowed = model.is_consented(explicit=basis is Basis.EXPLICIT)
                assert allows(records, basis) == allowed, (who, basis)

    @invariant()
    def the_thread_is_whose_the_latest_sign_says(self) -> None:
        for who, known, model in self._known():
            now = self.clock.shown
            assert thread_is_owned(known.contact, HOUSE, now) == model.is_owned_by_others(now), who

    @invariant()
    def a_plan_stands_only_where_one_may_be_sent(self) -> None:
        for who, known, model in self._known():
            open_plans = [plan for plan in known.plans if plan.state == "planned"]
            assert len(open_plans) <= 1, who
            for plan in open_plans:
                assert plan.interaction_at == model.last_interaction_at, who
                assert plan.deadline_at == plan.interaction_at + HOUSE.window_length - HOUSE.send_allowance, who
                assert plan.interaction_at <= plan.due_at < plan.deadline_at, who
                assert not model.is_stopped(), who
                assert model.is_consented(explicit=self.identities[who].explicit), who
                assert not model.is_muted(plan.due_at), who

    @invariant()
    def each_silence_is_planned_or_refused(self) -> None:
        for who, known, model in self._known():
            latest = [p.state for p in known.plans if p.interaction_at == model.last_interaction_at]
            assert len(latest) == (model.last_interaction_at is not None), who
            assert set(latest) <= {"planned", "skipped"}, who

    @invariant()
    def the_entries_of_the_ledger_have_no_gap(self) -> None:
        for who, known, _ in self._known():
            assert known.entries == list(range(1, known.contact.ledger_sequence + 1)), who

    def _event(self, who: str, topic: int, ago: int | None, standby: bool) -> tuple[str, Delivered, InboundEvent]:
        said = self.topics[topic % len(self.topics)]
        identity, now = self.identities[who], self.clock.shown
        occurred_at = None if ago is None else now - ago * HOUR
        event = InboundEvent(
            page_id=identity.page_id,
            key=f"e{next(self.numbers)}",
            platform_contact_id=identity.psid,
            occurred_at=occurred_at,
            raw="{}",
            standby=standby,
            **{"kind": said.name.lower(), **SHAPES[said]},
        )
        return who, Delivered(said, occurred_at, now, standby), event

    def _receive(self, body: list[tuple[str, Delivered, InboundEvent]]) -> None:
        self.bodies.append(body)
        self._deliver(body)
        for who, delivered, _ in body:
            self.standings[who].delivered.append(delivered)
            if who != "bob" and delivered.said in (Said.STOP, Said.STOP_IN_AN_EDIT):
                [other] = [name for name in self.identities if name not in ("bob", who)]
                self.standings[other].stopped_elsewhere.append(delivered)

    def _deliver(self, body: list[tuple[str, Delivered, InboundEvent]]) -> None:
        self.receiver.receive(ParsedBody(tuple(event for _, _, event in body), ()), self.clock.shown)
        self.read = []

    def _known(self) -> list[tuple[str, Known, Standing]]:
        """What the database holds of each identity, and what the model says: read once a step."""
        if self.read:
            return self.read
        with self.database.reading() as connection:
            pages = accounts.find_by_pages(connection, PLATFORM, ["1000", "1001"])
            for who, identity in self.identities.items():
                contact = contacts.find_by_platform_id(connection, pages[identity.page_id].id, identity.psid)
                assert contact is not None
                key = (contact.account_id, contact.id)
                plans = select(reengagement).where(
                    reengagement.c.account_id == key[0], reengagement.c.contact_id == key[1]
                )
                entries = select(ledger_entry.c.sequence).where(
                    ledger_entry.c.account_id == key[0], ledger_entry.c.contact_id == key[1]
                )
                known = Known(
                    contact,
                    Standings(connection, [key]),
                    list(connection.execute(plans)),
                    sorted(connection.execute(entries).scalars()),
                )
                self.read.append((who, known, self.standings[who]))
        return self.read


@pytest.fixture
def receiver(memory: Database) -> Receiver:
    """The one write path, over a database in memory."""
    return open_write_path(memory)


def test_what_a_person_said_comes_to_the_same_in_any_order_of_delivery(
    receiver: Receiver, clock: SetClock, play: Play
) -> None:
    parts = {"database": receiver.database, "receiver": receiver, "clock": clock}
    play(type("DeliveryToThisDatabase", (Delivery,), parts), 80)
