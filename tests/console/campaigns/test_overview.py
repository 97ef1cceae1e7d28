"""The overview's pages over HTTP: who sees what, what they say, what may be taken along, and how they stay fresh."""

import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import insert

from botapp.console.campaigns.live import Pace
from botapp.policy.access import Role
from botapp.storage.schema import rule_version
from tests.console.campaigns import fortnight
from tests.console.office import Browser, Office
from tests.world import StillClock


@pytest.fixture
def shop(office: Office) -> Office:
    """Nearly three weeks of a shop."""
    fortnight.write(office.world, fortnight.Weeks(days=20, a_day=20))
    return office


def _as(office: Office, role: Role, page: int = 0, name: str = "") -> Browser:
    browser = office.browser()
    browser.log_in(office.hire(name or role.value, role, page=page, second_factor=role is not Role.MARKETER))
    return browser


def test_those_who_may_read_campaigns_see_their_own_pages_and_nobody_elses(shop: Office) -> None:
    own, other = shop.world.account, shop.world.add_page("1001")
    for role in (Role.MARKETER, Role.APPROVER, Role.ADMIN, Role.AUDITOR):
        assert _as(shop, role).get(f"/campaigns/pages/{own.id}").status_code == 200, role
    assert _as(shop, Role.OPERATOR).get("/campaigns/").status_code == 403
    local = _as(shop, Role.MARKETER, page=own.id, name="local")
    overview = local.get("/campaigns/").text
    assert own.name in overview
    assert other.name not in overview
    for address in ("", "/changes", "/why", "/figures.csv", "/why/50001"):
        assert local.get(f"/campaigns/pages/{other.id}{address}").status_code == 404, address
    assert f"{other.id}-sent" not in local.get("/campaigns/live").text


def test_what_is_lost_at_each_step_of_the_funnel_adds_up(shop: Office) -> None:
    answer = _as(shop, Role.MARKETER).get(f"/campaigns/pages/{shop.world.account.id}/figures.json?days=28")
    told = json.loads(answer.data)
    counts, lost = told["total"]["counts"], told["lost"]
    for stage, following in (("opened", "eligible"), ("eligible", "planned"), ("planned", "messaged")):
        windows = sum(each["windows"] for each in lost if each["stage"] == stage)
        assert counts[stage] - counts[following] == windows > 0
    assert counts["opened"] == 20 * 20
    assert counts["matured"] > counts["responded"] > 0
    for split in ("by_hour", "by_language", "by_intent", "by_variant"):
        assert sum(each["counts"]["sent"] for each in told[split].values()) == counts["sent"], split
    assert sum(each["counts"]["sent"] for each in told["rules"]) == counts["sent"]
    assert sum(each["counts"]["sent"] for each in told["days"].values()) == counts["sent"]


def test_messages_are_split_by_what_their_rules_are_about(shop: Office) -> None:
    definition = {"definition": '{"topic":"baskets"}', "content_hash": "h", "created_at": shop.clock.now()}
    with shop.world.installation.database.transaction() as connection:
        cart = {"account_id": shop.world.account.id, "name": "cart", "version": 1}
        connection.execute(insert(rule_version).values(**cart, **definition))
    marketer, page = _as(shop, Role.MARKETER), f"/campaigns/pages/{shop.world.account.id}"
    told = json.loads(marketer.get(f"{page}/figures.json").data)
    by_rule = {each["rule"]: each["counts"]["sent"] for each in told["rules"]}
    sent = {topic: each["counts"]["sent"] for topic, each in told["by_topic"].items()}
    assert sent == {"baskets": by_rule["cart"], "": by_rule["after-a-while"]}
    assert "By what the rules are about" in marketer.get(page).text


def test_one_rule_is_shown_by_itself(shop: Office) -> None:
    marketer, page = _as(shop, Role.MARKETER), f"/campaigns/pages/{shop.world.account.id}"
    everything, cart = (json.loads(marketer.get(f"{page}/figures.json{q}").data) for q in ("", "?rule=cart"))
    assert {each["rule"] for each in cart["rules"]} == {"cart"}
    assert 0 < cart["total"]["counts"]["sent"] < everything["total"]["counts"]["sent"]
    assert cart["total"]["counts"]["opened"] == everything["total"]["counts"]["opened"]
    lost = [[each for each in told["lost"] if each["stage"] != "planned"] for told in (everything, cart)]
    assert lost[0] == lost[1] != []
    shown = marketer.get(f"{page}?rule=cart").text
    assert "The first two steps are those of the whole page" in shown
    assert marketer.get(f"{page}?rule=%3Cscript%3E&days=nonsense").status_code == 200


def test_a_spreadsheet_runs_nothing_of_a_download(office: Office) -> None:
    fortnight.write(office.world, fortnight.Weeks(days=2, a_day=12, rule="=cmd()"))
    answer = _as(office, Role.MARKETER).get(f"/campaigns/pages/{office.world.account.id}/figures.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    names = {row["name"] for row in rows if row["part"] == "rule"}
    assert "'=cmd()" in names
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_why_somebody_got_nothing_is_told_in_words_and_without_what_they_wrote(office: Office) -> None:
    psid = office.world.falls_silent("Ana Souza", ago=timedelta(hours=6))
    office.world.says(psid, "STOP")
    fortnight.count(office.world)
    marketer, page = _as(office, Role.MARKETER), f"/campaigns/pages/{office.world.account.id}"
    marketer.get(f"{page}/why")
    found = marketer.post(f"{page}/why", person=psid)
    shown = marketer.get(found.location.removeprefix("/console")).text
    assert "It was not sent, because" in shown
    for private in (psid, "Souza", "m_1", "STOP"):
        assert private not in shown.replace("The customer said STOP.", ""), private
    assert "under Compliance" not in shown
    admin = _as(office, Role.ADMIN)
    assert "under Compliance" in admin.get(found.location.removeprefix("/console")).text
    marketer.get(f"{page}/why")
    assert marketer.post(f"{page}/why", person="nobody").location.endswith("/why")
    assert "Nobody is known" in marketer.get(f"{page}/why").text
    for nobody in ("/why/1", "/why/0", "/why/99999999999999999999"):
        assert marketer.get(f"{page}{nobody}").status_code == 404


def test_what_changed_between_two_weeks_names_what_staff_did(shop: Office) -> None:
    shop.clock.turn(timedelta(days=1))  # of today nothing is compared before it is over
    marketer, page = _as(shop, Role.MARKETER), f"/campaigns/pages/{shop.world.account.id}"
    shown = marketer.get(f"{page}/changes").text
    assert "Rule published" in shown
    assert "points" in shown
    assert "Nobody changed anything" in marketer.get(f"{page}/changes?back=2").text


def test_figures_follow_what_happens_and_cost_nothing_while_nothing_does(shop: Office) -> None:
    marketer, own = _as(shop, Role.MARKETER), shop.world.account.id
    first = _event(marketer.get("/campaigns/live").text)
    assert first["retry"] == "400"
    unchanged = _event(marketer.get("/campaigns/live", headers={"Last-Event-ID": first["id"]}).text)
    assert unchanged == {"retry": "400"}
    shop.world.falls_silent("Alice Ng", ago=timedelta(0))
    fortnight.count(shop.world)
    after = _event(marketer.get("/campaigns/live", headers={"Last-Event-ID": first["id"]}).text)
    before, now = json.loads(first["data"]), json.loads(after["data"])
    assert now[f"{own}-opened"] == before[f"{own}-opened"] + 1
    assert after["id"] != first["id"]


def test_many_who_look_are_asked_to_come_back_later(shop: Office) -> None:
    marketer = _as(shop, Role.MARKETER)
    assert any(_event(marketer.get("/campaigns/live").text) == {"retry": "5000"} for _ in range(200))


def test_looks_are_granted_anew_each_second() -> None:
    clock = StillClock()
    pace = Pace(clock, most=3)
    assert [pace.grants() for _ in range(5)] == [True, True, True, False, False]
    clock.seconds += 1
    assert pace.grants()


def _event(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.strip().splitlines())
