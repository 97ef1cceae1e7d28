"""Bodies from public projects' tests, posted signed: accepted, and windows opened for exactly whom the index names."""

import json
from pathlib import Path
from typing import Any

import pytest

from botapp.storage.schema import inbound_event
from tests.web.conftest import Door
from tests.world import World

SAMPLES = Path(__file__).resolve().parents[3] / "shared/samples/webhooks"
Sample = dict[str, Any]

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not beside this checkout")


def _read(sample: Sample) -> object:
    """The body as JSON; None where it is none."""
    try:
        return json.loads((SAMPLES / sample["file"]).read_bytes())
    except ValueError:
        return None


def _entry_ids(body: object) -> list[str | None]:
    """Of each entry; None for what is no entry with an id."""
    entries = body.get("entry") if isinstance(body, dict) else None
    found = entries if isinstance(entries, list) else []
    return [str(entry["id"]).strip() if isinstance(entry, dict) and entry.get("id") else None for entry in found]


def _senders(sample: Sample, *, opening: bool | None) -> set[str]:
    """Whose windows the index says are opened (None: of whom the sources disagree), less what is dropped by design.

    By design an item for another page than its entry's is dropped, and what has no time opens nothing.
    """
    entry_ids, found = _entry_ids(_read(sample)), set()
    for event in sample["events"] if sample["platform"] == "messenger" else ():
        entry_id, recipient_id = entry_ids[event["entry"]], event.get("recipient_id")
        is_elsewhere = None not in (entry_id, recipient_id) and entry_id != str(recipient_id).strip()
        if event["user_initiated"] is opening and event.get("timestamp_ms") is not None and not is_elsewhere:
            found.add(str(event.get("sender_id")))
    return found


def _interactions(world: World) -> set[tuple[int, int, int]]:
    """The entries of interactions that opened a window."""
    opening = [entry for entry in world.ledger() if entry.kind == "interaction" and entry.occurred_at is not None]
    return {(entry.account_id, entry.contact_id, entry.sequence) for entry in opening}


def test_every_sample_is_accepted_and_opens_a_window_for_exactly_whom_it_should(door: Door) -> None:
    samples: list[Sample] = [json.loads(line) for line in (SAMPLES / "index.jsonl").read_text().splitlines()]
    readable = [sample for sample in samples if isinstance(_read(sample), dict)]
    for page_id in sorted({page_id for sample in readable for page_id in _pages(sample)}):
        door.world.add_page(page_id)
    opened, expected, statuses = {}, {}, {}
    for sample in samples:
        before = _interactions(door.world)
        statuses[sample["file"]] = door.deliver_bytes((SAMPLES / sample["file"]).read_bytes()).status_code
        if sample not in readable:
            continue
        people = {(c.account_id, c.id): c.platform_contact_id for c in door.world.contacts()}
        undecided = _senders(sample, opening=None)
        fresh = {people[account_id, contact_id] for account_id, contact_id, _ in _interactions(door.world) - before}
        opened[sample["file"]] = fresh - undecided
        expected[sample["file"]] = _senders(sample, opening=True) - undecided
        _forget_events(door.world)  # some samples are copies of others, and shall be looked at each on its own
    assert opened == expected
    assert len([1 for people in expected.values() if people]) > 60
    assert {name: status for name, status in statuses.items() if status != 200} == {
        sample["file"]: 400 for sample in samples if sample not in readable
    }


def _pages(sample: Sample) -> set[str]:
    recipients = {str(event["recipient_id"]).strip() for event in sample["events"] if event.get("recipient_id")}
    return {entry_id for entry_id in _entry_ids(_read(sample)) if entry_id} | recipients


def _forget_events(world: World) -> None:
    with world.installation.database.transaction() as connection:
        connection.execute(inbound_event.delete())
