"""A staff member's browser before the console: what a server would be asked, without the network in between."""

import time

from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient

from bench.stage import House
from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.staff import sessions
from botapp.storage.staff_sessions import Stage as LogInStage


def logged_in(house: House, role: Role) -> FlaskClient:
    """With this role on every page."""
    installation = house.installation
    member = installation.members().add("mia", "Mia", {Grant(ALL_PAGES, role)}, by=0)
    if not isinstance(member, int):
        raise TypeError(member)
    with installation.database.transaction() as connection:
        opened = sessions.begin(connection, member, LogInStage.OPEN, "bench", installation.clock.now())
    signer = SecureCookieSessionInterface().get_signing_serializer(installation.console())
    client = installation.web_app(lambda: True).test_client()
    cookie = signer.dumps({"token": opened.token}) if signer else ""
    client.set_cookie("botapp_console", str(cookie), path="/console")
    return client


def look(client: FlaskClient, path: str, looks: int) -> list[float]:
    """Milliseconds of each look at a page of the console, in rising order."""
    taken = []
    for _ in range(looks):
        began = time.perf_counter()
        answer = client.get(f"/console{path}")
        taken.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:  # noqa: PLR2004  OK
            raise RuntimeError(f"{path} was answered {answer.status_code}")
    return sorted(taken)
