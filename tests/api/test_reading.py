"""What can be read by the API, lists that go in and out, and the kill switch."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from werkzeug.test import TestResponse

from botapp.policy.access import Role
from botapp.policy.api_scope import ApiScope
from botapp.storage.schema import ledger_entry, suppression
from tests.api.conftest import Shop, add_staff, problem
from tests.console.campaigns import fortnight
from tests.world import PAGE_ID, World

HOUR = timedelta(hours=1)
CSV = {"Content-Type": "text/csv"}


def read(answer: TestResponse) -> Any:
    """What was answered."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def test_pages_are_those_of_the_key(lone_shop: Shop) -> None:
    other = lone_shop.world.add_page("2000")
    assert [page["id"] for page in read(lone_shop.ask("GET", "pages"))["items"]] == [PAGE_ID, "2000"]
    own = lone_shop.key("own", account_id=other.id)
    [page] = read(lone_shop.ask("GET", "pages", token=own))["items"]
    assert (page["id"], page["mode"], page["is_stopped"]) == ("2000", "live", False)
    assert not [name for name in page if "token" in name]
    assert problem(lone_shop.of_page("GET", "outcomes", token=own)) == (404, "not-found")


def test_a_contacts_standing_is_what_the_log_tells(lone_shop: Shop) -> None:
    shop, world = lone_shop, lone_shop.world
    alice = world.falls_silent(ago=2 * HOUR)
    world.says(alice, "STOP", ago=HOUR)
    found = read(shop.of_page("GET", f"contacts/{alice}"))
    assert [no["scope"] for no in found["noes"]] == ["stop"]
    assert found["consent"]["state"] == "withdrawn"
    assert (found["window"]["is_open"], found["sent_in_period"], found["contact"]) == (True, 0, alice)
    assert problem(shop.of_page("GET", "contacts/4711")) == (404, "not-found")


def test_reengagements_are_listed_with_each_decision_and_without_words(world: World, shop: Shop) -> None:
    alice, bob, _ = (world.falls_silent(name) for name in ("Alice Ng", "Bob Ng", "Carol Ng"))
    world.says(bob, "STOP", ago=4 * HOUR)
    world.work()
    first = read(shop.of_page("GET", "reengagements", query_string={"limit": 2}))
    rest = read(shop.of_page("GET", "reengagements", query_string={"limit": 2, "cursor": first["next"]}))
    items = [*first["items"], *rest["items"]]
    assert (len(items), rest["next"], len({item["id"] for item in items})) == (3, None, 3)
    [sent] = read(shop.of_page("GET", "reengagements", query_string={"contact": alice}))["items"]
    assert (sent["state"], sent["rule"], sent["template"]) == ("sent", "after-a-while", "hello-again")
    one = read(shop.of_page("GET", f"reengagements/{sent['id']}"))
    assert [decision["kind"] for decision in one["decisions"]] == ["planned", "claimed", "sent"]
    assert "Alice" not in json.dumps(one)
    other = shop.of_page("GET", "reengagements", query_string={"contact": alice, "cursor": first["next"]})
    assert problem(other) == (400, "cursor")
    for unknown in ("1-1", "x", "9" * 19 + "-1"):
        assert problem(shop.of_page("GET", f"reengagements/{unknown}")) == (404, "not-found")


def test_what_rules_do_is_read_as_the_command_tells_it(lone_shop: Shop) -> None:
    lone_shop.world.falls_silent()
    lone_shop.world.work()
    lone_shop.world.installation.sealer().seal()
    lone_shop.world.installation.outcome_keeper().advance()
    [found] = read(lone_shop.of_page("GET", "outcomes"))["items"]
    assert (found["rule"], found["counts"]["sent"]) == ("after-a-while", 1)


def test_the_numbers_of_the_overview_are_read_by_rule_and_add_up(lone_shop: Shop) -> None:
    fortnight.write(lone_shop.world, fortnight.Weeks(days=9, a_day=12))
    found = read(lone_shop.of_page("GET", "analytics", query_string={"days": 14}))
    opened, *_, sent = found["funnel"]
    assert (opened["stage"], opened["conversations"], sent["stage"]) == ("opened", 9 * 12, "messaged")
    for before, after in pairwise(found["funnel"]):
        lost = sum(each["conversations"] for each in after["lost"]) + after["undecided"]
        assert before["conversations"] - after["conversations"] == lost > 0
    counts = found["total"]["counts"]
    for split in ("by_day", "by_hour", "by_version", "by_variant", "by_language", "by_intent"):
        assert sum(each["counts"]["sent"] for each in found[split]) == counts["sent"] > 0, split
    assert found["outcomes"]["responded"] == found["total"]["response"]
    assert (len(found["by_day"]), len(found["plans"]["hours"]), found["zone"]) == (14, 24, lone_shop.world.account.zone)
    earlier = read(lone_shop.of_page("GET", "analytics", query_string={"days": 7, "until": found["by_day"][-4]["day"]}))
    assert earlier["by_day"] == found["by_day"][4:11]
    cart = read(lone_shop.of_page("GET", "analytics", query_string={"rule": "cart"}))
    assert {each["rule"] for each in cart["by_version"]} == {"cart"}
    assert 0 < cart["total"]["counts"]["sent"] < counts["sent"]
    assert cart["funnel"][0] == opened
    unread = lone_shop.key("facts only", scopes=[ApiScope.FACTS_WRITE])
    assert problem(lone_shop.of_page("GET", "analytics", token=unread)) == (403, "scope-missing")


def test_a_list_goes_in_and_comes_out_and_each_line_is_told(lone_shop: Shop) -> None:
    shop, world = lone_shop, lone_shop.world
    alice = world.falls_silent()
    content = f"contact\n{alice}\n4711\na b\n".encode()
    tried = shop.of_page("POST", "suppressions", data=content, headers=CSV, query_string={"dry_run": "true"})
    assert not world.rows(suppression)
    taken, again = (shop.of_page("POST", "suppressions", data=content, headers=CSV) for _ in range(2))
    *lines, summary = [json.loads(line) for line in taken.get_data(as_text=True).splitlines()]
    assert [line["status"] for line in lines] == ["stored", "kept_for_later", "does_not_fit"]
    assert lines[2]["line"] == 4
    assert summary == {"lines": 3, "dry_run": False, "counts": {"does_not_fit": 1, "kept_for_later": 1, "stored": 1}}
    assert tried.get_data(as_text=True).splitlines()[:3] == taken.get_data(as_text=True).splitlines()[:3]
    assert '"stored"' not in again.get_data(as_text=True)
    listed = shop.of_page("GET", "suppressions")
    assert listed.get_data(as_text=True).splitlines()[1].startswith(f"{alice},stop,,")
    world.work()
    assert world.proactive(alice) == []
    exports = [e for e in world.rows(ledger_entry) if e.kind.startswith("export")]
    assert [json.loads(e.details)["by"] for e in exports] == [-1, -1], "by the key, on record"


@pytest.mark.parametrize(
    ("content", "media_type", "expected"),
    [
        (b"person\n4711\n", "text/csv", (422, "does-not-fit")),
        (b"", "text/csv", (422, "does-not-fit")),
        (b'{"contact": "4711"}', "application/json", (415, "not-csv")),
        (b"contact\n" + b"4711\n" * 630_000, "text/csv", (413, "content-too-large")),
    ],
)
def test_lists_that_are_none(lone_shop: Shop, content: bytes, media_type: str, expected: tuple[int, str]) -> None:
    answer = lone_shop.of_page("POST", "suppressions", data=content, headers={"Content-Type": media_type})
    status, name = problem(answer)
    assert (status, name.replace("request-entity", "content")) == expected


def test_a_program_stops_sending_and_cannot_resume_it(lone_shop: Shop) -> None:
    shop, world = lone_shop, lone_shop.world
    alice = world.falls_silent()
    assert read(shop.ask("POST", "stop", json={"page": PAGE_ID, "why": "a wrong price"})) == {"was_stopped": False}
    assert read(shop.ask("POST", "stop", json={"page": PAGE_ID, "why": "again"})) == {"was_stopped": True}
    world.work()
    assert world.proactive(alice) == []
    stop = next(e for e in world.page_ledger() if e.kind == "proactive_stopped")
    assert (stop.reason, json.loads(stop.details)["by"]) == ("a wrong price", -1)
    own = shop.key("own", account_id=world.account.id, scopes=[ApiScope.SENDING_STOP])
    assert problem(shop.ask("POST", "stop", token=own, json={"why": "all"})) == (403, "not-for-everything")
    world.add_page("2000")
    assert problem(shop.ask("POST", "stop", token=own, json={"page": "2000", "why": "x"})) == (404, "not-found")
    assert problem(shop.ask("POST", "stop", json={"page": PAGE_ID, "why": " "})) == (422, "does-not-fit")


def test_every_answer_to_a_key_says_how_much_of_its_rate_is_left(still_shop: Shop) -> None:
    first, second = (still_shop.ask("GET", "pages") for _ in range(2))
    policy = first.headers["RateLimit-Policy"]
    assert policy == second.headers["RateLimit-Policy"]
    left = [int(answer.headers["RateLimit"].partition("r=")[2].partition(";")[0]) for answer in (first, second)]
    assert left[1] == left[0] - 1
    assert "RateLimit" not in still_shop.ask("GET", "pages", token="nobody").headers
    late = [still_shop.ask("GET", "pages") for _ in range(50)][-1]
    assert problem(late) == (429, "too-many-requests")
    assert late.headers["RateLimit"].startswith('"key";r=0;t=')


def test_parameters_that_do_not_fit_are_named(lone_shop: Shop) -> None:
    answer = lone_shop.of_page("GET", "reengagements", query_string={"limit": "0", "colour": "red"})
    assert problem(answer) == (422, "does-not-fit")
    assert sorted(fault["pointer"] for fault in (answer.json or {})["errors"]) == ["?colour", "?limit"]


def test_a_rule_is_tried_before_it_goes_live(lone_shop: Shop) -> None:
    world = lone_shop.world
    mia = lone_shop.key("mia", staff_id=add_staff(world, "mia", Role.MARKETER))
    shop = replace(lone_shop, token=mia)
    world.falls_silent()
    rule = {"name": "sooner", "template": "hello-again", "delay": "1h"}
    asked = read(shop.of_page("POST", "rehearsals", json={"campaign": {"rules": [rule]}}))
    assert (asked["kind"], asked["state"]) == ("forecast", "waiting")
    rounds = world.installation.rehearsal_rounds()
    rounds.look()
    rounds.wait(20)
    done = read(shop.of_page("GET", f"rehearsals/{asked['id']}"))
    assert (done["state"], done["contacts"], bool(done["result"])) == ("done", 1, True)
    backtest = read(shop.of_page("POST", "rehearsals", json={"days": 7}))
    cancelled = read(shop.of_page("POST", f"rehearsals/{backtest['id']}/cancel"))
    assert (cancelled["kind"], cancelled["state"]) == ("backtest", "cancelled")
    assert [each["state"] for each in read(shop.of_page("GET", "rehearsals"))["items"]] == ["cancelled", "done"]
    wrong = shop.of_page("POST", "rehearsals", json={"campaign": {"rules": [rule | {"delay": "40h"}]}})
    assert problem(wrong) == (422, "campaign")
    assert problem(shop.of_page("GET", "rehearsals/4711")) == (404, "not-found")
