"""A staff member with a browser that has no JavaScript."""

import re
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.staff import sessions
from botapp.storage import staff
from botapp.storage.staff_sessions import Stage
from tests.world import World

MOUNTED = "http://localhost/console"
DESK = "/compliance"


@dataclass
class Visitor:
    """Logged in; forms carry the token that every page with a form shows."""

    client: FlaskClient
    staff_id: int
    csrf_token: str = ""

    def get(self, path: str) -> TestResponse:
        """A page of the desk. What it tells its forms is remembered."""
        answer = self.client.get(f"{DESK}{path}", base_url=MOUNTED)
        if found := re.search(r'name="csrf_token" value="([^"]+)"', answer.get_data(as_text=True)):
            self.csrf_token = found[1]
        return answer

    def post(self, path: str, **fields: object) -> TestResponse:
        """A form of the desk."""
        if not self.csrf_token:
            self.get("/")
        data = {"csrf_token": self.csrf_token, **fields}
        return self.client.post(f"{DESK}{path}", base_url=MOUNTED, data=data, buffered=True)

    def reads(self, path: str) -> str:
        """A page's HTML; it must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)


def add_member(world: World, name: str, role: Role, account_id: int = ALL_PAGES) -> int:
    """A staff member with one role."""
    database = world.installation.database
    with database.transaction() as connection:
        staff_id = staff.add(connection, name, name.title(), database.now(connection))
        assert staff_id is not None
        staff.set_grants(connection, staff_id, [Grant(account_id, role)])
    return staff_id


def open_session(world: World, staff_id: int) -> str:
    """A complete log-in; its token. How one comes about is tested elsewhere."""
    database = world.installation.database
    with database.transaction() as connection:
        return sessions.begin(connection, staff_id, Stage.OPEN, "a test", database.now(connection)).token


def visit(world: World, client: FlaskClient, name: str, role: Role, account_id: int = ALL_PAGES) -> Visitor:
    """A new staff member, logged in."""
    staff_id = add_member(world, name, role, account_id)
    token = open_session(world, staff_id)
    with client.session_transaction("/", base_url=MOUNTED) as cookie:
        cookie["token"] = token
    return Visitor(client, staff_id)
