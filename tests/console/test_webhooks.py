"""The pages of webhooks: for admins, of their own pages, with the few things one does there."""

import json
import re

import pytest

from botapp.outgoing.subscriptions import COMMAND_LINE, Added, Destinations, Subscriptions
from botapp.policy.access import Role
from botapp.policy.webhook_event import EventType
from botapp.storage.schema import webhook_delivery
from botapp.storage.webhooks import State, Webhook
from tests.console.office import Browser, Office

_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")


def _subscribe(office: Office, name: str, account_id: int) -> Webhook:
    installation = office.world.installation
    subscriptions = Subscriptions(installation.database, installation.vault, Destinations(allows_loopback=True))
    added = subscriptions.add(account_id, name, "http://127.0.0.1:9/hook", [EventType.STOPPED], COMMAND_LINE)
    assert isinstance(added, Added)
    return added.webhook


def _logged_in(office: Office, role: Role, page: int) -> Browser:
    browser = office.browser()
    browser.log_in(office.hire(f"{role}-{page}", role, page=page, second_factor=role is not Role.MARKETER))
    return browser


def test_an_admin_sees_what_was_told_and_pauses_tests_and_resumes(office: Office) -> None:
    webhook = _subscribe(office, "crm", office.world.account.id)
    admin = _logged_in(office, Role.ADMIN, office.world.account.id)
    address = f"/webhooks/pages/{webhook.account_id}/{webhook.id}"
    assert admin.post(address, act="test").status_code == 303
    page = admin.get("/webhooks/").text
    assert "A test is on its way" in page
    assert all(shown in page for shown in ("crm", "http://127.0.0.1:9/hook", "contact.stopped", "webhook.test"))
    assert admin.post(address, act="pause").status_code == 303
    assert office.world.installation.webhook_subscriptions().load_all()[0].state is State.PAUSED
    page = admin.get("/webhooks/").text
    assert "It is paused." in page
    assert ">Resume" in page
    admin.post(address, act="test")
    assert "Somebody was quicker" in admin.get("/webhooks/").text
    assert len(office.world.rows(webhook_delivery)) == 1
    admin.post(address, act="resume")
    admin.post(address, act="redeliver")
    assert "Events that will be told again: 0." in admin.get("/webhooks/").text
    assert admin.post(address, act="erase").status_code == 400
    admin.post(address, act="remove")
    assert "It is removed" in admin.get("/webhooks/").text
    for act in ("resume", "rotate"):
        admin.post(address, act=act)
        assert "Somebody was quicker" in admin.get("/webhooks/").text
    changes = [e.reason for e in office.world.page_ledger() if e.kind == "webhook_changed"]
    assert changes == ["paused", "resumed", "removed"]


def test_a_webhook_is_added_and_each_of_its_secrets_is_shown_once(office: Office) -> None:
    page = str(office.world.account.id)
    admin = _logged_in(office, Role.ADMIN, office.world.account.id)
    admin.get("/webhooks/new")
    form = {"page": page, "name": "crm", "url": "https://hooks.shop.example/in"}
    added = admin.post("/webhooks/new", **form, events=["reengagement.sent", "nonsense"])
    [secret] = _SECRET.findall(added.text)
    [known] = office.world.installation.webhook_subscriptions().load_all()
    assert (known.name, *known.event_types) == ("crm", EventType.SENT)
    assert office.world.installation.vault.open(known.secret_encrypted) == secret
    rotated = admin.post(f"/webhooks/pages/{known.account_id}/{known.id}", act="rotate")
    [second] = _SECRET.findall(rotated.text)
    assert second != secret
    assert _SECRET.findall(admin.get("/webhooks/").text) == []
    told = [(e.kind, e.reason, json.loads(e.details)["by"] > 0) for e in office.world.page_ledger()[-2:]]
    assert told == [("webhook_added", None, True), ("webhook_changed", "rotated", True)]
    assert secret not in str(office.world.page_ledger())


def test_what_does_not_fit_is_said_and_nothing_is_added(office: Office) -> None:
    admin = _logged_in(office, Role.ADMIN, office.world.account.id)
    admin.get("/webhooks/new")
    fits: dict[str, str | list[str]] = {"page": str(office.world.account.id), "name": "crm"}
    fits |= {"url": "https://hooks.shop.example/in", "events": ["contact.stopped"]}
    refused: list[tuple[dict[str, str | list[str]], str]] = [
        ({"url": "http://hooks.shop.example/in"}, "The URL "),
        ({"url": "https://127.0.0.1/in"}, "The URL "),
        ({"name": ""}, "The name "),
        ({"events": []}, "The choice of events "),
    ]
    for changes, told in refused:
        answer = admin.post("/webhooks/new", **fits | changes)
        assert answer.status_code == 422
        assert told in answer.text
    assert office.world.installation.webhook_subscriptions().load_all() == []


def test_nobody_pauses_a_webhook_of_another_page(office: Office) -> None:
    own, other = office.world.account.id, office.world.add_page("1001").id
    webhook = _subscribe(office, "theirs", other)
    admin = _logged_in(office, Role.ADMIN, own)
    assert "theirs" not in admin.get("/webhooks/").text
    for page in (own, other, 1 << 31):
        assert admin.post(f"/webhooks/pages/{page}/{webhook.id}", act="pause").status_code == 404
    form = {"name": "mine", "url": "https://hooks.shop.example/in", "events": "contact.stopped"}
    for named in (str(other), "0", "-1", "x", str(1 << 40)):
        assert admin.post("/webhooks/new", page=named, **form).status_code == 404
    [known] = office.world.installation.webhook_subscriptions().load_all()
    assert (known.name, known.state) == ("theirs", State.ACTIVE)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_the_page_is_for_admins(office: Office, role: Role) -> None:
    browser = _logged_in(office, role, office.world.account.id)
    assert [browser.get(address).status_code for address in ("/webhooks/", "/webhooks/new")] == [403, 403]
    assert "/webhooks/" not in browser.get("/").text
