"""The API as the business's own systems see it, over a whole installation."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.policy.api_scope import ApiScope
from botapp.storage.api_keys import EVERY_PAGE
from tests.world import PAGE_ID, StillClock, World, standing_world


@dataclass
class Shop:
    """A shop's system with a key for everything."""

    world: World
    client: FlaskClient
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def post(self, path: str, body: object, *, token: str | None = None, **headers: str) -> TestResponse:
        known = {"Authorization": f"Bearer {self.token if token is None else token}", **self.headers}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1/{path}", json=body, headers={**known, **named})

    def ask(self, method: str, path: str, *, token: str | None = None, **more: Any) -> TestResponse:
        """Any call; `path` is what stands behind /api/v1/."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}", **more.pop("headers", {})}
        return self.client.open(f"/api/v1/{path}", method=method, headers=headers, buffered=True, **more)

    def of_page(self, method: str, path: str, **more: Any) -> TestResponse:
        """A call about the page."""
        return self.ask(method, f"pages/{PAGE_ID}/{path}", **more)

    def facts(self, *items: Mapping[str, Any], page: str = PAGE_ID, **more: str) -> TestResponse:
        return self.post("facts", {"page": page, "facts": items}, **more)

    def conversions(self, *items: Mapping[str, Any], page: str = PAGE_ID, **more: str) -> TestResponse:
        return self.post("conversions", {"page": page, "conversions": items}, **more)

    def bought(
        self, psid: str, *, ago: timedelta = timedelta(0), token: str | None = None, **more: Any
    ) -> TestResponse:
        at = (self.world.installation.clock.now() - ago).isoformat()
        body = {"page": PAGE_ID, "conversions": [{"contact": psid, "occurred_at": at, **more}]}
        return self.post("conversions", body, token=token)

    def key(
        self,
        name: str,
        *,
        account_id: int = EVERY_PAGE,
        scopes: Iterable[ApiScope] = tuple(ApiScope),
        lifetime: timedelta = timedelta(days=1),
        staff_id: int | None = None,
    ) -> str:
        keys = self.world.installation.api_keys()
        token = keys.add(name, account_id, list(scopes), lifetime, staff_id=staff_id)
        assert token is not None
        return token


def add_staff(world: World, name: str, *roles: Role, account_id: int = ALL_PAGES) -> int:
    """A staff member with these roles, on every page or on one; their number."""
    grants = {Grant(account_id, role) for role in roles}
    found = world.installation.members().add(name, name, grants, by=0)
    assert isinstance(found, int)
    return found


def problem(answer: TestResponse) -> tuple[int, str]:
    """Status and type of a refusal."""
    assert answer.mimetype == "application/problem+json", answer.get_data(as_text=True)
    assert answer.json is not None
    assert answer.json["status"] == answer.status_code
    return answer.status_code, answer.json["type"].removeprefix("urn:botapp:problem:")


def statuses(answer: TestResponse) -> list[str]:
    """What became of each item."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.json is not None
    return [result["status"] for result in answer.json["results"]]


@pytest.fixture
def open_shop() -> Callable[[World], Shop]:
    def opened(world: World) -> Shop:
        token = world.installation.api_keys().add("shop", EVERY_PAGE, list(ApiScope), timedelta(days=1))
        assert token is not None
        return Shop(world, world.installation.web_app(lambda: True).test_client(), token)

    return opened


@pytest.fixture
def shop(world: World, open_shop: Callable[[World], Shop]) -> Shop:
    return open_shop(world)


@pytest.fixture
def one_world(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """What no database can tell apart is looked at with one of them."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as standing:
        yield standing


@pytest.fixture
def lone_shop(one_world: World, open_shop: Callable[[World], Shop]) -> Shop:
    return open_shop(one_world)


@pytest.fixture
def still_shop(
    sqlite_database_url: str, redis_url: str, var_dir: Path, open_shop: Callable[[World], Shop]
) -> Iterator[Shop]:
    """A key's rate is not given back between its requests."""
    with standing_world(sqlite_database_url, redis_url, var_dir, own_clock=StillClock()) as standing:
        yield open_shop(standing)
