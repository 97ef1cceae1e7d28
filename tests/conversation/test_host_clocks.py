"""A web host's clock is behind, so that words arrive before they are said by it; or ahead: its now is to come."""

from datetime import timedelta
from typing import Any

import pytest

from tests.compliance.erasing import differences
from tests.world import World

SECOND = timedelta(seconds=1)
NOES: list[dict[str, Any]] = [
    {"message": {"mid": "m_no", "text": "STOP"}},
    {"message": {"mid": "m_no", "text": "x", "quick_reply": {"payload": "botapp:optin:no:1"}}},
    {"optin": {"type": "notification_messages", "notification_messages_status": "STOP NOTIFICATIONS"}},
    {"message": {"mid": "m_no", "text": "mute"}},
]


@pytest.mark.parametrize("no", NOES)
def test_a_no_received_by_a_clock_that_is_behind_is_not_older_than_the_start_before_it(
    world: World, no: dict[str, Any]
) -> None:
    """Found by the simulation: world 7, customer-day 160; a STOP that was confirmed, and then a re-engagement."""
    now = world.installation.clock.now()
    start = world.item("c0", {"message": {"mid": "m_start", "text": "START"}}, at=now - 2 * SECOND)
    said_no = world.item("c0", no, at=now - SECOND)

    world.receives_items([said_no], received_at=now - 4 * SECOND)
    world.receives_items([start], received_at=now)

    assert [r for r in world.reengagements() if r.state == "planned" and r.due_at < now + timedelta(days=1)] == []


@pytest.mark.parametrize("no", NOES)
def test_a_no_dated_a_year_ahead_can_still_be_lifted(world: World, no: dict[str, Any]) -> None:
    now = world.installation.clock.now()
    hours = timedelta(hours=1)
    world.receives_items([world.item("c0", no, at=now + timedelta(days=365))], received_at=now - 2 * hours)
    for text in ("START", "hello"):
        said = {"message": {"mid": f"m_{text}", "text": text}}
        world.receives_items([world.item("c0", said, at=now - hours)], received_at=now - hours)
    resumed = {"optin": {"type": "notification_messages", "notification_messages_status": "RESUME NOTIFICATIONS"}}
    world.receives_items([world.item("c0", resumed, at=now - hours)], received_at=now - hours)
    assert [r.state for r in world.reengagements()][-1] == "planned"


def test_an_answer_planned_by_a_clock_that_is_ahead_goes_out_at_once(world: World) -> None:
    psid = world.add_customer()
    world.act(psid, "message", text="hello")
    now = world.installation.clock.now()
    said = world.item(psid, {"message": {"mid": "m_hello", "text": "hello"}}, at=now - SECOND)

    world.receives_items([said], received_at=now + 30 * SECOND)
    world.answer()

    assert [reply.state for reply in world.replies()] == ["sent"]


def test_a_start_received_by_a_clock_that_is_behind_plans_the_silence_that_was_refused(world: World) -> None:
    """Found by `botapp simulate --customers 500 --days 10 --seed 4143045339`: nothing was sent, though all was well."""
    now = world.installation.clock.now()
    for text, ago, behind in (("STOP", 7200, 0.0), ("hello", 1.0, 0.0), ("START", 0.8, 1.0)):
        at = now - ago * SECOND
        said = world.item("c0", {"message": {"mid": f"m_{text}", "text": text}}, at=at)
        world.receives_items([said], received_at=at + (0.1 - behind) * SECOND)

    assert [(r.state, r.reason) for r in world.reengagements()][-1] == ("planned", None)
    assert differences(world) == []
