"""Templates come to customers by the hands of two people at least, and every step of it is on record."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from botapp.campaign.file import TemplateDraft
from botapp.campaign.pages import set_page_options
from botapp.campaign.publish import apply_campaign
from botapp.campaign.templates import TemplateDesk
from botapp.compliance import page_agreement
from botapp.policy.rule import LiveTemplate
from botapp.policy.template_stage import Refusal, Stage, Step
from botapp.storage import campaigns, template_stages
from botapp.storage.schema import account, template_stage
from botapp.storage.template_stages import TemplateKey
from tests.campaign.files import QUESTION, read, written
from tests.world import PAGE_ID, World

ALICE, BOB, CHARLIE, DORA = 1, 2, 3, 4
DRAFT = TemplateDraft(LiveTemplate("hello-again", 0, "Shall we look together?", "en"), "service")
_LONG_AGO = timedelta(hours=5)


@pytest.fixture
def desk(world: World) -> TemplateDesk:
    return TemplateDesk(world.installation.database)


def _stage(world: World, key: TemplateKey) -> Stage:
    with world.installation.database.reading() as connection:
        return template_stages.load(connection, key).standing.stage


def _live(world: World) -> dict[str, int]:
    with world.installation.database.reading() as connection:
        return {name: t.version for name, t in campaigns.load_live_templates(connection, world.account.id).items()}


def _told(world: World) -> list[tuple[str, int, int | None]]:
    entries = [(e.kind, json.loads(e.details)) for e in world.page_ledger() if e.kind.startswith("template_")]
    return [(kind.removeprefix("template_"), d["version"], d.get("by")) for kind, d in entries]


def test_a_draft_reaches_customers_only_by_another_persons_approval(world: World, desk: TemplateDesk) -> None:
    psid = world.add_customer()
    world.says(psid, ago=_LONG_AGO)
    before = len(_told(world))
    key = desk.write(world.account.id, DRAFT, by=ALICE)
    assert _live(world) == {"hello-again": 1}
    assert desk.take(Step.PUBLISH, key, by=CHARLIE) is Refusal.WRONG_STAGE
    assert desk.take(Step.SUBMIT, key, by=BOB) is None
    for own in (ALICE, BOB):
        assert desk.take(Step.APPROVE, key, by=own) is Refusal.OWN_WORK
    assert desk.take(Step.APPROVE, key, by=CHARLIE) is None
    assert _live(world) == {"hello-again": 1}
    assert desk.take(Step.PUBLISH, key, by=ALICE) is None
    assert _live(world) == {"hello-again": 2}
    assert _stage(world, replace(key, version=1)) is Stage.RETIRED
    steps = (("written", ALICE), ("submitted", BOB), ("approved", CHARLIE), ("published", ALICE))
    assert _told(world)[before:] == [(what, 2, by) for what, by in steps]
    last = json.loads(world.page_ledger()[-1].details)
    assert last["approved_by"] == [CHARLIE]
    assert "Shall we" not in world.page_ledger()[-1].details
    world.replan()
    world.work()
    assert world.accepted(psid)[-1]["text"] == "Shall we look together?"


def test_a_page_may_ask_for_two(world: World, desk: TemplateDesk) -> None:
    assert set_page_options(world.installation.database, "messenger", PAGE_ID, {"approvals": 2})
    key = desk.write(world.account.id, DRAFT, by=ALICE)
    desk.take(Step.SUBMIT, key, by=ALICE)
    assert desk.take(Step.APPROVE, key, by=BOB) is None
    assert _stage(world, key) is Stage.IN_REVIEW
    assert desk.take(Step.APPROVE, key, by=BOB) is Refusal.APPROVED_ALREADY
    assert desk.take(Step.APPROVE, key, by=CHARLIE) is None
    assert desk.take(Step.PUBLISH, key, by=DORA) is None
    assert _live(world) == {"hello-again": 2}


def test_what_is_paused_is_not_sent_until_a_second_person_resumes_it(world: World, desk: TemplateDesk) -> None:
    psid, key = world.add_customer(), TemplateKey(world.account.id, "hello-again", 1)
    world.says(psid, ago=_LONG_AGO)
    assert desk.take(Step.PAUSE, key, by=ALICE) is Refusal.NO_REASON
    assert desk.take(Step.PAUSE, key, by=ALICE, why="a wrong word") is None
    world.replan()
    world.work()
    assert [sent["messaging_type"] for sent in world.accepted(psid)] == ["RESPONSE"]
    assert desk.take(Step.RESUME, key, by=ALICE, why="it was right") is Refusal.SECOND_PERSON
    assert desk.take(Step.RESUME, key, by=BOB, why="it was right") is None
    world.replan()
    world.work()
    assert [sent["messaging_type"] for sent in world.accepted(psid)] == ["RESPONSE", "UPDATE"]


def test_a_draft_that_is_given_up_takes_nothing_from_what_is_live(world: World, desk: TemplateDesk) -> None:
    key = desk.write(world.account.id, DRAFT, by=ALICE)
    assert desk.take(Step.RETIRE, key, by=ALICE, why="no need") is None
    assert _live(world) == {"hello-again": 1}
    with world.installation.database.reading() as connection:
        assert (
            list(page_agreement.differences(world.account.id, page_agreement.load(connection, world.account.id))) == []
        )
    again = desk.write(world.account.id, DRAFT, by=BOB)
    assert again == key
    assert _stage(world, key) is Stage.DRAFT


def test_the_same_words_are_the_same_version_and_keep_their_place(world: World, desk: TemplateDesk) -> None:
    key = desk.write(world.account.id, DRAFT, by=ALICE)
    desk.take(Step.SUBMIT, key, by=ALICE)
    assert desk.write(world.account.id, DRAFT, by=BOB) == key
    assert _stage(world, key) is Stage.IN_REVIEW
    assert desk.take(Step.APPROVE, key, by=ALICE) is Refusal.OWN_WORK


def test_a_file_that_is_not_published_makes_drafts_and_one_that_is_says_that_nobody_approved(world: World) -> None:
    database, page = world.installation.database, world.account.id
    key = TemplateKey(page, "hello", 1)
    apply_campaign(database, page, read(written(question=QUESTION)), publish=False, by=DORA)
    assert _stage(world, key) is Stage.DRAFT
    apply_campaign(database, page, read(written(question=QUESTION)), publish=True, by=DORA)
    assert _stage(world, key) is Stage.LIVE
    published = [json.loads(e.details) for e in world.page_ledger() if e.kind == "template_published"][-1]
    assert published["by"] == DORA
    assert "approved_by" not in published
    assert TemplateDesk(database).take(Step.PAUSE, key, by=DORA, why="a wrong word") is None
    apply_campaign(database, page, read(written(question=QUESTION)), publish=True, by=DORA)
    assert _stage(world, key) is Stage.LIVE


@pytest.mark.parametrize(
    "values",
    [
        {"stage": "live"},
        {"stage": "approved"},
        {"stage": "approved", "approved_by": ALICE},
        {"stage": "approved", "approved_by": BOB},
        {"stage": "approved", "approved_by": CHARLIE, "also_approved_by": CHARLIE},
        {"stage": "approved", "approved_by": CHARLIE, "also_approved_by": ALICE},
        {"stage": "approved", "approved_by": CHARLIE, "also_approved_by": BOB},
    ],
)
def test_the_database_itself_refuses_what_nobody_else_has_approved(
    world: World, desk: TemplateDesk, values: dict[str, object]
) -> None:
    key = desk.write(world.account.id, DRAFT, by=ALICE)
    desk.take(Step.SUBMIT, key, by=BOB)
    with pytest.raises(IntegrityError), world.installation.database.transaction() as connection:
        connection.execute(update(template_stage).where(template_stage.c.version == key.version).values(values))


def test_the_database_itself_keeps_one_version_in_service(world: World, desk: TemplateDesk) -> None:
    key = desk.write(world.account.id, DRAFT, by=ALICE)
    put_live = update(template_stage).where(template_stage.c.version == key.version)
    with pytest.raises(IntegrityError), world.installation.database.transaction() as connection:
        connection.execute(put_live.values(stage="live", by_command=True))


def test_a_page_has_one_approval_unless_it_asks_for_more(world: World) -> None:
    assert [row.approvals for row in world.rows(account)] == [1]
