"""What operators and machines ask: is it alive, can it work, how much has it done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from tests.web.conftest import Door
from tests.world import World, standing_world


def test_alive_and_ready(door: Door) -> None:
    assert door.client.get("/health/live").json == {"status": "alive"}
    ready = door.client.get("/health/ready")
    assert (ready.status_code, ready.json) == (200, {"status": "ready", "database": True, "redis": True, "log": True})


def test_without_redis_it_is_ready_and_says_so(
    sqlite_database_url: str, var_dir: Path, free_port: int, open_door: Callable[[World], Door]
) -> None:
    with standing_world(sqlite_database_url, f"redis://127.0.0.1:{free_port}/0", var_dir) as world:
        ready = open_door(world).client.get("/health/ready")
    assert (ready.status_code, ready.json) == (200, {"status": "ready", "database": True, "redis": False, "log": True})


def test_an_old_schema_is_not_ready_and_still_alive(door: Door) -> None:
    with door.world.installation.database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert door.client.get("/health/ready").status_code == 503
    assert door.client.get("/health/live").status_code == 200


def test_the_figures_are_those_of_the_database(door: Door, hello: Callable[..., dict[str, Any]]) -> None:
    door.deliver(hello())
    door.deliver(hello())
    door.deliver({"object": "page", "entry": [{"id": "9999", "messaging": [{"sender": {"id": "1"}}]}]})
    figures = door.client.get("/metrics").text
    assert 'botapp_reengagements{page="1000",state="planned"} 1.0' in figures
    assert 'botapp_replies{page="1000",state="planned"} 1.0' in figures
    assert 'botapp_inbound_set_aside_total{what="duplicate"} 1.0' in figures
    assert 'botapp_inbound_set_aside_total{what="unknown_page"} 1.0' in figures
    assert "botapp_clock_offset_seconds 0.0" in figures
    assert "2000" not in figures, "no person's id"


def test_with_the_database_broken_neither_page_tells_more_than_that(door: Door) -> None:
    with door.world.installation.database.transaction() as connection:
        connection.execute(text("ALTER TABLE reengagement RENAME TO gone"))
    metrics = door.client.get("/metrics")
    assert (metrics.status_code, metrics.json) == (500, {"error": "Internal Server Error"})
