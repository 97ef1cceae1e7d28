"""Webhooks as a receiver sees them: what it is told, that it can be sure of it, and that nothing is lost on the way."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from botapp.outgoing.subscriptions import COMMAND_LINE
from botapp.policy.webhook_event import EventType
from botapp.storage.schema import webhook_delivery
from botapp.storage.webhooks import State
from tests.outgoing.conftest import Hooked
from tests.outgoing.receiver import Receiver

_TELL = """
from botapp.bootstrap.installation import Installation
from botapp.settings import load_settings
installation = Installation.of(load_settings())
installation.outcome_keeper().advance()
installation.webhook_rounds().run()
"""
_DOCUMENT = Path(__file__).parents[2] / "docs" / "webhooks.md"


def _verify() -> Callable[..., None]:
    """The function that docs/webhooks.md gives to those who receive."""
    [code] = re.findall(r"```python\n(import base64.*?)```", _DOCUMENT.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  of our own document
    found: Callable[..., None] = names["verify"]
    return found


@pytest.fixture
def sent(hooked: Hooked) -> str:
    """Somebody was sent a re-engagement, and the page's one webhook is to tell of it."""
    hooked.subscribe()
    psid = hooked.world.falls_silent()
    hooked.world.work()
    hooked.take()
    return psid


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_receiver_is_told_of_a_send_its_answer_and_a_stop_and_of_nothing_that_was_said(hooked: Hooked) -> None:
    hooked.subscribe()
    psid = hooked.world.falls_silent("Alice Ng")
    hooked.world.work()
    hooked.take()
    hooked.world.says(psid, "what a nice sofa")
    hooked.world.says(psid, "STOP")
    hooked.take()
    hooked.tell()
    assert sorted(hooked.receiver.types) == ["contact.stopped", "reengagement.replied", "reengagement.sent"]
    [person] = hooked.world.contacts()
    for content in hooked.receiver.contents:
        data = content["data"]
        assert (data["page"], data["contact"], data["person"]) == ("1000", psid, str(person.person_id))
        assert data.get("scope") == ("stop" if content["type"] == "contact.stopped" else None)
        assert data.get("reengagement", {}).get("rule") == (None if "scope" in data else "after-a-while")
    told = b"".join(body for _, body in hooked.receiver.told)
    assert not any(word in told for word in (b"sofa", b"STOP", b"Alice", b"anything else"))
    hooked.take()
    hooked.tell()
    assert len(hooked.receiver.told) == 3


@pytest.mark.usefixtures("sent")
def test_the_signature_verifies_as_the_document_says_and_a_changed_body_does_not(hooked: Hooked) -> None:
    hooked.tell()
    [(headers, body)] = hooked.receiver.told
    verify = _verify()
    verify(headers, body, hooked.secret)
    for changed in (
        {"body": body + b" "},
        {"headers": headers | {"webhook-id": "evt_other"}},
        {"headers": headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 10)}},
        {"secret": "whsec_" + "A" * 44},
        {"headers": headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 400)}},
    ):
        with pytest.raises(ValueError, match=r"signed|old"):
            verify(**({"headers": headers, "body": body, "secret": hooked.secret} | changed))


@pytest.mark.usefixtures("sent")
def test_after_a_rotation_both_secrets_sign_until_the_former_ends(hooked: Hooked) -> None:
    [webhook] = hooked.subscriptions.load_all()
    new = hooked.subscriptions.rotate(webhook, COMMAND_LINE)
    assert new is not None
    assert new != hooked.secret
    hooked.tell()
    [(headers, body)] = hooked.receiver.told
    verify = _verify()
    verify(headers, body, new)
    verify(headers, body, hooked.secret)
    assert hooked.secret not in str(hooked.world.rows_of_everything())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(500, "http_500"), (302, "http_302"), (429, "http_429"), (Receiver.holds, "read_timeout")],
    ids=["a fault", "a redirect", "too many", "silence"],
)
@pytest.mark.usefixtures("sent")
def test_what_was_not_taken_is_told_again_under_the_same_id(hooked: Hooked, answer: Any, outcome: str) -> None:
    hooked.receiver.script = [(lambda: answer(hooked.receiver)) if callable(answer) else answer, 204]
    hooked.receiver.answer_headers = {"Location": "http://127.0.0.1:1/"}
    hooked.tell()
    assert hooked.states() == [("reengagement.sent", "pending", 1, outcome)]
    hooked.tell()
    assert len(hooked.receiver.told) == 1  # it is not due yet
    hooked.receiver.may_answer.set()
    hooked.later()
    hooked.tell()
    assert hooked.states() == [("reengagement.sent", "delivered", 2, "http_204")]
    first, second = (headers["webhook-id"] for headers, _ in hooked.receiver.told)
    assert first == second


def test_a_receiver_that_fails_is_left_alone_however_much_waits_for_it(hooked: Hooked) -> None:
    hooked.subscribe()
    for name in ("Alice Ng", "Bob Mori"):
        hooked.world.falls_silent(name)
    hooked.world.work()
    hooked.take()
    hooked.receiver.script = [503]
    for _ in range(3):
        hooked.tell()
    assert sorted(attempts for _, _, attempts, _ in hooked.states()) == [0, 1]


@pytest.mark.usefixtures("sent")
def test_after_a_day_it_is_given_up_and_can_be_sent_again(hooked: Hooked) -> None:
    hooked.receiver.script = [500, 204]
    hooked.receiver.answer_headers = {"Retry-After": str(24 * 3600)}
    hooked.tell()
    assert hooked.states() == [("reengagement.sent", "dead", 1, "http_500")]
    [webhook] = hooked.subscriptions.load_all()
    assert hooked.subscriptions.redeliver(webhook) == 1
    hooked.clock.ahead_seconds += 3700
    hooked.tell()
    assert hooked.states() == [("reengagement.sent", "delivered", 1, "http_204")]
    assert hooked.subscriptions.redeliver(webhook) == 0
    [row] = hooked.deliveries()
    assert hooked.subscriptions.redeliver(webhook, row.event_id) == 1
    hooked.tell()
    assert len(hooked.receiver.told) == 3


def test_410_ends_a_subscription_and_the_log_says_so(hooked: Hooked, sent: str) -> None:
    hooked.receiver.script = [410]
    hooked.tell()
    [webhook] = hooked.subscriptions.load_all()
    assert (webhook.state, webhook.reason) == (State.ENDED, "gone")
    assert hooked.states() == [("reengagement.sent", "dead", 1, "gone")]
    hooked.world.says(sent, "hello")
    hooked.take()
    hooked.tell()
    assert len(hooked.receiver.told) == 1
    assert len(hooked.deliveries()) == 1
    assert hooked.subscriptions.redeliver(webhook) == 0
    changes = [(e.kind, e.reason) for e in hooked.world.page_ledger() if e.kind.startswith("webhook")]
    assert changes == [("webhook_added", None), ("webhook_changed", "gone")]


def test_a_paused_one_is_told_when_it_goes_on(hooked: Hooked, sent: str) -> None:
    [webhook] = hooked.subscriptions.load_all()
    assert hooked.subscriptions.pause(webhook, COMMAND_LINE)
    assert not hooked.subscriptions.pause(webhook, COMMAND_LINE)
    hooked.world.says(sent, "hello")
    hooked.take()
    hooked.tell()
    assert hooked.receiver.told == []
    assert hooked.subscriptions.resume(webhook, COMMAND_LINE)
    hooked.tell()
    assert sorted(hooked.receiver.types) == ["reengagement.replied", "reengagement.sent"]


@pytest.mark.usefixtures("sent")
def test_what_waited_for_longer_than_a_day_is_not_told_after_all(hooked: Hooked) -> None:
    with hooked.world.installation.database.transaction() as connection:
        now = hooked.world.installation.database.now(connection)
        connection.execute(update(webhook_delivery).values(give_up_at=now))
    hooked.tell()
    assert hooked.receiver.told == []
    assert hooked.states() == [("reengagement.sent", "dead", 1, "expired")]


def test_who_is_paused_while_it_is_told_is_told_no_more(hooked: Hooked, sent: str) -> None:
    [webhook] = hooked.subscriptions.load_all()
    hooked.world.says(sent, "hello")
    hooked.take()
    hooked.receiver.script = [lambda: 204 if hooked.subscriptions.pause(webhook, COMMAND_LINE) else 500]
    hooked.tell()
    assert len(hooked.receiver.told) == 1
    assert sorted(state for _, state, _, _ in hooked.states()) == ["delivered", "pending"]


def test_a_slow_receiver_keeps_nobody_else_waiting(hooked: Hooked, sent: str) -> None:
    quick = Receiver()
    hooked.subscribe(EventType.STOPPED, name="quick", url=quick.url)
    hooked.receiver.script = [hooked.receiver.holds]
    hooked.world.says(sent, "STOP")
    hooked.take()
    try:
        hooked.rounds.run()
        assert quick.was_told.wait(10)
        assert hooked.receiver.was_told.wait(10)
    finally:
        quick.close()
    assert quick.types == ["contact.stopped"]


def test_nothing_is_told_of_somebody_who_was_erased(hooked: Hooked, sent: str) -> None:
    hooked.world.says(sent, "delete my data")
    hooked.world.until_answered()
    hooked.world.says(sent, "yes, delete")
    hooked.world.until_answered()
    eraser, [person] = hooked.world.installation.eraser(), hooked.world.contacts()
    while hooked.world.installation.sealer().seal():
        pass
    eraser.erase((person.account_id, person.id), "staff")
    hooked.take()
    hooked.tell()
    assert hooked.receiver.told == []
    assert {(state, outcome) for _, state, _, outcome in hooked.states()} == {("dead", "erased")}


def test_a_process_killed_between_the_commit_and_the_answer_loses_nothing(hooked: Hooked) -> None:
    webhook = hooked.subscribe()
    hooked.world.falls_silent()
    hooked.world.work()
    while hooked.world.installation.sealer().seal():
        pass
    hooked.receiver.script = [hooked.receiver.holds, 204]
    settings = hooked.world.installation.settings
    environment = {
        "BOTAPP_VAR_DIR": str(settings.var_dir),
        "BOTAPP_DATABASE_URL": settings.database_address,
        "BOTAPP_SANDBOX": "on",  # where receivers on this host are allowed
        "PATH": os.environ["PATH"],
    }
    ticker = subprocess.Popen([sys.executable, "-c", _TELL], env=environment, cwd=Path(__file__).parents[2])  # noqa: S603  our own Python
    try:
        assert hooked.receiver.was_told.wait(20)
    finally:
        ticker.send_signal(signal.SIGKILL)
        ticker.wait(10)
    hooked.receiver.may_answer.set()
    assert hooked.states() == [("reengagement.sent", "pending", 0, None)]
    hooked.take()
    hooked.tell()
    assert hooked.states() == [("reengagement.sent", "delivered", 1, "http_204")]
    assert len({headers["webhook-id"] for headers, _ in hooked.receiver.told}) == 1
    assert hooked.of(webhook).delivered_at is not None
