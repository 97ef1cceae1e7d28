"""What no call can do, whoever makes it: lift a no, widen a window, raise a cap, approve one's own, resume a stop."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.schemas import BaseSchema

from botapp.campaign.publish import resume_proactive
from botapp.policy.access import Role
from botapp.policy.api_scope import OF_STAFF, ApiScope
from botapp.policy.suppression import Suppression
from botapp.storage.schema import account, contact, suppression, template_stage
from botapp.web.api.app import CALLS, OPERATIONS
from tests.api.conftest import Shop, add_staff
from tests.world import PAGE_ID, World, standing_world

HOUR = timedelta(hours=1)
OWN = {"name": "own", "text": "Is there anything else?"}
RULE = {"name": "own", "template": "own", "delay": "1h", "priority": 1000}
MAY_CHANGE = {"ledger_sequence", "campaign_generation", "proactive_stopped_at", "question_version"}
WINDOW = ("last_interaction_at", "conversation_started_at", "earlier_interaction_at", "asked_for_more_at")
CAPS = ("last_claimed_at", "frequency", "frequency_at", "quiet_hours", "quiet_hours_at", "unreachable_since")


def attempts(people: list[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What somebody would try who wants one more message sent."""
    past, future = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
    for psid in people:
        listed = [f"{psid},mute,{past},{past}", f"{psid},mute,,", f"{psid},stop,,{future}", f"{psid},stop,,{past}"]
        csv = "contact,scope,until,at\n" + "\n".join(listed)
        yield "POST", f"pages/{PAGE_ID}/suppressions", {"data": csv, "headers": {"Content-Type": "text/csv"}}
        facts = [{"contact": psid, "name": name, "value": 0} for name in ("cap", "noes", "window", "hour")]
        yield "POST", "facts", {"json": {"page": PAGE_ID, "facts": facts}}
        bought = {"contact": psid, "occurred_at": future}
        yield "POST", "conversions", {"json": {"page": PAGE_ID, "conversions": [bought]}}
    for noun, table in (("template", OWN), ("rule", RULE)):
        yield "POST", f"pages/{PAGE_ID}/{noun}s", {"json": {noun: table}}
        for step in ("submit", "approve", "publish", "pause", "resume", "publish", "return", "submit", "approve"):
            body = {"name": "own", "version": 1, "why": "because"}
            yield "POST", f"pages/{PAGE_ID}/{noun}s/{step}", {"json": body}
    for query in ({}, {"publish": "true"}, {"publish": "true", "retire_absent": "true"}):
        file = {"templates": [OWN | {"text": "Now?"}], "rules": [RULE]}
        bringing = {"json": file, "query_string": query, "headers": {"If-Match": "*"}}
        yield "PUT", f"pages/{PAGE_ID}/campaign", bringing
    for path in ("stop", "resume", "start"):
        yield "POST", path, {"json": {"page": PAGE_ID, "why": "because"}}


def noes(world: World) -> set[tuple[int, str]]:
    """Those in force: the contact, and what they do not want."""
    now = world.installation.clock.now()
    rows = world.rows(suppression)
    return {
        (row.contact_id, row.scope)
        for row in rows
        if Suppression(row.scope, row.set_at, row.until, row.lifted_at).is_in_force(now)
    }


def limits(world: World) -> dict[str, Any]:
    """All by which it is decided whether and when somebody may be written to, but noes, stops and campaigns."""
    pages = [{k: v for k, v in row._asdict().items() if k not in MAY_CHANGE} for row in world.rows(account)]
    people = {row.id: [getattr(row, name) for name in (*WINDOW, *CAPS)] for row in world.rows(contact)}
    return {"pages": pages, "people": people}


def stopped_at(world: World) -> datetime | None:
    found: datetime | None = world.account.proactive_stopped_at
    return found


@pytest.fixture
def busy_shop(
    sqlite_database_url: str, redis_url: str, var_dir: Path, open_shop: Callable[[World], Shop]
) -> Iterator[Shop]:
    """Nothing limits how often a key comes."""
    with standing_world(sqlite_database_url, redis_url, var_dir, api_requests_per_second=1000) as world:
        yield open_shop(world)


def test_no_call_gets_anybody_one_more_message(busy_shop: Shop) -> None:
    shop, world = busy_shop, busy_shop.world
    people = [world.falls_silent(name) for name in ("Alice Ng", "Bob Ng", "Carol Ng")]
    world.says(people[0], "STOP", ago=HOUR)
    world.says(people[1], "mute until tomorrow", ago=HOUR)
    marketer = add_staff(world, "mara", Role.MARKETER)
    admin = add_staff(world, "ada", Role.ADMIN)
    tokens = [
        shop.key("mara", scopes=list(OF_STAFF), staff_id=marketer),
        shop.key("ada", scopes=list(OF_STAFF), staff_id=admin),
        shop.key("a system", scopes=list(ApiScope)),
    ]
    assert shop.ask("POST", "stop", token=tokens[2], json={"page": PAGE_ID, "why": "first"}).status_code == 200
    before, held, stopped = noes(world), limits(world), stopped_at(world)
    assert len(before) == 2
    document = schemathesis.openapi.from_wsgi("/api/openapi.json", shop.client.application)
    statuses = set()
    for token in tokens:
        for method, path, more in attempts(people):
            statuses.add(shop.ask(method, path, token=token, **more).status_code)
        if token == tokens[0]:
            _try_the_whole_contract(document, token)
        assert noes(world) >= before
        assert limits(world) == held
        assert stopped_at(world) == stopped is not None
    assert {200, 403, 404, 409} <= statuses
    for row in world.rows(template_stage):
        assert row.by_command or row.approved_by is None or row.approved_by not in (row.written_by, row.submitted_by)
    for page in (None, world.account.id):
        resume_proactive(world.installation.database, "people looked at it", page)
    world.replan()
    world.work()
    assert [len(world.proactive(psid)) for psid in people[:2]] == [0, 0]
    assert len(world.proactive()) <= 1


def _try_the_whole_contract(document: BaseSchema, token: str) -> None:
    """Every operation that there is, the ones of tomorrow too, with whatever fits its schema."""
    for path, method in [(o.path, "POST") for o in OPERATIONS] + [(c.path, c.method) for c in CALLS]:
        cases = document[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE)

        @settings(
            max_examples=2, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        @given(case=cases)
        def attempt(case: Case[Any]) -> None:
            case.headers["Authorization"] = f"Bearer {token}"
            if "page" in case.path_parameters:
                case.path_parameters["page"] = PAGE_ID
            if isinstance(case.body, dict) and "page" in case.body:
                case.body["page"] = PAGE_ID
            assert case.call().status_code < 500

        attempt()
