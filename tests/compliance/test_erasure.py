"""Erasing: no trace of the person is left, and every proof holds."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from botapp.channels.port import Profile
from botapp.compliance.erasure import Erasure
from botapp.reengagement.send import Sent
from botapp.storage import contacts, erasure, reengagements, scrubbing
from botapp.storage.reengagements import State
from botapp.storage.schema import (
    contact_secret,
    fact,
    inbound_event,
    ledger_entry,
    metadata,
    reply,
    tombstone,
)
from tests.compliance.erasing import come, differences, erase, known, verified
from tests.compliance.traces import traces
from tests.world import World, standing_world

CONFIRM = {
    "message": {"mid": "m_confirm", "text": "Yes, delete it all", "quick_reply": {"payload": "botapp:delete:yes"}}
}


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
