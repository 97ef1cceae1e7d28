"""Where things stand: every re-engagement by its state, every refusal by its reason, page by page."""

import json
from datetime import timedelta

from botapp.campaign.publish import stop_proactive
from botapp.campaign.status import PageStatus, load_status
from botapp.storage import accounts
from botapp.storage.reengagements import State
from tests.world import PAGE_ID, World

_HOUR = timedelta(hours=1)


def _status(world: World, page_id: str = PAGE_ID) -> PageStatus:
    pages = {page.page_id: page for page in load_status(world.installation.database).pages}
    return pages[page_id]


def test_a_page_that_nobody_wrote_to_has_every_state_at_nothing(world: World) -> None:
    status = _status(world)
    assert status.reengagements == dict.fromkeys((state.value for state in State), 0)
    assert set(status.replies) == set(status.reengagements)
    assert status.refusals == {}
    assert (status.name, status.platform, status.paused, status.proactive_stopped) == (
        "Test Page",
        "messenger",
        None,
        False,
    )


def test_each_is_counted_once_under_its_state_and_each_refusal_under_its_reason(world: World) -> None:
    for _ in range(2):
        world.says(world.add_customer(), ago=5 * _HOUR)  # due, and sent
    world.says(world.add_customer(), ago=_HOUR)  # planned
    world.says(world.add_customer(), "STOP", ago=5 * _HOUR)
    world.receives("psid-of-long-ago", {"message": {"mid": "m_old", "text": "hello"}}, ago=25 * _HOUR)
    blocking = world.add_customer()
    world.says(blocking, ago=5 * _HOUR)
    world.duties.replies.drain(world.duties.reply_pool, 5)
    world.act(blocking, "block")
    world.work()
    status = _status(world)
    assert {state: number for state, number in status.reengagements.items() if number} == {
        "planned": 1,
        "sent": 2,
        "failed": 1,
        "skipped": 2,
    }
    assert status.refusals == {"stopped": 1, "unreachable": 1, "window_closed": 1}
    assert sum(status.reengagements.values()) == len(world.reengagements())


def test_what_is_only_held_is_no_refusal(world: World) -> None:
    world.says(world.add_customer(), ago=5 * _HOUR)
    world.duties.replies.drain(world.duties.reply_pool, 5)
    stop_proactive(world.installation.database, "a look at the figures")
    world.work()
    status = _status(world)
    assert (status.reengagements["planned"], status.refusals) == (1, {})
    assert status.proactive_stopped
    assert load_status(world.installation.database).proactive_stopped


def test_one_pages_figures_are_no_other_pages(world: World) -> None:
    world.says(world.add_customer(), "STOP", ago=5 * _HOUR)
    other = world.add_page("2000")
    stop_proactive(world.installation.database, "only there", other.id)
    with world.installation.database.transaction() as connection:
        accounts.pause(connection, other.id, "190", world.installation.database.now(connection))
    assert (_status(world).proactive_stopped, _status(world).paused) == (False, None)
    assert (_status(world, "2000").proactive_stopped, _status(world, "2000").paused) == (True, "190")
    assert _status(world, "2000").refusals == {}
    assert not load_status(world.installation.database).proactive_stopped


def test_the_figures_are_plain_json_under_stable_names(world: World) -> None:
    world.says(world.add_customer(), "STOP", ago=5 * _HOUR)
    told = json.loads(json.dumps(load_status(world.installation.database).as_json()))
    assert set(told) == {"proactive_stopped", "pages", "counters"}
    (page,) = told["pages"]
    assert page["page_id"] == PAGE_ID
    assert page["reengagements"]["skipped"] == 1
    assert page["refusals"] == {"stopped": 1}
