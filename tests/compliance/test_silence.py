"""The proof that nothing was begun while a no was in force, and what becomes of it where something was."""

from datetime import UTC, datetime, timedelta

from botapp.compliance.retelling import Retelling
from botapp.compliance.silence import SilenceProof, prove_silence
from botapp.compliance.told import Told
from botapp.storage import contacts, ledger
from botapp.storage.ledger import Entry, EntryKind
from tests.world import World

HOUR = timedelta(hours=1)


def proved(world: World, psid: str, since: datetime) -> SilenceProof:
    [person] = [c for c in world.contacts() if c.platform_contact_id == psid]
    return prove_silence(world.installation.database, world.installation.house, (person.account_id, person.id), since)


def test_after_a_stop_every_entry_is_shown_beside_it_and_none_was_begun(world: World) -> None:
    alice = world.falls_silent()
    since = world.installation.clock.now()
    world.says(alice, "STOP", ago=HOUR, mid="m_stop")
    world.until_answered()
    world.work()
    proof = proved(world, alice, since)
    assert proof.holds
    assert (proof.noes_before, proof.begun, proof.crossed) == ((), 0, [])
    assert proof.witnessed[-1].noes == ("stop", "consent")
    assert "event m:m_stop  [stop" in "\n".join(proof.lines())
    assert len(proof.witnessed) < proof.entries


def test_without_a_no_there_is_nothing_to_prove(world: World) -> None:
    alice = world.falls_silent()
    proof = proved(world, alice, world.installation.clock.now() - HOUR)
    assert not proof.holds
    assert "nothing to prove" in list(proof.lines())[-1]


def test_a_no_said_before_the_instant_holds_from_it_on(world: World) -> None:
    alice = world.falls_silent()
    world.says(alice, "STOP", ago=HOUR)
    proof = proved(world, alice, world.installation.clock.now())
    assert proof.holds
    assert proof.noes_before == ("stop", "consent")
    assert proof.witnessed == []


def test_a_message_that_was_on_its_way_already_is_named_and_breaks_nothing(world: World) -> None:
    alice = world.falls_silent()
    since = world.installation.clock.now()
    assert world.claim(alice) is not None
    world.says(alice, "STOP")
    proof = proved(world, alice, since)
    assert proof.holds
    assert (len(proof.crossed), proof.begun) == (1, 1)
    assert any(line.startswith("A no came while a message was already on its way") for line in proof.lines())


def test_what_was_begun_in_spite_of_a_no_breaks_it(world: World) -> None:
    alice = world.falls_silent()
    since = world.installation.clock.now()
    world.says(alice, "STOP", ago=HOUR)
    forge(world, Entry(EntryKind.CLAIMED, occurred_at=world.installation.clock.now(), subject_at=since))
    proof = proved(world, alice, since)
    assert not proof.holds
    assert [entry.kind for entry in proof.breaches] == ["claimed"]
    assert any(line.startswith("BROKEN: entry") for line in proof.lines())


def test_a_message_after_the_no_was_taken_back_breaks_nothing(world: World) -> None:
    alice = world.falls_silent(ago=8 * HOUR)
    since = world.installation.clock.now()
    world.says(alice, "STOP", ago=7 * HOUR)
    world.says(alice, "START", ago=6 * HOUR)
    world.until_answered()
    world.work()
    assert len(world.proactive(alice)) == 1
    proof = proved(world, alice, since)
    assert proof.holds
    assert proof.begun == 1


def test_a_gap_in_the_numbers_breaks_it() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    entries = [Told(number, "interaction", now, now) for number in (1, 2, 4)]
    assert Retelling.of(entries[:2], 24 * HOUR).is_gapless
    assert not Retelling.of(entries, 24 * HOUR).is_gapless
    proof = SilenceProof((1, 2), now, noes_before=("stop",), is_gapless=False)
    assert not proof.holds
    assert "BROKEN: the numbers of the entries have a gap." in list(proof.lines())


def forge(world: World, entry: Entry) -> None:
    """Somebody writes to the log what the claim would never have."""
    with world.installation.database.transaction() as connection:
        [person] = world.contacts()
        contact = contacts.lock_contact(connection, person.account_id, person.id)
        ledger.append(connection, contact, [entry], world.installation.clock.now())
