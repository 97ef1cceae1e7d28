"""In team mode no customer gets what the page sends on its own; they do when two people have let it go live."""

from datetime import timedelta

from botapp.campaign.pages import set_page_options
from botapp.campaign.team_mode import TeamMode
from botapp.compliance import page_agreement
from botapp.policy.approval import Refusal
from tests.world import PAGE_ID, World

ALICE, BOB = 1, 2
_LONG_AGO = timedelta(hours=5)


def test_no_customer_gets_anything_until_two_people_let_the_page_go_live(world: World) -> None:
    database, team = world.installation.database, TeamMode(world.installation.database)
    psid = world.add_customer()
    world.says(psid, ago=_LONG_AGO)
    set_page_options(database, "messenger", PAGE_ID, {"mode": "team"})
    world.work()
    assert [sent["messaging_type"] for sent in world.accepted(psid)] == ["RESPONSE"]
    assert [(r.state, r.reason) for r in world.reengagements()] == [("planned", "team_mode")]
    assert team.ask_live(1, "it works", by=ALICE) is None
    assert team.go_live(1, "it works", by=ALICE) is Refusal.SECOND_PERSON
    assert team.go_live(1, "I saw it work", by=BOB) is None
    world.replan()
    world.work()
    assert [sent["messaging_type"] for sent in world.accepted(psid)] == ["RESPONSE", "UPDATE"]
    with database.reading() as connection:
        assert list(page_agreement.differences(1, page_agreement.load(connection, 1))) == []


def test_back_in_team_mode_nothing_more_is_begun(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, ago=_LONG_AGO)
    assert TeamMode(world.installation.database).back_to_team(1, "a wrong link", by=ALICE) is None
    world.replan()
    world.work()
    assert [sent["messaging_type"] for sent in world.accepted(psid)] == ["RESPONSE"]
