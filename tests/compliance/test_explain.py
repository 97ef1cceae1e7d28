"""A decision in plain words: what happened, what was seen, and what would have changed it."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from botapp.campaign.publish import stop_proactive
from botapp.compliance.erasure import Erasure
from botapp.compliance.explain import Explainer, Explanation
from botapp.storage.schema import contact, ledger_entry
from tests.world import CAMPAIGN, PAGE_ID, World

HOUR = timedelta(hours=1)


@pytest.fixture
def explainer(world: World) -> Explainer:
    return Explainer(world.installation.database, world.installation.house)


def explained(world: World, explainer: Explainer, psid: str) -> Explanation:
    """The message of this person's latest silence."""
    silence = world.silence(psid)
    return explainer.of_reengagement((silence.account_id, silence.contact_id), silence.interaction_at)


def test_a_message_that_was_sent_is_told_from_the_first_word_to_the_last(world: World, explainer: Explainer) -> None:
    alice = world.falls_silent()
    world.work()
    found = explained(world, explainer, alice)
    assert found.verdict == "It was sent."
    assert [line.says for line in found.story if "planned" not in line.says] == [
        "the customer wrote or acted",
        "the message was begun",
        "the platform took it",
    ]
    assert found.story[0].event == "m:m_1"
    assert "rule: after-a-while, version 1" in found.saw
    [would] = found.otherwise
    assert would.startswith("It would not have been sent if the customer's last message had come by ")
    assert found.notes == ("Decided again from the entries before it, with the same result.",)


def test_a_message_that_was_not_sent_names_the_no_and_its_event(world: World, explainer: Explainer) -> None:
    alice = world.falls_silent()
    world.says(alice, "STOP", ago=HOUR, mid="m_stop")
    found = explained(world, explainer, alice)
    assert found.verdict == "It was not sent, because the customer had said stop."
    [no] = [line for line in found.story if line.says == "the customer said no (stop)"]
    assert no.event == "m:m_stop"
    assert "noes in force: stop" in found.saw
    [would] = found.otherwise
    assert would.startswith("Had the customer not said stop, it would have been sent at ")


def test_the_kill_switch_is_named_with_the_pages_own_entry(world: World, explainer: Explainer) -> None:
    alice = world.falls_silent()
    stop_proactive(world.installation.database, "test")
    world.work()
    found = explained(world, explainer, alice)
    assert found.verdict == "It waits, because the kill switch was on."
    [switch] = [line for line in found.story if line.is_of_page]
    assert switch.says == "the kill switch was turned on"
    assert found.otherwise[0].startswith("Had the kill switch been off, it would have been sent at ")


def test_a_message_is_judged_by_the_terms_that_held_then(world: World, explainer: Explainer) -> None:
    alice = world.falls_silent()
    world.work()
    world.add_page(PAGE_ID, basis="explicit")
    found = explained(world, explainer, alice)
    assert found.notes == ("Decided again from the entries before it, with the same result.",)
    assert "consent: none is recorded (the page rests on: implied)" in found.saw


def test_a_zone_that_was_learnt_later_changes_nothing_of_an_old_decision(world: World, explainer: Explainer) -> None:
    now = world.installation.clock.now()
    quiet = f"{now + 17 * HOUR:%H:%M}-{now + 21 * HOUR:%H:%M}"  # 23 hours after what was said five hours ago is inside
    world.apply(CAMPAIGN.replace('"4h"', '"23h"') + f'quiet_hours = "{quiet}"')
    alice = world.falls_silent()
    assert [r.reason for r in world.reengagements()] == ["no_legal_instant"]
    with world.installation.database.transaction() as connection:
        connection.execute(update(contact).values(zone="-11:00"))
    found = explained(world, explainer, alice)
    assert found.notes == ("Decided again from the entries before it, with the same result.",)


def test_at_an_instant_only_what_was_on_record_then_is_told(world: World, explainer: Explainer) -> None:
    alice = world.falls_silent()
    before = world.installation.clock.now()
    world.work()
    silence = world.silence(alice)
    person = (silence.account_id, silence.contact_id)
    assert explainer.at(person, before).verdict == "It is planned and has not been sent."
    assert explainer.at(person, world.installation.clock.now()).verdict == "It was sent."


def test_where_nothing_was_decided_that_is_said(world: World, explainer: Explainer) -> None:
    world.add_page("2000")
    item = world.item("77", {"message": {"mid": "m_x", "text": "hi"}}, at=world.installation.clock.now())
    world.receives_body({"id": "2000", "messaging": [item | {"recipient": {"id": "2000"}}]})
    [person] = world.contacts()
    found = explainer.at((person.account_id, person.id), world.installation.clock.now())
    assert "because no campaign was live" in found.verdict
    with pytest.raises(LookupError):
        explainer.of_reengagement((person.account_id, person.id), person.last_interaction_at)
    with pytest.raises(LookupError):
        explainer.at((person.account_id, 5), person.last_interaction_at)


def test_the_words_that_were_sent_are_hidden_and_committed_to(world: World) -> None:
    world.falls_silent("Alice Ng")
    world.work()
    [claimed] = [row for row in world.rows(ledger_entry) if row.kind == "claimed"]
    [row] = world.reengagements()
    assert row.text in claimed.private
    assert "Alice" in row.text
    assert "Alice" not in claimed.details


def test_of_an_erased_person_the_decision_is_still_told_and_nothing_that_names_them(
    world: World, explainer: Explainer
) -> None:
    alice = world.falls_silent()
    world.says(alice, "STOP", ago=HOUR, mid="m_stop")
    world.until_answered()
    silence, before = world.silence(alice), world.installation.clock.now()
    world.installation.sealer().seal()
    erased = world.installation.eraser().erase((silence.account_id, silence.contact_id), "staff")
    assert erased is Erasure.ERASED
    found = explainer.of_reengagement((silence.account_id, silence.contact_id), silence.interaction_at)
    assert found.verdict == "It was not sent, because the customer had said stop."
    assert explainer.at((silence.account_id, silence.contact_id), before).notes == found.notes
    assert {line.event for line in found.story} == {None}
    assert any("was erased" in note for note in found.notes)
    assert found.otherwise
    assert alice not in "\n".join(found.lines())
