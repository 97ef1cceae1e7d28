"""Between the lease and the claim the world goes on: the claim sees it, because it decides from fresh facts."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from botapp.campaign.publish import resume_proactive, retire_rule, stop_proactive
from botapp.storage import accounts, campaigns, reengagements
from botapp.storage.reengagements import ReengagementKey
from botapp.storage.schema import contact, template, template_version
from tests.world import CAMPAIGN, PAGE_ID, World

HOUR = timedelta(hours=1)
ANOTHER_TEXT = CAMPAIGN.replace("is there anything else?", "shall I go on?")


def _lease(world: World) -> list[ReengagementKey]:
    database = world.installation.database
    with database.transaction() as connection:
        now = database.now(connection)
        return reengagements.lease_due(connection, world.account.id, now, now + timedelta(seconds=15), 10)


def _stop_everything(world: World, _psid: str) -> None:
    stop_proactive(world.installation.database, "now")


def _stop_this_page(world: World, _psid: str) -> None:
    stop_proactive(world.installation.database, "now", world.account.id)


def _pause_the_page(world: World, _psid: str) -> None:
    database = world.installation.database
    with database.transaction() as connection:
        accounts.pause(connection, world.account.id, "190", database.now(connection))


def _retire_the_rule(world: World, _psid: str) -> None:
    assert retire_rule(world.installation.database, world.account.id, "after-a-while")


def _retire_the_template(world: World, _psid: str) -> None:
    with world.installation.database.transaction() as connection:
        accounts.lock_account(connection, world.account.id)
        campaigns.set_live(connection, template, world.account.id, "hello-again", None)
        accounts.bump_generation(connection, world.account.id)


def _say_stop(world: World, psid: str) -> None:
    world.says(psid, "STOP")


def _mute(world: World, psid: str) -> None:
    world.says(psid, "mute 3 days")


def _write(world: World, psid: str) -> None:
    world.says(psid, "one more thing")


def _hand_over_to_a_person(world: World, _psid: str) -> None:
    with world.installation.database.transaction() as connection:
        connection.execute(update(contact).values(thread_owner="person", thread_owned_at=_now(world)))


def _ask_for_consent_from_now_on(world: World, _psid: str) -> None:
    world.add_page(PAGE_ID, name="Test Page", basis="explicit")


def _become_unreachable(world: World, _psid: str) -> None:
    with world.installation.database.transaction() as connection:
        connection.execute(update(contact).values(unreachable_since=_now(world)))


def _now(world: World) -> datetime:
    return world.installation.clock.now()


MEANWHILE: dict[str, tuple[Callable[[World, str], None], tuple[str, str] | None]] = {
    "everything is stopped": (_stop_everything, ("planned", "proactive_stopped")),
    "the page is stopped": (_stop_this_page, ("planned", "proactive_stopped")),
    "the page is paused": (_pause_the_page, ("planned", "page_paused")),
    "the rule is retired": (_retire_the_rule, ("skipped", "no_rule")),
    "the template is retired": (_retire_the_template, ("skipped", "no_template")),
    "the customer says stop": (_say_stop, None),
    "the customer mutes": (_mute, None),
    "the customer writes": (_write, None),
    "a person takes the thread": (_hand_over_to_a_person, ("planned", "thread_owned")),
    "the page asks for a yes": (_ask_for_consent_from_now_on, ("skipped", "no_consent")),
    "the platform says unreachable": (_become_unreachable, ("skipped", "unreachable")),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_what_changed_after_the_lease_is_heeded_by_the_claim(world: World, meanwhile: str) -> None:
    alice = world.falls_silent()
    [key] = _lease(world)
    change, expected = MEANWHILE[meanwhile]
    change(world, alice)
    assert world.duties.reengagements.send(key) is None
    assert world.attempts() == []
    with world.installation.database.reading() as connection:
        found = reengagements.find(connection, key)
    assert (None if found is None else (found.state.value, found.reason)) == expected
    assert "claimed" not in [e.kind for e in world.ledger()]


def test_a_resume_lets_it_go_out_and_a_published_template_comes_back(world: World) -> None:
    alice = world.falls_silent()
    [key] = _lease(world)
    _stop_everything(world, alice)
    world.duties.reengagements.send(key)
    _retire_the_template(world, alice)
    resume_proactive(world.installation.database, "go on")
    world.replan()
    world.work()
    assert [(r.state, r.reason) for r in world.reengagements()] == [("skipped", "no_template")]
    world.apply(CAMPAIGN)
    world.replan()
    world.work()
    assert [r.state for r in world.reengagements()] == ["sent"]


def test_the_text_is_rendered_from_what_is_true_at_the_claim(world: World) -> None:
    alice = world.falls_silent()
    [key] = _lease(world)
    world.apply(ANOTHER_TEXT)
    with world.installation.database.transaction() as connection:
        connection.execute(update(contact).values(first_name="Alicia"))
    sent = world.duties.reengagements.send(key)
    assert sent is not None
    assert [s["text"] for s in world.proactive(alice)] == ["Hello Alicia, shall I go on?"]


def test_what_another_process_published_is_seen_at_the_next_claim(world: World) -> None:
    """The rules that a worker keeps are those of the page's generation, which is read with each claim."""
    first, second = world.falls_silent("Alice Ng"), world.falls_silent("Bob Roe")
    keys = {psid: world.silence(psid) for psid in (first, second)}
    world.duties.reengagements.send(keys[first])
    name = {"account_id": world.account.id, "name": "hello-again"}
    content = {"text": "Other words", "language": "en", "purpose": "service", "content_hash": "other"}
    with world.installation.database.transaction() as connection:
        version = campaigns.store_version(connection, template_version, name, content, _now(world))
        campaigns.set_live(connection, template, world.account.id, "hello-again", version)
        accounts.bump_generation(connection, world.account.id)
    world.duties.reengagements.send(keys[second])
    assert [s["text"] for s in world.proactive()] == ["Hello Alice, is there anything else?", "Other words"]


def test_one_whose_answer_is_still_owed_waits_for_it_and_for_nothing_longer(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=5 * HOUR)
    [key] = _lease(world)
    assert world.duties.reengagements.send(key) is None
    [row] = world.reengagements()
    assert (row.state, row.reason) == ("planned", "answer_pending")
    assert row.due_at - _now(world) <= timedelta(seconds=1)
    assert "held" not in [e.kind for e in world.ledger()]


def test_a_plan_that_waits_is_put_on_record_once_for_each_reason(world: World) -> None:
    alice = world.falls_silent()
    key = world.silence(alice)
    _stop_everything(world, alice)
    for _ in range(3):
        world.duties.reengagements.send(key)
    assert [e.reason for e in world.ledger() if e.kind == "held"] == ["proactive_stopped"]
