"""The API's webhooks: with a scope of their own, of the key's pages, and the secret once."""

import pytest
from werkzeug.test import TestResponse

from botapp.policy.api_scope import ApiScope
from tests.api.conftest import Shop
from tests.world import PAGE_ID

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
_PATH = f"pages/{PAGE_ID}/webhooks"
_NEW = {"name": "crm", "url": "https://hooks.example.com/botapp?a=b", "events": ["contact.stopped"]}


def _get(shop: Shop, path: str, *, token: str | None = None) -> TestResponse:
    return shop.client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token or shop.token}"})


def test_a_webhook_is_added_read_and_carried_through_its_states(shop: Shop) -> None:
    added = shop.post(_PATH, _NEW)
    assert added.status_code == 200, added.text
    assert added.json is not None
    secret, number = added.json["secret"], added.json["webhook"]["id"]
    assert secret.startswith("whsec_")
    one = f"{_PATH}/{number}"
    steps = [
        ("test", 200, "active"),
        ("pause", 200, "paused"),
        ("test", 409, ""),
        ("pause", 409, ""),
        ("resume", 200, "active"),
        ("rotate", 200, "active"),
        ("redeliver", 200, "active"),
        ("remove", 200, "ended"),
        ("rotate", 409, ""),
        ("remove", 409, ""),
    ]
    for act, status, state in steps:
        answer = shop.post(one, {"act": act})
        assert (act, answer.status_code) == (act, status)
        assert answer.json is not None
        assert answer.json.get("webhook", {}).get("state", "") == state
        assert ("secret" in answer.json and answer.json["secret"] not in (None, secret)) == (
            act == "rotate" and bool(state)
        )
    read = _get(shop, one)
    assert read.json is not None
    assert [(told["type"], told["state"]) for told in read.json["deliveries"]] == [("webhook.test", "dead")]
    listed = _get(shop, _PATH)
    assert listed.json is not None
    assert [(each["name"], each["reason"]) for each in listed.json["items"]] == [("crm", "removed")]
    assert secret not in read.text + listed.text


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"url": "https://169.254.169.254/latest"}, "/url"),
        ({"url": "http://hooks.example.com/"}, "/url"),
        ({"url": "https://db.internal/"}, "/url"),
        ({"url": "http://127.0.0.1:9/"}, "/url"),
        ({"events": []}, "/events"),
        ({"events": ["message.text"]}, "/events/0"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(shop: Shop, changes: dict[str, object], pointer: str) -> None:
    refused = shop.post(_PATH, _NEW | changes)
    assert refused.status_code == 422
    assert refused.json is not None
    assert [fault["pointer"] for fault in refused.json["errors"]] == [pointer]


def test_a_key_without_the_scope_or_of_another_page_learns_nothing(shop: Shop) -> None:
    added = shop.post(_PATH, _NEW).json
    assert added is not None
    one = f"{_PATH}/{added['webhook']['id']}"
    others = shop.key("others", account_id=shop.world.add_page("1001").id)
    unscoped = shop.key("unscoped", scopes=[ApiScope.FACTS_WRITE])
    for token, status in ((others, 404), (unscoped, 403)):
        assert _get(shop, one, token=token).status_code == status
        assert shop.post(one, {"act": "pause"}, token=token).status_code == status
    elsewhere = one.replace(PAGE_ID, "1001")
    assert shop.post(elsewhere, {"act": "pause"}, token=others).status_code == 404
    assert _get(shop, f"{_PATH}/99").status_code == 404
