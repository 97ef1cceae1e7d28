"""Who comes in and who does not, what a refusal says, and that a request is done once."""

import json
from datetime import timedelta
from typing import Any

import pytest

from botapp.policy.api_scope import ApiScope
from botapp.storage.schema import api_key, conversion, ledger_entry
from botapp.web.api.limits import RequestLimit
from tests.api.conftest import Shop, problem, statuses
from tests.world import PAGE_ID, World

NO_KEYS = ["", "botapp_wrong", "x" * 300, "\u00e4", "a b"]


def test_a_key_that_is_unknown_expired_or_revoked_opens_nothing(lone_shop: Shop) -> None:
    shop, keys = lone_shop, lone_shop.world.installation.api_keys()
    expired, revoked = shop.key("expired", lifetime=timedelta(0)), shop.key("revoked")
    assert statuses(shop.bought("1", token=revoked)) == ["unknown_contact"]
    assert keys.revoke("revoked")
    assert not keys.revoke("revoked")
    refusals = {shop.bought("1", token=token).get_data() for token in [*NO_KEYS, expired, revoked]}
    assert len(refusals) == 1, "nobody learns which of them it was"
    answer = shop.bought("1", token=expired)
    assert problem(answer) == (401, "no-valid-key")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_is_kept_as_a_hash_and_goes_on_record_without_it(lone_shop: Shop) -> None:
    [row] = lone_shop.world.rows(api_key)
    assert lone_shop.token not in str(row)
    lone_shop.world.installation.api_keys().revoke("shop")
    entries = [e for e in lone_shop.world.rows(ledger_entry) if e.kind.startswith("api_key")]
    assert [e.kind for e in entries] == ["api_key_added", "api_key_revoked"]
    assert {json.loads(e.details)["key"] for e in entries} == {row.id}
    assert not any(row.token_hash in str(e) or lone_shop.token in str(e) for e in entries)


def test_a_key_does_what_its_scopes_say_on_its_own_page(lone_shop: Shop) -> None:
    world = lone_shop.world
    other = world.add_page("2000")
    of_facts = lone_shop.key("facts", scopes=[ApiScope.FACTS_WRITE])
    of_other = lone_shop.key("other", account_id=other.id)
    assert problem(lone_shop.bought("1", token=of_facts)) == (403, "scope-missing")
    item = {"contact": "1", "name": "basket", "value": "x"}
    assert statuses(lone_shop.facts(item, token=of_facts)) == ["unknown_contact"]
    assert statuses(lone_shop.facts(item, page="2000", token=of_other)) == ["unknown_contact"]
    foreign, unknown = (lone_shop.facts(item, page=page, token=of_other) for page in (PAGE_ID, "3000"))
    assert problem(foreign) == problem(unknown) == (404, "not-found")
    assert foreign.get_data() == unknown.get_data(), "whose page it is stays unsaid"


BAD_CONVERSIONS: dict[str, list[dict[str, Any]]] = {
    "/conversions/0/occurred_at": [{"contact": "1"}, {"contact": "1", "occurred_at": "2026-11-22T10:00:00"}],
    "/conversions/0": [
        {"occurred_at": "2026-11-22T10:00:00Z"},
        {"contact": "1", "person": "1", "occurred_at": "2026-11-22T10:00:00Z"},
        {"contact": "1", "occurred_at": "2026-11-22T10:00:00Z", "value": "1"},
    ],
    "/conversions/0/value": [{"contact": "1", "occurred_at": "2026-11-22T10:00:00Z", "value": 49.9, "currency": "EUR"}],
    "/conversions/0/currency": [
        {"contact": "1", "occurred_at": "2026-11-22T10:00:00Z", "value": "49.9", "currency": "euro"}
    ],
    "/conversions/0/colour": [{"contact": "1", "occurred_at": "2026-11-22T10:00:00Z", "colour": "a-secret-value"}],
    "/conversions/0/contact": [{"contact": "a-secret-value\u0000", "occurred_at": "2026-11-22T10:00:00Z"}],
}


def test_what_does_not_fit_is_named_with_what_would_and_never_repeated(lone_shop: Shop) -> None:
    for pointer, items in BAD_CONVERSIONS.items():
        for item in items:
            answer = lone_shop.conversions(item)
            assert problem(answer) == (422, "does-not-fit")
            assert answer.json is not None
            assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]
            assert "a-secret-value" not in answer.get_data(as_text=True)
    answer = lone_shop.facts({"contact": "1", "name": "first_name", "value": True})
    assert answer.json is not None
    told = {fault["pointer"]: fault["detail"] for fault in answer.json["errors"]}
    assert "choose another name" in told["/facts/0/name"]
    assert "one line of at most 200 characters, or a number" in told["/facts/0/value"]


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (b"{", "application/json", (422, "does-not-fit")),
        (b"\xff\xfe", "application/json", (422, "does-not-fit")),
        (b"[" * 100_000, "application/json", (422, "does-not-fit")),
        (b"{}", "text/plain", (415, "not-json")),
        (b" " * ((1 << 20) + 1), "application/json", (413, "too-large")),
        (b" " * ((1 << 20) + 9), "application/json", (413, "content-too-large")),
    ],
)
def test_bodies_that_are_none(lone_shop: Shop, body: bytes, media_type: str, expected: tuple[int, str]) -> None:
    headers = {"Authorization": f"Bearer {lone_shop.token}"}
    answer = lone_shop.client.post("/api/v1/facts", data=body, content_type=media_type, headers=headers)
    status, name = problem(answer)
    assert (status, name.replace("request-entity", "content")) == expected


def test_a_request_with_an_idempotency_key_is_done_once_and_answered_alike(world: World, shop: Shop) -> None:
    alice = world.falls_silent()
    body = {"contact": alice, "occurred_at": "2026-11-22T10:00:00Z"}
    first, again = (shop.conversions(body, Idempotency_Key="k-1") for _ in range(2))
    assert first.get_data() == again.get_data()
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert problem(shop.conversions({**body, "order_id": "1"}, Idempotency_Key="k-1")) == (409, "idempotency-key-used")
    assert problem(shop.conversions(body, Idempotency_Key="k 1")) == (400, "idempotency-key")
    other = shop.key("another client")
    assert statuses(shop.conversions(body, Idempotency_Key="k-1", token=other)) == ["known"]
    assert len(world.rows(conversion)) == 1


def test_a_request_that_was_refused_leaves_its_key_free(world: World, shop: Shop) -> None:
    alice = world.falls_silent()
    body = {"contact": alice, "occurred_at": "2026-11-22T10:00:00Z"}
    assert problem(shop.conversions(body, page="3000", Idempotency_Key="k-1"))[0] == 404
    assert statuses(shop.conversions(body, Idempotency_Key="k-1")) == ["stored"]


def test_errors_of_the_way_here_are_problems_too(lone_shop: Shop) -> None:
    assert problem(lone_shop.client.get("/api/v1/facts")) == (405, "method-not-allowed")
    assert problem(lone_shop.client.get("/api/v2/facts")) == (404, "not-found")


class _Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Any:
        raise AssertionError

    def elapsed(self) -> float:
        return self.seconds


def test_each_key_has_a_rate_of_its_own_and_saves_up_for_a_burst() -> None:
    clock = _Clock()
    limit = RequestLimit(clock, requests_per_second=2, burst_seconds=1)
    assert [limit.take(1) for _ in range(3)] == [0, 0, 0.5]
    assert limit.take(2) == 0
    clock.seconds = 0.5
    assert [limit.take(1), limit.take(1)] == [0, 0.5]


def test_who_comes_too_often_is_told_when_to_come_again(still_shop: Shop) -> None:
    answers = [still_shop.bought("1") for _ in range(51)]
    late = answers[-1]
    assert problem(late) == (429, "too-many-requests")
    assert int(late.headers["Retry-After"]) >= 1
    other = still_shop.key("another client")
    assert statuses(still_shop.bought("1", token=other)) == ["unknown_contact"]
