"""What has been kept for its time is forgotten, in small steps, and how much that was is on record."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from botapp.audit import verify as verifier
from botapp.compliance.agreement import AgreementCheck
from botapp.compliance.retention import KeepingTimes, Retention
from botapp.settings import SettingsError, load_settings
from botapp.storage.schema import fact, inbound_event, ledger_entry, privacy_request, reengagement, reply
from botapp.storage.schema import retention as retention_table
from tests.compliance.traces import traces
from tests.world import World

FOR_EVER = timedelta(days=9999)
AT_ONCE = timedelta(0)
KEEPS_ALL = KeepingTimes(FOR_EVER, FOR_EVER, FOR_EVER, FOR_EVER, FOR_EVER, round_interval=FOR_EVER)


def run(world: World, rows: int = 1000, **times: timedelta) -> dict[str, int]:
    """One round with these times, step by step."""
    retention = Retention(world.installation.database, replace(KEEPS_ALL, **times), rows)
    forgotten: dict[str, int] = {}
    while True:
        for name, number in retention.run().items():
            forgotten[name] = forgotten.get(name, 0) + number
        if all(row.position is None for row in world.rows(retention_table)):
            return forgotten


def recorded(world: World) -> list[dict[str, int]]:
    return [json.loads(row.details) for row in world.rows(ledger_entry) if row.kind == "forgotten"]


def test_words_go_and_keys_stay_so_that_a_repetition_is_still_known(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "secret words", mid="m_1")
    assert run(world, raw_events=AT_ONCE) == {"raw_events": 1}
    assert [(row.event_key, row.raw) for row in world.rows(inbound_event)] == [("m:m_1", "")]
    assert world.says(psid, "secret words", mid="m_1").fresh == 0
    assert len(world.replies()) == 1


def test_each_kind_has_its_own_time(world: World) -> None:
    world.falls_silent()
    assert run(world) == {}
    assert recorded(world) == []
    world.forget_redis()
    with world.installation.database.transaction() as connection:
        connection.execute(retention_table.delete())
    assert run(world, event_keys=AT_ONCE, raw_events=AT_ONCE) == {"event_keys": 1}
    assert world.rows(inbound_event) == []
    assert [row.state for row in world.replies()] == ["sent"]


def test_messages_go_from_the_tables_and_from_what_the_log_hides(world: World, tmp_path: Path) -> None:
    psid = world.falls_silent("Firstly Ng")
    world.work()
    assert len(world.proactive(psid)) == 1
    world.installation.sealer().seal()
    assert run(world, messages=AT_ONCE) == {"replies": 1, "reengagements": 1, "entries": 1}
    assert world.rows(reply) == []
    assert [(row.text, row.message_id, row.state) for row in world.rows(reengagement)] == [("", None, "sent")]
    assert traces(world, ["Firstly, is there anything else"]) == set()
    world.installation.sealer().seal()
    world.installation.exporter().export_log(tmp_path / "bundle", world.installation.clock.now())
    assert verifier.main([str(tmp_path / "bundle")]) == 0
    assert AgreementCheck(world.installation.database, world.installation.house).run().differences == 0


def test_what_is_on_its_way_is_not_touched(world: World) -> None:
    psid = world.falls_silent()
    world.says(world.add_customer("Bob"), "hello")
    assert world.claim(psid) is not None
    assert run(world, messages=AT_ONCE) == {"replies": 1}
    assert [row.state for row in world.replies()] == ["planned"]
    assert [row.text != "" for row in world.reengagements() if row.state == "claimed"] == [True]


def test_small_steps_reach_every_row_once(world: World) -> None:
    world.receives_items(
        [
            world.item(f"c{n % 5}", {"message": {"mid": f"m_{n}", "text": "x"}}, at=world.installation.clock.now())
            for n in range(25)
        ]
    )
    assert run(world, rows=4, raw_events=AT_ONCE) == {"raw_events": 25}
    assert {row.raw for row in world.rows(inbound_event)} == {""}
    assert len(recorded(world)) == 7
    assert sum(entry["raw_events"] for entry in recorded(world)) == 25


def test_a_round_goes_on_where_another_process_stopped(world: World) -> None:
    for number in range(3):
        world.receives("c0", {"message": {"mid": f"m_{number}", "text": "x"}})
    database = world.installation.database
    for _ in range(2):
        Retention(database, replace(KEEPS_ALL, raw_events=AT_ONCE), rows_of_a_step=1).run()
    assert [row.raw == "" for row in world.rows(inbound_event)].count(True) == 2


def test_a_round_that_is_over_begins_again_after_its_interval(world: World) -> None:
    world.receives("c0", {"message": {"mid": "m_1", "text": "x"}})
    run(world)
    assert run(world, raw_events=AT_ONCE) == {}, "its time has not come"
    assert run(world, raw_events=AT_ONCE, round_interval=AT_ONCE) == {"raw_events": 1}


def test_facts_and_closed_requests_have_their_time_too(world: World) -> None:
    referral = {"referral": {"ref": "summer", "source": "SHORTLINK", "type": "OPEN_THREAD"}}
    world.receives("c0", {"message": {"mid": "m_1", "text": "x", **referral}})
    for number in range(2):
        world.receives("c0", {"message": {"mid": f"m_d{number}", "text": "my data"}})
    assert len(world.rows(fact)) > 0
    now = world.installation.clock.now()
    assert run(world, requests=AT_ONCE, facts=AT_ONCE)["facts"] > 0
    assert len(world.rows(privacy_request)) == 1, "an open request stays"
    with world.installation.database.transaction() as connection:
        connection.execute(privacy_request.update().values(state="done", closed_at=now))
    assert run(world, requests=AT_ONCE, round_interval=AT_ONCE) == {"requests": 1}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"keep_event_keys": "1d", "keep_raw_events": "1d"}, "KEEP_EVENT_KEYS"),
        ({"keep_event_keys": "3d"}, "KEEP_EVENT_KEYS"),
        ({"keep_messages": "1d"}, "KEEP_MESSAGES"),
        ({"retention_interval": "0s"}, "RETENTION_INTERVAL"),
    ],
)
def test_times_that_would_break_a_promise_are_refused(settings: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=f"BOTAPP_{named}="):
        load_settings(**settings)
