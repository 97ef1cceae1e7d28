"""What people ask in the chat about their own data: to see it, to know why we wrote, and to have it deleted."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from botapp.storage import privacy_requests
from botapp.storage.schema import account, privacy_request, suppression, tombstone
from tests.world import PAGE_ID, World

HOUR = timedelta(hours=1)
LINK = re.compile(r"http\S+/privacy/data/(\S+)")


def taps(world: World, psid: str, payload: str, mid: str = "m_tap") -> None:
    world.act(psid, "message", text="tapped")
    world.receives(psid, {"message": {"mid": mid, "text": "tapped", "quick_reply": {"payload": payload}}})


def requests(world: World) -> list[tuple[str, str]]:
    return [(row.kind, row.state) for row in world.rows(privacy_request)]


def test_a_deletion_is_asked_back_first(world: World) -> None:
    psid = world.falls_silent()
    world.says(psid, "delete my data")
    world.until_answered()
    assert world.replies()[-1].kind == "delete_asked"
    assert "botapp:delete:yes" in [b["payload"] for b in world.accepted(psid)[-1]["quick_replies"]]
    assert world.carry_out_deletions() == 0
    assert requests(world) == []
    assert psid in {row.platform_contact_id for row in world.contacts()}


def test_who_thinks_about_it_is_not_reminded_of_us(world: World) -> None:
    psid = world.falls_silent()
    world.says(psid, "delete my data", ago=5 * HOUR - timedelta(minutes=1))
    world.until_answered()
    assert world.proactive(psid) == []


def test_a_longer_mute_is_not_shortened_by_thinking_about_it(world: World) -> None:
    psid = world.falls_silent()
    world.says(psid, "mute", ago=4 * HOUR)
    world.says(psid, "delete my data", ago=3 * HOUR)
    assert [(row.scope, row.until) for row in world.rows(suppression)] == [("mute", None)]


def test_after_the_second_tap_there_is_one_last_message_and_then_nothing_is_left(world: World) -> None:
    psid = world.falls_silent()
    taps(world, psid, "botapp:delete:yes")
    assert requests(world) == [("deletion", "open")]
    assert world.carry_out_deletions() == 0, "the last message comes first"
    world.until_answered()
    assert world.accepted(psid)[-1]["text"].startswith("All right. In a moment we delete")
    assert world.carry_out_deletions() == 1
    assert requests(world) == [("deletion", "done")]
    assert psid not in {row.platform_contact_id for row in world.contacts()}
    assert world.proactive(psid) == []
    assert world.carry_out_deletions() == 0


def test_nothing_proactive_goes_out_between_the_wish_and_its_being_done(world: World) -> None:
    psid = world.falls_silent()
    world.receives(
        psid,
        {"message": {"mid": "m_tap", "text": "x", "quick_reply": {"payload": "botapp:delete:yes"}}},
        ago=5 * HOUR - timedelta(minutes=1),
    )
    world.until_answered()
    assert world.claim(psid) is None
    assert world.proactive(psid) == []


def test_two_taps_are_one_request(world: World) -> None:
    psid = world.falls_silent()
    taps(world, psid, "botapp:delete:yes", "m_1")
    taps(world, psid, "botapp:delete:yes", "m_2")
    assert requests(world) == [("deletion", "open")]


def test_a_last_message_that_cannot_go_out_does_not_keep_the_data(world: World) -> None:
    psid = world.falls_silent()
    world.act(psid, "block")
    item = {"message": {"mid": "m_tap", "text": "x", "quick_reply": {"payload": "botapp:delete:yes"}}}
    world.receives(psid, item)
    world.until_answered()
    assert world.carry_out_deletions() == 1


def test_a_deletion_is_not_lost_with_the_process_that_took_it_in(world: World) -> None:
    psid = world.falls_silent()
    taps(world, psid, "botapp:delete:yes")
    world.until_answered()
    world.forget_redis()
    assert [world.carry_out_deletions() for _ in range(2)] == [1, 0]


def test_my_data_is_a_link_that_works_for_its_time(world: World, data_page: Callable[[str], Any]) -> None:
    psid = world.falls_silent("Alice Ng")
    world.says(psid, "my data")
    assert requests(world) == [("access", "open")]
    world.until_answered()
    assert requests(world) == [("access", "done")]
    [token] = LINK.findall(world.accepted(psid)[-1]["text"])
    page, download = data_page(token), data_page(f"{token}.json")
    assert (page.status_code, download.status_code) == (200, 200)
    assert "Alice" in page.text
    data = json.loads(download.text)
    assert data["you"]["platform_contact_id"] == psid
    assert [event["raw"]["message"]["text"] for event in data["what_you_did"]] == ["hello", "my data"]
    assert len(data["answers"]) == 2
    assert data["log"][0]["kind"] == "interaction"
    assert "token" not in json.dumps(data).replace(token, "")


def test_a_link_that_is_forged_expired_or_of_somebody_erased_opens_nothing(
    world: World, data_page: Callable[[str], Any]
) -> None:
    psid = world.falls_silent("Alice Ng")
    [found] = world.contacts()
    now, signer = world.installation.clock.now(), world.installation.link_signer
    good = signer.sign(found.account_id, found.id, now + HOUR)
    assert data_page(good).status_code == 200
    expired = signer.sign(found.account_id, found.id, now - timedelta(seconds=1))
    stranger = replace(signer, key=b"another key").sign(found.account_id, found.id, now + HOUR)
    flipped = ("B" if good[0] == "A" else "A") + good[1:]
    for token in (expired, stranger, flipped, good[:-4], "", "x", "%00", "a" * 500, f"{good}.json.json"):
        assert data_page(token).status_code == 404, token
    taps(world, psid, "botapp:delete:yes")
    world.until_answered()
    world.carry_out_deletions()
    assert data_page(good).status_code == 404


def test_what_others_wrote_is_never_shown(world: World, data_page: Callable[[str], Any]) -> None:
    alice, bob = world.falls_silent("Alice Ng"), world.falls_silent("Bob Opoku")
    [own] = [row for row in world.contacts() if row.platform_contact_id == alice]
    token = world.installation.link_signer.sign(own.account_id, own.id, world.installation.clock.now() + HOUR)
    shown = data_page(f"{token}.json").text
    assert alice in shown
    assert bob not in shown
    assert "Bob" not in shown


@pytest.fixture
def data_page(world: World) -> Callable[[str], Any]:
    client = world.installation.web_app(lambda: True).test_client()
    return lambda token: client.get(f"/privacy/data/{token}")


def test_why_is_answered_with_what_they_did_the_rule_and_a_receipt(world: World) -> None:
    psid = world.falls_silent()
    world.work()
    assert len(world.proactive(psid)) == 1
    world.installation.sealer().seal()
    world.says(psid, "why did I get this?")
    world.until_answered()
    said = world.accepted(psid)[-1]["text"]
    [claim] = [row for row in world.ledger() if row.kind == "claimed"]
    assert re.search(rf"{claim.subject_at.minute:02} in the \w+, your time, and the conversation went quiet", said)
    assert not re.search(r"\d{4}-\d\d-\d\d", said)
    assert '"after-a-while"' in said
    assert "You had not objected." in said
    assert f"entry {claim.account_id}/{claim.contact_id}/{claim.sequence}," in said
    assert re.search(r"checkpoint \d+/[0-9a-f]{16}\.", said)


def test_why_knows_of_a_message_whose_echo_was_quicker_than_its_outcome(world: World) -> None:
    psid = world.falls_silent()
    claim = world.claim(psid)
    assert claim is not None
    world.echo(psid, claim.message.metadata)
    world.says(psid, "why did I get this?")
    world.answer()
    assert world.accepted(psid)[-1]["text"].startswith("We wrote to you on ")


def test_why_names_the_yes_where_the_page_asks_for_one(world: World) -> None:
    psid = world.falls_silent()
    world.add_page(PAGE_ID, basis="explicit")
    world.receives(
        psid,
        {"message": {"mid": "m_yes", "text": "Yes", "quick_reply": {"payload": "botapp:optin:yes:7"}}},
        ago=5 * HOUR,
    )
    world.replan()
    world.until_answered()
    assert len(world.proactive(psid)) == 1
    world.says(psid, "why did I get this?")
    world.until_answered()
    [yes] = [row for row in world.ledger() if row.kind == "consent_given"]
    said = world.accepted(psid)[-1]["text"]
    assert f"(wording 7, entry {yes.account_id}/{yes.contact_id}/{yes.sequence})" in said


def test_who_was_never_written_to_is_told_so(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "why did I get this?")
    world.until_answered()
    assert world.accepted(psid)[-1]["text"].startswith("We have never written to you on our own.")


def test_a_paused_page_keeps_the_wish_until_it_can_be_confirmed(world: World) -> None:
    psid = world.falls_silent()
    taps(world, psid, "botapp:delete:yes")
    now = world.installation.clock.now()
    with world.installation.database.transaction() as connection:
        connection.execute(account.update().values(paused_at=now, pause_reason="test"))
    world.answer()
    assert world.carry_out_deletions() == 0
    assert requests(world) == [("deletion", "open")]
    assert world.rows(tombstone) == []
    with world.installation.database.reading() as connection:
        [request] = privacy_requests.list_open(connection, 10)
    assert timedelta(days=27) < request.due_at - request.received_at < timedelta(days=32)
