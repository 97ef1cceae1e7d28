"""Staff and their browsers."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from http.cookies import SimpleCookie
from typing import Any

import pyotp
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from sqlalchemy import Row, select
from werkzeug.test import TestResponse

from botapp.clock import SystemClock
from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.staff import tokens
from botapp.staff.members import Problem
from botapp.staff.passwords import Passwords
from botapp.staff.record import COMMAND_LINE
from botapp.storage import staff
from botapp.storage.schema import ledger_entry
from tests.world import World

PASSWORD = "four words make a password"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class TurnedClock(SystemClock):
    """The host's clock, turned by the test."""

    def __init__(self) -> None:
        self.turned = timedelta(0)
        self.stopped_at: datetime | None = None

    def turn(self, by: timedelta) -> None:
        self.turned += by

    def stop(self) -> None:
        """The wall clock moves only when it is turned from now on, however long things take on a busy machine."""
        self.stopped_at = super().now()

    def now(self) -> datetime:
        return (self.stopped_at or super().now()) + self.turned

    def elapsed(self) -> float:
        return super().elapsed() + self.turned.total_seconds()


@cache
def _password_hash() -> str:
    """Made once: it is slow on purpose."""
    return Passwords().hash(PASSWORD)


@dataclass
class Person:
    """Somebody of the staff, with what they know and carry."""

    id: int
    name: str
    clock: TurnedClock
    secret: str | None = None
    recovery_codes: list[str] = field(default_factory=list)

    def code(self) -> str:
        """What their authenticator app shows now."""
        assert self.secret
        return pyotp.TOTP(self.secret).at(self.clock.now())

    def next_code(self) -> str:
        """Half a minute passes, so that the app shows one that was not used."""
        self.clock.turn(timedelta(seconds=30))
        return self.code()


@dataclass
class Browser:
    """Keeps cookies and the last form's token, as browsers do."""

    client: FlaskClient
    environ: dict[str, str]
    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)  # as last set, with their attributes

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._seen(self.client.get(f"/console{path}", environ_overrides=self.environ, buffered=True, **options))

    def post(self, path: str, **fields: str | list[str]) -> TestResponse:
        """Submit a form of the page seen last."""
        return self.post_bare(path, csrf_token=self.token, **fields)

    def post_bare(self, path: str, **fields: str | list[str]) -> TestResponse:
        """Without the token of any page, as another site would."""
        return self._seen(self.client.post(f"/console{path}", data=fields, environ_overrides=self.environ))

    def log_in(self, person: Person, password: str = PASSWORD) -> TestResponse:
        """With everything that is asked for."""
        self.get("/log-in")
        answer = self.post("/log-in", name=person.name, password=password)
        if answer.location == "/console/log-in/code":
            self.get("/log-in/code")
            answer = self.post("/log-in/code", code=person.next_code())
        self.get("/account")
        return answer

    def plant(self, console: Flask, token: str) -> None:
        """A cookie as the console signs it, with that token of a session in it."""
        signer = SecureCookieSessionInterface().get_signing_serializer(console)
        assert signer
        self.client.set_cookie("botapp_console", str(signer.dumps({"token": token})), path="/console")

    def is_in(self) -> bool:
        return self.get("/account").status_code == 200

    def _seen(self, response: TestResponse) -> TestResponse:
        for header in response.headers.getlist("Set-Cookie"):
            self.cookies |= dict.fromkeys(SimpleCookie(header), header)
        if found := _TOKEN.search(response.text):
            self.token = found.group(1)
        return response


@dataclass
class Office:
    """The console of a world."""

    world: World
    clock: TurnedClock

    @cached_property
    def app(self) -> Flask:
        """What a server would serve: webhooks and, under /console, the staff's pages."""
        return self.world.installation.web_app(lambda: True)

    def browser(self, *, address: str = "192.0.2.1", client: str = "Test Browser") -> Browser:
        return Browser(self.app.test_client(), {"REMOTE_ADDR": address, "HTTP_USER_AGENT": client})

    def add(self, name: str, *roles: Role, page: int = ALL_PAGES) -> int:
        """Somebody who is not invited yet; their number."""
        members = self.world.installation.members()
        added = members.add(name, name.title(), {Grant(page, role) for role in roles}, by=COMMAND_LINE)
        assert not isinstance(added, Problem)
        return added

    def hire(self, name: str, *roles: Role, page: int = ALL_PAGES, second_factor: bool = True) -> Person:
        """Somebody who has a password and, unless they need none, a second factor."""
        person = Person(self.add(name, *roles, page=page), name, self.clock)
        installation = self.world.installation
        with installation.database.transaction() as connection:
            staff.set_password(connection, person.id, _password_hash())
            if second_factor:
                person.secret, person.recovery_codes = pyotp.random_base32(), list(tokens.new_recovery_codes())
                staff.set_second_factor(connection, person.id, installation.vault.lock(person.secret), 0)
                hashes = [tokens.hash_recovery_code(code) for code in person.recovery_codes]
                staff.replace_recovery_codes(connection, person.id, hashes)
        return person

    def browse_as(self, name: str, role: Role, *, page: int = ALL_PAGES) -> Browser:
        """The browser of somebody new, logged in; marketers need no second factor."""
        browser = self.browser()
        browser.log_in(self.hire(name, role, page=page, second_factor=role is not Role.MARKETER))
        return browser

    def enrol(self, browser: Browser, person: Person) -> None:
        """In the middle of a log-in that waits for it."""
        page = browser.get("/log-in/second-factor").text
        [secret] = re.findall(r"<code>([A-Z2-7 ]+)</code>", page)
        person.secret = secret.replace(" ", "")
        answer = browser.post("/log-in/second-factor", code=person.next_code())
        person.recovery_codes = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", answer.text)

    def invitation(self, staff_id: int) -> str:
        """The token of a new invitation."""
        token = self.world.installation.members().invite(staff_id, by=COMMAND_LINE)
        assert isinstance(token, str)
        return token

    def member(self, person: Person) -> staff.StaffMember:
        with self.world.installation.database.reading() as connection:
            found = staff.find(connection, person.id)
        assert found
        return found

    def record(self, *kinds: str) -> list[dict[str, Any]]:
        """The installation's entries of these kinds, in order: their details."""
        return [{"kind": row.kind, **_details(row)} for row in self._entries() if not kinds or row.kind in kinds]

    def _entries(self) -> Iterator[Row[Any]]:
        entries = select(ledger_entry).where(ledger_entry.c.account_id == 0).order_by(ledger_entry.c.sequence)
        with self.world.installation.database.reading() as connection:
            yield from connection.execute(entries).all()


def _details(row: Row[Any]) -> dict[str, Any]:
    details = row.details
    return dict(json.loads(details)) if isinstance(details, str) else dict(details)
