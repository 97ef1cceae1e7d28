"""Erasing: no trace of the person is left, every proof holds, and their no goes on holding."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from botapp.audit import verify as verifier
from botapp.channels.port import Profile
from botapp.compliance.agreement import AgreementCheck
from botapp.compliance.erasure import Erasure
from botapp.reengagement.send import Sent
from botapp.storage import contacts, erasure, reengagements, scrubbing
from botapp.storage.contacts import Contact
from botapp.storage.reengagements import State
from botapp.storage.schema import (
    contact_secret,
    fact,
    inbound_event,
    ledger_entry,
    metadata,
    reply,
    suppression,
    tombstone,
)
from tests.compliance.traces import traces
from tests.world import World, standing_world

HOUR = timedelta(hours=1)
CONFIRM = {
    "message": {"mid": "m_confirm", "text": "Yes, delete it all", "quick_reply": {"payload": "botapp:delete:yes"}}
}


@dataclass(frozen=True)
class Person:
    psid: str
    first_name: str
    last_name: str
    said: str
    mid: str

    @property
    def needles(self) -> tuple[str, ...]:
        return self.psid, self.first_name, self.last_name, self.said, self.mid


def come(world: World, number: int) -> Person:
    """Somebody with a name of their own wrote five hours ago."""
    first, last, said, mid = (
        f"Firstly{number:04}x",
        f"Lastly{number:04}x",
        f"secret words {number:04}x",
        f"m_in{number:04}x",
    )
    psid = world.add_customer(f"{first} {last}")
    world.says(psid, said, ago=5 * HOUR, mid=mid)
    return Person(psid, first, last, said, mid)


def known(world: World, psid: str) -> Contact:
    with world.installation.database.reading() as connection:
        found = contacts.find_by_platform_id(connection, world.account.id, psid)
    assert found is not None
    return found


def erase(world: World, psid: str, **options: bool) -> Erasure:
    world.installation.sealer().seal()
    found = known(world, psid)
    return world.installation.eraser().erase((found.account_id, found.id), "staff", **options)


def verified(world: World, folder: Path) -> int:
    world.installation.sealer().seal()
    exporter = world.installation.exporter()
    exporter.export_log(folder, world.installation.clock.now())
    return verifier.main([str(folder)])


def differences(world: World) -> list[str]:
    check = AgreementCheck(world.installation.database, world.installation.house)
    return [str(found) for found in check.run().first]


def test_of_those_erased_no_byte_is_left_and_every_proof_holds(world: World, tmp_path: Path) -> None:
    people = [come(world, number) for number in range(100)]
    world.until_answered()
    for person in people[::7]:
        world.says(person.psid, "STOP", ago=timedelta(minutes=30))
    world.until_answered()
    assert len(world.proactive()) > 20
    sent = {row.contact_id: row.message_id for row in (*world.replies(), *world.reengagements()) if row.message_id}
    assert verified(world, tmp_path / "before") == 0
    gone, stay = people[:10], people[10:]
    needles = {needle for person in gone for needle in (*person.needles, sent[known(world, person.psid).id])}
    assert {needle for _, needle in traces(world, needles)} == needles

    assert {erase(world, person.psid) for person in gone} == {Erasure.ERASED}
    assert scrubbing.scrub(world.installation.database)

    assert traces(world, needles) == set()
    others = {needle for person in stay for needle in person.needles}
    assert {needle for _, needle in traces(world, others)} == others
    assert verified(world, tmp_path / "after") == 0
    assert differences(world) == []
    assert len(world.rows(tombstone)) == len(gone)
    erased = [row for row in world.rows(ledger_entry) if row.kind == "erased"]
    assert len(erased) == len(gone)


def test_pages_that_were_split_keep_no_copy_of_who_was_erased(
    sqlite_database_url: str, redis_url: str, var_dir: Path
) -> None:
    """SQLite leaves copies of cells that moved to another page. It takes some thousand people to see it."""
    chance = random.Random(1)  # noqa: S311  not a secret
    people = [f"{chance.randrange(10**15, 10**16)}" for _ in range(4000)]
    with standing_world(sqlite_database_url, redis_url, var_dir) as world:
        now = world.installation.clock.now()
        for begin in range(0, len(people), 50):
            said = [(psid, {"mid": f"m_{psid}", "text": f"words of {psid}"}) for psid in people[begin : begin + 50]]
            world.receives_items([world.item(psid, {"message": message}, at=now) for psid, message in said])
        world.installation.sealer().seal()
        eraser = world.installation.eraser()
        with world.installation.database.reading() as connection:
            found = [contacts.find_by_platform_id(connection, world.account.id, psid) for psid in people[::10]]
        assert {eraser.erase((c.account_id, c.id), "staff") for c in found if c} == {Erasure.ERASED}
        assert scrubbing.scrub(world.installation.database)
        content = Path(sqlite_database_url.removeprefix("sqlite:///")).read_bytes()
    left = {digits.decode() for digits in re.findall(rb"\d{16}", content)}
    assert not left & set(people[::10])
    assert left > set(people[1::10])


def test_every_table_that_knows_of_people_is_thought_of() -> None:
    """Whoever adds one decides what becomes of its rows: storage/erasure.py, and storage/own_data.py to show them."""
    names_people = {"contact_id", "platform_contact_id", "platform_person_id"}
    know = {table.name for table in metadata.sorted_tables if names_people & set(table.columns.keys())}
    emptied = {"contact", "inbound_event", "fact", "reply", "reengagement", "consent_record", "ledger_entry"}
    gone = {"conversion", "contact_secret", "handover", "unanswered_question"}
    gone_in_days = {"observed_send", "rollup_contact", "webhook_delivery"}  # numbers that the log keeps as well
    assert know == emptied | gone | gone_in_days | {"privacy_request", "suppression"}


def test_what_was_hidden_is_gone_and_what_it_was_committed_to_stays(world: World) -> None:
    psid = come(world, 1).psid
    world.until_answered()
    world.installation.sealer().seal()
    found = known(world, psid)
    before = {row.sequence: row for row in world.rows(ledger_entry) if row.contact_id == found.id}
    assert any(row.evidence_key for row in before.values())
    erase(world, psid)
    after = {row.sequence: row for row in world.rows(ledger_entry) if row.contact_id == found.id}
    assert {row.evidence_key or row.private for row in after.values()} == {None}
    assert [after[number].commitment for number in before] == [row.commitment for row in before.values()]
    world.installation.sealer().seal()
    assert [row for row in world.rows(contact_secret) if row.contact_id == found.id] == []
    assert world.rows(reply) == world.rows(fact) == world.rows(inbound_event) == []


def test_an_entry_without_a_place_in_the_log_is_not_emptied(world: World) -> None:
    psid = come(world, 1).psid
    found = known(world, psid)
    eraser = world.installation.eraser()
    assert eraser.erase((found.account_id, found.id), "staff") is Erasure.NOT_SEALED
    assert known(world, psid) == found


def test_nobody_is_erased_while_a_message_to_them_is_on_its_way(world: World) -> None:
    psid = world.falls_silent()
    assert world.claim(psid) is not None
    assert erase(world, psid) is Erasure.ON_THE_WIRE
    assert known(world, psid).platform_contact_id == psid


def test_what_was_planned_for_them_is_on_record_as_not_sent(world: World) -> None:
    psid = world.falls_silent()
    assert erase(world, psid) is Erasure.ERASED
    assert [(row.state, row.reason) for row in world.reengagements()] == [("skipped", "erased")]
    world.work()
    assert world.proactive() == []
    assert [(row.kind, row.reason) for row in world.ledger()][-2:] == [("skipped", "erased"), ("erased", None)]


def test_who_is_erased_already_is_not_erased_again(world: World) -> None:
    found = known(world, come(world, 1).psid)
    world.installation.sealer().seal()
    eraser = world.installation.eraser()
    results = [eraser.erase((found.account_id, found.id), "staff") for _ in range(2)]
    assert results == [Erasure.ERASED, Erasure.ERASED_BEFORE]
    assert len([row for row in world.ledger() if row.kind == "erased"]) == 1


def test_linked_identities_are_erased_together_and_others_stay_linked(world: World) -> None:
    people = [come(world, number).psid for number in range(4)]
    world.installation.sealer().seal()
    with world.installation.database.transaction() as connection:
        locked = contacts.lock_people(connection, [(world.account.id, psid) for psid in people[:2]])
        contacts.link(connection, *locked)
    assert erase(world, people[0]) is Erasure.ERASED
    left = {row.platform_contact_id for row in world.contacts()}
    assert not left & set(people[:2])
    assert left > set(people[2:])
    assert len({row.person_id for row in world.contacts()}) == len(people)


def test_until_it_is_done_no_identity_of_theirs_is_written_to(world: World) -> None:
    silent, asking = (world.falls_silent(name) for name in ("Alice Ng", "Alice N."))
    with world.installation.database.transaction() as connection:
        contacts.link(connection, *contacts.lock_people(connection, [(world.account.id, p) for p in (silent, asking)]))
    world.receives(asking, CONFIRM)
    world.work()
    assert {(r.state, r.reason) for r in world.reengagements() if r.contact_id == known(world, silent).id} == {
        ("skipped", "stopped")
    }
    assert "UPDATE" not in {sent["messaging_type"] for sent in world.accepted(silent)}


@pytest.fixture
def stopped(world: World) -> str:
    """Somebody said STOP, and was erased."""
    psid = come(world, 1).psid
    world.says(psid, "STOP", ago=3 * HOUR)
    world.until_answered()
    assert erase(world, psid) is Erasure.ERASED
    return psid


def test_who_comes_back_begins_under_the_stop_they_had_said(world: World, stopped: str) -> None:
    world.says(stopped, "hello again")
    back = known(world, stopped)
    assert [row.state for row in world.reengagements() if row.contact_id == back.id] == ["skipped"]
    assert [row.reason for row in world.reengagements() if row.contact_id == back.id] == ["stopped"]
    kept = [row for row in world.rows(suppression) if row.contact_id == back.id]
    assert sorted(row.scope for row in kept) == ["returned", "stop"]
    entries = [row for row in world.ledger() if row.contact_id == back.id]
    assert (entries[0].kind, entries[0].reason) == ("suppression_set", "kept_through_erasure")
    assert differences(world) == []
    world.until_answered()
    assert world.replies()[-1].kind == "greeting_stopped"


def test_a_start_lifts_a_stop_that_was_kept(world: World, stopped: str) -> None:
    world.says(stopped, "START")
    assert [r.reason for r in world.reengagements() if r.contact_id == known(world, stopped).id][-1:] == ["cool_down"]
    world.installation.sealer().seal()
    assert erase(world, stopped) is Erasure.ERASED
    _two_days_pass(world)
    world.says(stopped, "START")
    assert [r.state for r in world.reengagements() if r.contact_id == known(world, stopped).id] == ["planned"]


def test_who_had_not_objected_comes_back_as_anybody(world: World) -> None:
    psid = come(world, 1).psid
    world.until_answered()
    erase(world, psid)
    _two_days_pass(world)
    world.says(psid, "hello again")
    assert [r.state for r in world.reengagements() if r.contact_id == known(world, psid).id] == ["planned"]


def _two_days_pass(world: World) -> None:
    with world.installation.database.transaction() as connection:
        connection.execute(update(tombstone).values(erased_at=world.installation.clock.now() - timedelta(days=2)))


def test_who_comes_back_within_the_day_rests_until_what_was_sent_before_cannot_matter(world: World) -> None:
    psid = world.falls_silent("Firstly0001x Lastly0001x")
    world.work()
    world.until_answered()
    assert [m["messaging_type"] for m in world.accepted(psid)] == ["RESPONSE", "UPDATE"]
    erase(world, psid)
    for words in ("hello again", "START"):  # their own word shortens no rest: nobody knows what they got today
        world.says(psid, words)
    plans = [r for r in world.reengagements() if r.contact_id == known(world, psid).id]
    assert {(plan.state, plan.reason) for plan in plans} == {("skipped", "cool_down")}
    assert differences(world) == []


@pytest.mark.parametrize("comes_back", ["before", "after"])
def test_a_stop_from_before_the_erasure_counts_however_late_it_arrives(world: World, comes_back: str) -> None:
    psid = come(world, 1).psid
    at = world.installation.clock.now()
    world.until_answered()
    erase(world, psid)
    late = world.item(psid, {"message": {"mid": "m_late", "text": "STOP"}}, at=at)
    if comes_back == "after":
        world.receives_items([late])
        assert psid not in {row.platform_contact_id for row in world.contacts()}
    world.says(psid, "hello again")
    if comes_back == "before":
        world.receives_items([late])
    scopes = [row.scope for row in world.rows(suppression) if row.contact_id == known(world, psid).id]
    assert sorted(scopes) == ["returned", "stop"]
    assert "m:m_late" not in {row.event_key for row in world.rows(inbound_event)}
    assert [r.state for r in world.reengagements() if r.contact_id == known(world, psid).id] == ["skipped"]
    assert differences(world) == []


def test_what_happened_before_is_not_taken_in_again(world: World) -> None:
    psid = come(world, 1).psid
    now = world.installation.clock.now()
    world.until_answered()
    erase(world, psid)
    assert scrubbing.scrub(world.installation.database)
    again = world.item(psid, {"message": {"mid": "m_in0001x", "text": "secret words"}}, at=now - 5 * HOUR)
    world.receives_items([again])
    undated = {**again, "message": {"mid": "m_other", "text": "secret"}, "timestamp": "soon"}
    world.receives_items([undated])
    world.echo(psid, "botapp:whatever")
    assert psid not in {row.platform_contact_id for row in world.contacts()}
    assert world.rows(inbound_event) == []
    assert _counted(world)["before_erasure"] == 3
    assert traces(world, [psid]) == set()


def test_a_platform_whose_clock_is_ahead_brings_nothing_back(world: World) -> None:
    psid, ahead = come(world, 1).psid, world.installation.clock.now() + timedelta(minutes=2)
    item = world.item(psid, {"message": {"mid": "m_ahead", "text": "secret"}}, at=ahead)
    world.receives_items([item])
    world.until_answered()
    erase(world, psid)
    world.receives_items([item])
    assert world.rows(inbound_event) == []
    far_ahead = world.item(psid, {"message": {"mid": "m_far", "text": "hello"}}, at=ahead + timedelta(seconds=1))
    world.receives_items([far_ahead])
    assert [row.event_key for row in world.rows(inbound_event)] == ["m:m_far"]


def test_what_happened_before_stays_forgotten_after_they_came_back(world: World) -> None:
    psid = come(world, 1).psid
    at = world.installation.clock.now() - 5 * HOUR
    world.until_answered()
    erase(world, psid)
    world.says(psid, "hello again", mid="m_new")
    new = world.item(psid, {"message": {"mid": "m_newer", "text": "and"}}, at=world.installation.clock.now())
    world.receives_items([world.item(psid, {"message": {"mid": "m_old", "text": "old"}}, at=at), new])
    assert [row.event_key for row in world.rows(inbound_event)] == ["m:m_new", "m:m_newer"]


def test_a_late_answer_of_the_platform_brings_nothing_back(world: World) -> None:
    """A worker that slept through its claim, its being given up, and the erasure."""
    psid = world.falls_silent("Firstly0001x Lastly0001x")
    claim = world.claim(psid)
    assert claim is not None
    outcome = world.duties.reengagements.delivery.deliver(claim)
    key = world.silence_of_claim(claim)
    with world.installation.database.transaction() as connection:
        reengagements.move(connection, key, State.CLAIMED, State.UNKNOWN, {"recorded_at": claim.claimed_at})
    world.installation.sealer().seal()
    eraser = world.installation.eraser()
    assert eraser.erase((key.account_id, key.contact_id), "staff") is Erasure.ON_THE_WIRE
    years_later = replace(eraser, house=replace(eraser.house, claim_timeout=timedelta(0)))
    assert years_later.erase((key.account_id, key.contact_id), "staff") is Erasure.ERASED
    world.duties.reengagements.record([Sent(key, claim, outcome)])
    assert [(row.text, row.message_id) for row in world.reengagements()] == [("", None)]


def test_a_profile_that_arrives_late_is_not_kept(world: World) -> None:
    psid = come(world, 1).psid
    keeper, source = world.duties.replies.profiles, world.installation.sender
    found = known(world, psid)

    class Slow:
        """Erased while the platform thinks about its answer."""

        def profile(self, token: str, platform_contact_id: str) -> Profile | None:
            profile = source.profile(token, platform_contact_id)
            assert erase(world, psid) is Erasure.ERASED
            return profile

    replace(keeper, source=Slow()).fetch_once(found.account_id, found.id)
    assert [(row.first_name, row.last_name, row.profile_fetched_at) for row in world.contacts()] == [(None, None, None)]


def test_who_writes_while_being_erased_is_answered_as_somebody_new(world: World) -> None:
    """Their words wait for the erasure's locks, and find nobody of that name."""
    psid = come(world, 1).psid
    world.until_answered()
    world.installation.sealer().seal()
    database, found = world.installation.database, known(world, psid)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            held = contacts.lock_contact(connection, found.account_id, found.id)
            says = pool.submit(world.says, psid, "hello again", mid="m_new")
            with pytest.raises(TimeoutError):
                says.result(timeout=0.3)
            erasure.forget(connection, held)
        says.result(timeout=10)
    assert known(world, psid).id != found.id
    world.until_answered()
    assert [row.event_key for row in world.replies()] == ["m:m_new"]


def _counted(world: World) -> dict[str, int]:
    with world.installation.database.reading() as connection:
        return dict(tuple(row) for row in connection.execute(text("SELECT name, value FROM counter")))
