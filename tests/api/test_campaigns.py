"""Templates, rules and whole campaigns by the API: written by programs, approved by people."""

import json
import tomllib
from typing import Any

import pytest

from botapp.campaign.file import TemplateDraft
from botapp.campaign.stages import Desk
from botapp.campaign.templates import TEMPLATES
from botapp.policy.access import Role
from botapp.policy.api_scope import ApiScope
from botapp.policy.approval import Step
from botapp.policy.rule import LiveTemplate
from tests.api.conftest import Shop, add_staff, problem
from tests.world import World

TEMPLATE = {"name": "autumn/1", "text": "Is there anything else, {first_name|you}?"}
RULE = {
    "name": "after-three",
    "template": "autumn/1",
    "delay": "3h",
    "when": [{"fact": "basket_value", "at_least": 50}],
}
FILE: dict[str, Any] = {"facts": ["basket_value"], "templates": [TEMPLATE], "rules": [RULE]}
MIA, SYSTEM = 7, -4  # somebody else of the staff; a key that acts for nobody
EDITS = [ApiScope.CAMPAIGNS_READ, ApiScope.CAMPAIGNS_WRITE, ApiScope.CAMPAIGNS_PUBLISH]


@pytest.fixture
def alice(lone_shop: Shop) -> str:
    """A marketer's key."""
    return lone_shop.key("alice", scopes=EDITS, staff_id=add_staff(lone_shop.world, "alice", Role.MARKETER))


@pytest.fixture
def bob(lone_shop: Shop) -> str:
    """An approver's key."""
    return approver(lone_shop)


def approver(shop: Shop) -> str:
    scopes = [ApiScope.CAMPAIGNS_READ, ApiScope.CAMPAIGNS_APPROVE]
    return shop.key("bob", scopes=scopes, staff_id=add_staff(shop.world, "bob", Role.APPROVER))


def kinds(world: World) -> list[str]:
    return [e.kind for e in world.page_ledger() if e.kind.startswith(("template", "rule"))]


def test_a_template_goes_from_a_program_to_customers_by_way_of_two_people(
    lone_shop: Shop, alice: str, bob: str
) -> None:
    shop, named = lone_shop, {"name": "autumn/1", "version": 1}
    before = len(kinds(shop.world))
    written = shop.of_page("POST", "templates", token=alice, json={"template": TEMPLATE})
    assert (written.status_code, written.json["stage"], written.json["version"]) == (200, "draft", 1)  # type: ignore[index]
    again = shop.of_page("POST", "templates", token=bob, json={"template": TEMPLATE})
    assert problem(again) == (403, "scope-missing")
    steps = [
        (alice, "publish", (409, "wrong-stage")),
        (alice, "submit", "in_review"),
        (alice, "approve", (403, "scope-missing")),
        (bob, "approve", "approved"),
        (bob, "publish", (403, "scope-missing")),
        (alice, "publish", "live"),
        (alice, "retire", (422, "does-not-fit")),
    ]
    for token, step, expected in steps:
        answer = shop.of_page("POST", f"templates/{step}", token=token, json=named)
        found = answer.json["stage"] if answer.status_code == 200 and answer.json else problem(answer)
        assert found == expected, step
    told = ["template_written", "template_submitted", "template_approved", "template_published"]
    assert kinds(shop.world)[before:] == told
    details = json.loads(shop.world.page_ledger()[-1].details)
    assert (details["approved_by"], "api_key" in details) == ([2], True)


@pytest.mark.parametrize(("noun", "table"), [("template", TEMPLATE), ("rule", RULE | {"template": "hello-again"})])
def test_nobody_approves_what_they_wrote_with_whatever_key(shop: Shop, noun: str, table: dict[str, Any]) -> None:
    ada, named = add_staff(shop.world, "ada", Role.ADMIN), {"name": table["name"], "version": 1}
    every = [*EDITS, ApiScope.CAMPAIGNS_APPROVE]
    first, second = (shop.key(f"ada {n}", scopes=every, staff_id=ada) for n in "12")
    system = shop.key("held by ada", scopes=every)  # which acts for nobody, so that nobody would know
    draft = {"facts": ["basket_value"], noun: table}
    for step, body in (("", draft), ("/submit", named), ("/approve", named)):
        assert problem(shop.of_page("POST", f"{noun}s{step}", token=system, json=body)) == (403, "kind-of-key")
    assert shop.of_page("POST", f"{noun}s", token=first, json=draft).status_code == 200
    assert shop.of_page("POST", f"{noun}s/submit", token=second, json=named).status_code == 200
    for own in (first, second):
        assert problem(shop.of_page("POST", f"{noun}s/approve", token=own, json=named)) == (409, "own-work")


def test_what_a_systems_key_wrote_before_is_approved_by_nobody_until_a_person_writes_it(shop: Shop) -> None:
    bob = approver(shop)
    desk, page = Desk(TEMPLATES, shop.world.installation.database), shop.world.account.id
    draft = TemplateDraft(LiveTemplate("old", 0, "Anything else?", "en"), "service")
    key = desk.write(page, draft, by=SYSTEM)
    assert desk.take(Step.SUBMIT, key, by=SYSTEM) is None
    named = {"name": "old", "version": 1}
    assert problem(shop.of_page("POST", "templates/approve", token=bob, json=named)) == (409, "no-person")
    assert desk.take(Step.RETIRE, key, by=MIA, why="written by nobody knows whom") is None
    assert desk.write(page, draft, by=MIA) == key
    assert desk.take(Step.SUBMIT, key, by=MIA) is None
    assert shop.of_page("POST", "templates/approve", token=bob, json=named).status_code == 200


def test_a_staff_members_key_may_what_they_may_themselves_and_no_longer_than_they(lone_shop: Shop) -> None:
    shop, world = lone_shop, lone_shop.world
    other = world.add_page("2000")
    auditor = add_staff(world, "carol", Role.AUDITOR)
    elsewhere = add_staff(world, "dan", Role.MARKETER, account_id=other.id)
    reads = shop.key("carol", scopes=EDITS, staff_id=auditor)
    dans = shop.key("dan", scopes=EDITS, staff_id=elsewhere)
    assert shop.of_page("GET", "templates", token=reads).status_code == 200
    assert problem(shop.of_page("POST", "templates", token=reads, json={"template": TEMPLATE})) == (404, "not-found")
    assert problem(shop.of_page("GET", "templates", token=dans)) == (404, "not-found")
    assert shop.ask("GET", "pages/2000/templates", token=dans).status_code == 200
    world.installation.members().revoke(auditor, by=0)
    assert problem(shop.of_page("GET", "templates", token=reads)) == (401, "no-valid-key")


def test_versions_are_listed_a_portion_at_a_time(lone_shop: Shop, alice: str) -> None:
    shop = lone_shop
    for name, text in (("b", "One?"), ("a", "One?"), ("a", "Two?"), ("c", "One?")):
        shop.of_page("POST", "templates", token=alice, json={"template": {"name": name, "text": text}})
    found, query = [], {"limit": 2}
    while True:
        page = shop.of_page("GET", "templates", token=alice, query_string=query).json or {}
        found += [(item["name"], item["version"]) for item in page["items"]]
        if page["next"] is None:
            break
        query = {"limit": 2, "cursor": page["next"]}
    assert found == [("a", 2), ("a", 1), ("b", 1), ("c", 1), ("hello-again", 1)]
    other = shop.of_page("GET", "rules", token=alice, query_string=query)
    assert problem(other) == (400, "cursor"), "a cursor is good for its own list"
    named = shop.of_page("GET", "templates", token=alice, query_string={"name": "a"}).json or {}
    assert [item["template"]["text"] for item in named["items"]] == ["Two?", "One?"]


def test_what_does_not_fit_is_told_as_a_file_is_told(lone_shop: Shop, alice: str) -> None:
    table = TEMPLATE | {"text": "Last chance, {nobody}!", "colour": "red"}
    answer = lone_shop.of_page("POST", "templates", token=alice, json={"template": table})
    assert problem(answer) == (422, "campaign")
    told = " ".join(fault["detail"] for fault in (answer.json or {})["errors"])
    assert "colour: unknown key" in told
    assert "nobody" in told


def test_a_step_with_an_idempotency_key_is_taken_once_and_answered_alike(lone_shop: Shop, alice: str) -> None:
    shop, key = lone_shop, {"Idempotency-Key": "k-1"}
    shop.of_page("POST", "templates", token=alice, json={"template": TEMPLATE})
    body = {"name": "autumn/1", "version": 1}
    first, again = (shop.of_page("POST", "templates/submit", token=alice, json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.get_data()) == (200, again.get_data())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert problem(shop.of_page("POST", "templates/submit", token=alice, json=body)) == (409, "wrong-stage")
    other = shop.of_page("POST", "rules/submit", token=alice, json=body, headers=key)
    assert problem(other) == (409, "idempotency-key-used")


def test_a_file_is_brought_a_step_further_whenever_people_have_done_theirs(
    lone_shop: Shop, alice: str, bob: str
) -> None:
    shop = lone_shop

    def bring(**query: str) -> dict[str, str]:
        tag = shop.of_page("GET", "campaign", token=alice).headers["ETag"]
        answer = shop.of_page("PUT", "campaign", token=alice, json=FILE, query_string=query, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        now = shop.of_page("GET", "campaign", token=alice).headers["ETag"]
        assert answer.headers["ETag"] == now
        return {item["what"]: item["state"] for item in (answer.json or {})["items"]}

    assert bring() == {"template": "in_review", "rule": "in_review"}
    assert bring(publish="true") == {"template": "in_review", "rule": "in_review"}
    for noun, name in (("templates", "autumn/1"), ("rules", "after-three")):
        body = {"name": name, "version": 1}
        assert shop.of_page("POST", f"{noun}/approve", token=bob, json=body).status_code == 200
    assert bring() == {"template": "approved", "rule": "approved"}
    assert bring(publish="true") == {"template": "live", "rule": "live"}
    live = tomllib.loads(shop.of_page("GET", "campaign", token=alice).get_data(as_text=True))
    assert [rule["name"] for rule in live["rules"]] == ["after-a-while", "after-three"]
    before = kinds(shop.world)
    assert bring(publish="true") == {"template": "live", "rule": "live"}
    assert kinds(shop.world) == before, "brought again it changes nothing"
    bring(publish="true", retire_absent="true")
    left = json.loads(shop.of_page("GET", "campaign", token=alice, headers={"Accept": "application/json"}).data)
    assert left == {
        "facts": ["basket_value"],
        "templates": [{"name": "autumn/1", "purpose": "service", "language": "en", "text": TEMPLATE["text"]}],
        "rules": [{**RULE}],
    }


def test_who_did_not_see_the_last_change_changes_nothing(lone_shop: Shop, alice: str) -> None:
    shop = lone_shop
    read = shop.of_page("GET", "campaign", token=alice)
    tag = read.headers["ETag"]
    known = shop.of_page("GET", "campaign", token=alice, headers={"If-None-Match": tag})
    assert (known.status_code, known.get_data()) == (304, b"")
    assert problem(shop.of_page("PUT", "campaign", token=alice, json=FILE)) == (428, "if-match")
    shop.world.apply('[[templates]]\nname = "another"\ntext = "Anything else?"')
    late = shop.of_page("PUT", "campaign", token=alice, json=FILE, headers={"If-Match": tag})
    assert problem(late) == (412, "changed")
    names = {item["name"] for item in (shop.of_page("GET", "templates", token=alice).json or {})["items"]}
    assert names == {"hello-again", "another"}
    writer = add_staff(shop.world, "mia", Role.MARKETER)
    writes_only = shop.key("drafts", scopes=[ApiScope.CAMPAIGNS_WRITE], staff_id=writer)
    refused = shop.of_page("PUT", "campaign", token=writes_only, json=FILE, query_string={"publish": "true"})
    assert problem(refused) == (403, "scope-missing")
