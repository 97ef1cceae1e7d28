"""Pages that we speak for, and people who are the same on several of them."""

import json
from datetime import timedelta

import pytest

from botapp.bootstrap.foundation import PLATFORM
from botapp.campaign.pages import PageDraft, add_or_change_page, link_people
from botapp.storage import accounts
from botapp.storage.schema import ledger_entry, suppression
from tests.world import PAGE_ID, TOKEN, World

_HOUR = timedelta(hours=1)
_OTHER_PAGE = "2000"


def _wrote(world: World, psid: str, text: str, *, page_id: str = PAGE_ID, ago: timedelta = timedelta(0)) -> None:
    """Somebody wrote to any of our pages; the platform is not asked."""
    at = world.installation.clock.now() - ago
    item = world.item(psid, {"message": {"mid": f"m-{psid}-{text}-{ago}", "text": text}}, at=at)
    world.receives_body({"id": page_id, "time": 0, "messaging": [item | {"recipient": {"id": page_id}}]})


def _link(world: World, first: tuple[str, str], second: tuple[str, str]) -> str | None:
    return link_people(world.installation.database, first, second, PLATFORM)


def _stopped(world: World) -> dict[str, bool]:
    """Whether a stop is in force, by the platform's id of the person."""
    names = {contact.id: contact.platform_contact_id for contact in world.contacts()}
    return {
        names[row.contact_id]: row.lifted_at is None or row.lifted_at <= row.set_at
        for row in world.rows(suppression)
        if row.scope == "stop" and row.set_at is not None
    }


def test_a_new_page_is_stored_with_its_token_encrypted_and_put_on_record(world: World) -> None:
    page = world.add_page(_OTHER_PAGE, zone="Europe/Berlin", anchor="initial")
    assert (page.zone, page.language, page.anchor, page.basis) == ("Europe/Berlin", "en", "initial", "implied")
    assert TOKEN not in repr(page)
    assert world.installation.vault.open(page.token_encrypted) == TOKEN
    entries = [entry for entry in world.rows(ledger_entry) if entry.account_id == page.id]
    assert [entry.kind for entry in entries] == ["account_added"]
    assert json.loads(entries[0].details) == {
        "zone": "Europe/Berlin",
        "language": "en",
        "anchor": "initial",
        "basis": "implied",
        "conversion_voids": "conversation",
        "answer_voids": "silence",
        "mode": "live",
    }


def test_a_known_page_takes_what_is_given_keeps_the_rest_and_is_no_longer_paused(world: World) -> None:
    before = world.add_page(PAGE_ID, zone="Europe/Berlin", basis="explicit")
    database = world.installation.database
    with database.transaction() as connection:
        accounts.pause(connection, before.id, "190", database.now(connection))
    draft = PageDraft(PLATFORM, PAGE_ID, "another-token", {"basis": "implied"}, {"zone": "UTC", "language": "de"})
    assert not add_or_change_page(database, world.installation.vault, draft)
    after = world.account
    assert (after.id, after.zone, after.language, after.basis) == (before.id, "Europe/Berlin", "en", "implied")
    assert world.installation.vault.open(after.token_encrypted) == "another-token"
    assert (after.paused_at, after.pause_reason) == (None, None)
    assert after.campaign_generation > before.campaign_generation
    assert [entry.kind for entry in world.page_ledger()[-2:]] == ["page_resumed", "account_changed"]


def test_the_stop_of_one_identity_becomes_the_stop_of_all_when_they_are_linked(world: World) -> None:
    world.add_page(_OTHER_PAGE)
    _wrote(world, "alice-here", "STOP", ago=5 * _HOUR)
    _wrote(world, "alice-there", "hello", page_id=_OTHER_PAGE, ago=6 * _HOUR)
    assert _stopped(world) == {"alice-here": True}
    assert _link(world, (PAGE_ID, "alice-here"), (_OTHER_PAGE, "alice-there")) is None
    assert _stopped(world) == {"alice-here": True, "alice-there": True}
    assert len({contact.person_id for contact in world.contacts()}) == 1
    said = [(entry.kind, json.loads(entry.details)) for entry in world.ledger() if entry.kind == "suppression_set"]
    assert ("suppression_set", {"scope": "stop", "by": "linked_identity"}) in said
    assert [entry.kind for entry in world.ledger()].count("linked") == 2


def test_a_plan_of_one_identity_does_not_outlive_the_stop_of_another(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=5 * _HOUR)
    world.duties.replies.drain(world.duties.reply_pool, 5)
    world.add_page(_OTHER_PAGE)
    _wrote(world, "alice-there", "STOP", page_id=_OTHER_PAGE)
    _link(world, (PAGE_ID, alice), (_OTHER_PAGE, "alice-there"))
    world.work()
    states = {
        (row.account_id, row.state, row.reason) for row in world.reengagements() if row.account_id == world.account.id
    }
    assert states == {(world.account.id, "skipped", "stopped")}
    assert len(world.accepted(alice)) == 1


def test_a_stop_outweighs_a_later_start_of_the_other_identity_when_they_are_linked(world: World) -> None:
    world.add_page(_OTHER_PAGE)
    _wrote(world, "alice-here", "STOP", ago=5 * _HOUR)
    _wrote(world, "alice-there", "START", page_id=_OTHER_PAGE, ago=_HOUR)
    _link(world, (PAGE_ID, "alice-here"), (_OTHER_PAGE, "alice-there"))
    assert _stopped(world) == {"alice-here": True, "alice-there": True}


@pytest.mark.parametrize("earlier_here", [True, False])
def test_of_two_stops_the_later_is_shared_so_that_a_start_between_them_lifts_neither(
    world: World, *, earlier_here: bool
) -> None:
    world.add_page(_OTHER_PAGE)
    _wrote(world, "alice-here", "STOP", ago=(4 if earlier_here else 2) * _HOUR)
    _wrote(world, "alice-there", "STOP", page_id=_OTHER_PAGE, ago=(2 if earlier_here else 4) * _HOUR)
    _wrote(world, "alice-third", "hello", ago=6 * _HOUR)
    _link(world, (PAGE_ID, "alice-here"), (_OTHER_PAGE, "alice-there"))
    _link(world, (_OTHER_PAGE, "alice-there"), (PAGE_ID, "alice-third"))
    _wrote(world, "alice-third", "START", ago=3 * _HOUR)  # delivered late
    assert _stopped(world)["alice-third"]


def test_once_linked_a_stop_of_either_is_a_stop_of_both(world: World) -> None:
    world.add_page(_OTHER_PAGE)
    _wrote(world, "alice-here", "hello")
    _wrote(world, "alice-there", "hello", page_id=_OTHER_PAGE)
    _link(world, (PAGE_ID, "alice-here"), (_OTHER_PAGE, "alice-there"))
    assert _stopped(world) == {}
    _wrote(world, "alice-there", "STOP", page_id=_OTHER_PAGE)
    assert _stopped(world) == {"alice-here": True, "alice-there": True}


def test_linking_again_or_with_oneself_is_harmless(world: World) -> None:
    _wrote(world, "alice", "hello")
    _wrote(world, "alice-too", "hello", ago=_HOUR)
    for second in ("alice", "alice-too", "alice-too"):
        assert _link(world, (PAGE_ID, "alice"), (PAGE_ID, second)) is None
    assert len({contact.person_id for contact in world.contacts()}) == 1


def test_nobody_is_linked_with_somebody_unknown(world: World) -> None:
    _wrote(world, "alice", "hello")
    assert _link(world, (PAGE_ID, "alice"), (PAGE_ID, "nobody")) == f"{PAGE_ID}/nobody"
    assert _link(world, ("9999", "alice"), (PAGE_ID, "alice")) == "9999/alice"
    assert [entry.kind for entry in world.ledger() if entry.kind == "linked"] == []
