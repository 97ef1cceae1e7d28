"""Lists of people who do not want to hear from us: they only ever add noes, and say what became of each line."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from click.testing import CliRunner, Result

from botapp.cli import cli
from botapp.compliance.agreement import AgreementCheck
from botapp.compliance.suppression_export import write_noes
from botapp.compliance.suppression_file import ListError, read_noes
from botapp.compliance.suppression_import import SuppressionImport
from botapp.storage.schema import ledger_entry, suppression, tombstone
from tests.world import PAGE_ID, World, standing_world

HOUR = timedelta(hours=1)
BY = 7
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def one_world(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """What no database can tell apart is looked at with one of them."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as standing:
        yield standing


def take(world: World, *lines: str, names: str = "contact", dry_run: bool = False) -> list[str]:
    """What became of each line."""
    taking = SuppressionImport(world.installation.database, world.installation.tombstone_key, world.account, BY)
    return [r.status.value for r in taking.take(read_noes([names, *lines]), dry_run=dry_run)]


def ago(world: World, span: timedelta) -> str:
    return (world.installation.clock.now() - span).isoformat()


def differences(world: World) -> list[str]:
    """Between the tables and what the log tells."""
    found = AgreementCheck(world.installation.database, world.installation.house).run().first
    return [str(each) for each in found]


def scopes(world: World) -> list[str]:
    return sorted(row.scope for row in world.rows(suppression))


def test_nobody_on_a_list_is_written_to_and_the_log_says_who_brought_it(world: World) -> None:
    alice, bob = world.falls_silent("Alice Ng"), world.falls_silent("Bob Ng")
    assert take(world, alice) == ["stored"]
    world.work()
    assert [len(world.proactive(psid)) for psid in (alice, bob)] == [0, 1]
    [entry] = [e for e in world.ledger() if e.kind == "suppression_set"]
    assert (entry.reason, json.loads(entry.details)) == ("imported", {"by": BY, "scope": "stop"})
    assert "stopped" in [e.reason for e in world.ledger() if e.kind == "skipped"]


def test_a_list_that_is_taken_again_changes_nothing(one_world: World) -> None:
    world = one_world
    alice, stranger = world.falls_silent(), "4711"
    lines = (alice, stranger, alice)
    assert take(world, *lines) == ["stored", "kept_for_later", "known"]
    before = world.rows_of_everything()
    assert take(world, *lines) == ["known"] * 3
    assert world.rows_of_everything() == before


def test_a_dry_run_says_the_same_and_changes_nothing(one_world: World) -> None:
    world = one_world
    alice = world.falls_silent()
    before = world.rows_of_everything()
    assert take(world, alice, "4711", "", dry_run=True) == ["stored", "kept_for_later"]
    assert world.rows_of_everything() == before


def test_who_is_not_known_yet_begins_under_the_no_and_leaves_no_name(world: World) -> None:
    newcomer = world.add_customer()
    assert take(world, newcomer) == ["kept_for_later"]
    assert world.contacts() == []
    assert newcomer not in str(world.rows_of_everything())
    world.says(newcomer, "are you open on Sunday?", ago=5 * HOUR)  # dated before the list was taken
    world.answer()
    world.work()
    assert (len(world.accepted(newcomer)), world.proactive(newcomer)) == (1, [])
    assert [e.reason for e in world.ledger() if e.kind == "suppression_set"] == ["imported"]
    assert [row.reason for row in world.reengagements()] == ["stopped"]
    world.says(newcomer, "START")
    assert world.reengagements()[-1].state == "planned", "their own word lifts it, as it lifts any other"


def test_a_stranger_who_is_on_a_list_is_answered_whenever_they_wrote(one_world: World) -> None:
    newcomer = one_world.add_customer()
    take(one_world, newcomer)
    undated = one_world.item(newcomer, {"message": {"mid": "m_undated", "text": "hello"}}, at=EPOCH)
    del undated["timestamp"]
    one_world.receives_items([undated])
    assert [row.kind for row in one_world.replies()] == ["greeting"]
    assert scopes(one_world) == ["stop"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_writes_for_the_first_time_in_that_very_moment_begins_under_the_no(world: World) -> None:
    people = [f"{4000 + number}" for number in range(12)]
    both = Barrier(2, timeout=10)

    def lists(psid: str) -> list[str]:
        both.wait()
        return take(world, psid)

    def writes(psid: str) -> None:
        both.wait()
        world.receives(psid, {"message": {"mid": f"m_{psid}", "text": "hello"}})

    with ThreadPoolExecutor(2) as pool:
        for psid in people:
            listed, wrote = pool.submit(lists, psid), pool.submit(writes, psid)
            assert listed.result()[0] in ("stored", "kept_for_later")
            wrote.result()
    assert len(world.contacts()) == len(people)
    assert {row.contact_id for row in world.rows(suppression)} == {row.id for row in world.contacts()}


def test_a_no_of_a_stranger_outlives_a_second_list(one_world: World) -> None:
    until = ago(one_world, -48 * HOUR)
    assert take(one_world, f"4711,mute,{until}", "4711,stop,", names="contact,scope,until") == ["kept_for_later"] * 2
    assert take(one_world, "4711,mute,", names="contact,scope,until") == ["kept_for_later"], "without an end is longer"
    assert take(one_world, f"4711,mute,{until}", "4711,complaint,", names="contact,scope,until") == ["known"] * 2
    [kept] = one_world.rows(tombstone)
    assert kept.stopped_at is not None
    assert (kept.muted_at is not None, kept.muted_until) == (True, None)


def test_what_somebody_took_back_since_stays_taken_back(one_world: World) -> None:
    world = one_world
    alice = world.falls_silent()
    world.says(alice, "START", ago=2 * HOUR)
    names = "contact,at"
    assert take(world, f"{alice},{ago(world, 3 * HOUR)}", names=names) == ["asked_back"]
    assert not any(row.set_at for row in world.rows(suppression))
    assert take(world, f"{alice},{ago(world, HOUR)}", names=names) == ["stored"]
    assert take(world, f"{alice},{ago(world, -99 * HOUR)}", names=names) == ["known"]
    world.says(alice, "START")
    assert not any(row.set_at > row.lifted_at for row in world.rows(suppression) if row.set_at)


def test_no_line_lifts_or_shortens_what_holds(one_world: World) -> None:
    world = one_world
    alice, names = world.falls_silent(), "contact,scope,until,at"
    far, near, past = (ago(world, -hours * HOUR) for hours in (72, 24, -1))
    assert take(world, f"{alice},mute,{far},", f"{alice},stop,,", names=names) == ["stored", "stored"]
    held = world.rows(suppression)
    weaker = (f"{alice},mute,{near},", f"{alice},mute,{past},", f"{alice},mute,{near},{ago(world, 9 * HOUR)}")
    assert take(world, *weaker, f"{alice},stop,,{ago(world, 9 * HOUR)}", names=names) == [
        "known",
        "over",
        "known",
        "known",
    ]
    assert world.rows(suppression) == held
    assert take(world, f"{alice},mute,,{ago(world, 9 * HOUR)}", names=names) == ["stored"], "without an end is longer"
    [mute] = [row for row in world.rows(suppression) if row.scope == "mute"]
    assert mute.until is None
    assert differences(world) == []


def test_a_stop_is_one_of_every_linked_identity(one_world: World) -> None:
    world = one_world
    alice, also_alice = world.falls_silent(), world.falls_silent()
    runs(world, "contact", "link", f"{PAGE_ID}/{alice}", f"{PAGE_ID}/{also_alice}")
    assert take(world, f"{alice},topic:sofas", f"{alice},stop", names="contact,scope") == ["stored", "stored"]
    assert scopes(world) == ["stop", "stop", "topic:sofas"]
    world.work()
    assert world.proactive() == []


def test_a_no_that_comes_while_a_claim_is_in_flight_is_on_record_as_crossed(one_world: World) -> None:
    alice = one_world.falls_silent()
    assert one_world.claim(alice) is not None
    assert take(one_world, alice) == ["stored"]
    assert [e.kind for e in one_world.ledger()][-2:] == ["suppression_set", "crossed"]
    assert differences(one_world) == []


def test_what_was_taken_out_is_known_when_it_is_taken_in(one_world: World) -> None:
    world = one_world
    people = [world.falls_silent(name) for name in ("Alice Ng", "Bob Ng", "Carol Ng")]
    world.says(people[0], "STOP")
    take(world, f"{people[1]},mute,{ago(world, -48 * HOUR)}", names="contact,scope,until")
    take(world, f"{people[2]},topic:=cmd|x", names="contact,scope")
    text = b"".join(part for _, part in write_noes(world.installation.database, world.account.id)).decode()
    names, *lines = text.splitlines()
    assert len(lines) == 3
    assert take(world, *lines, names=names) == ["known"] * 3


BAD = {
    "a b": "contact",
    "x" * 201: "contact",
    "4711,never": "scope",
    "4711,erasure": "scope",
    "4711,stop,2026-11-22T10:00:00Z": "until",
    "4711,mute,2026-11-22T10:00:00": "until, at",
    "4711,mute,0001-01-01T00:00:00+10:00": "until, at",
    "4711,stop,,,more": "has 5 cells",
    '"unbalanced': "",
    '4711,"mu"te",': "is not CSV",
}


@pytest.mark.parametrize("line", BAD)
def test_a_line_that_does_not_fit_is_named_and_never_repeated(line: str) -> None:
    cells = 4 - line.count(",") - 1
    padded = line + "," * max(0, cells) if '"' not in line else line
    [fault] = read_noes(["contact,scope,until,at", padded])
    told = getattr(fault, "detail", "")
    assert told.startswith(BAD[line])
    assert told
    assert line[:4] not in told or line.startswith("x")


@pytest.mark.parametrize("names", ["", "person", "contact,colour", "contact,contact", '"'])
def test_a_list_that_names_no_columns_is_refused_as_a_whole(names: str) -> None:
    with pytest.raises(ListError):
        list(read_noes([names, "4711"]))


def runs(world: World, *words: str, text: str | bytes | None = None) -> Result:
    """A command of the world's installation."""
    s = world.installation.settings
    environment = {"BOTAPP_VAR_DIR": str(s.var_dir), "BOTAPP_DATABASE_URL": str(s.database_address)}
    return CliRunner(env=environment).invoke(cli, list(words), input=text)


def test_the_commands_take_a_list_in_and_give_it_out(one_world: World) -> None:
    world = one_world
    alice = world.falls_silent()
    tried = runs(world, "contact", "suppress", "-", "--page", PAGE_ID, "--dry-run", text=f"contact\n{alice}\n")
    assert (tried.exit_code, tried.stdout) == (0, "would be stored 1\n")
    assert scopes(world) == []
    taken = runs(
        world, "contact", "suppress", "-", "--page", PAGE_ID, text=b"\xef\xbb\xbfcontact\n%b\n\xff\n" % alice.encode()
    )
    assert (taken.exit_code, taken.stdout) == (1, "does_not_fit 1, stored 1\n")
    assert "line 3: contact" in taken.stderr
    given = runs(world, "contact", "suppressions", "--page", PAGE_ID)
    assert given.stdout.splitlines()[1].startswith(f"{alice},stop,,")
    assert [e.kind for e in world.rows(ledger_entry) if e.kind.startswith("export")] == ["export_begun", "export_ended"]
    assert differences(world) == []
