"""Templates and rules come to customers by the hands of two people at least, and every step of it is on record."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from botapp.campaign.kinds import drafts_of
from botapp.campaign.pages import set_page_options
from botapp.campaign.publish import apply_campaign, retire_rule
from botapp.campaign.rules import RULES
from botapp.campaign.stages import Desk, Kind
from botapp.campaign.templates import TEMPLATES
from botapp.compliance import page_agreement
from botapp.policy.approval import Refusal, Stage, Step
from botapp.storage import campaigns
from botapp.storage.stages import StagedVersion, VersionKey
from tests.campaign.files import read, written
from tests.world import PAGE_ID, World

ALICE, BOB, CHARLIE, DORA = 1, 2, 3, 4
NEW_WORDS = "Shall we look together?"
LIVE = {"template": "hello-again", "rule": "after-a-while"}  # of each the first version, in every world
FILE = written(
    {"name": '"hello-again"', "text": f'"{NEW_WORDS}"'},
    {"name": '"after-a-while"', "template": '"hello-again"', "delay": '"3h"'},
)
NOT_YET_BY_THE_FIRST_RULE = timedelta(hours=3, minutes=30)


@dataclass(frozen=True)
class Way:
    """The desk of one kind, with a new version of what is live."""

    world: World
    kind: Kind[Any, Any]

    @property
    def noun(self) -> str:
        return self.kind.versions.noun

    @property
    def desk(self) -> Desk[Any, Any]:
        return Desk(self.kind, self.world.installation.database)

    @property
    def first(self) -> VersionKey:
        return VersionKey(self.world.account.id, LIVE[self.noun], 1)

    def write(self, by: int = ALICE) -> VersionKey:
        [draft] = [draft for kind, draft in drafts_of(read(FILE)) if kind is self.kind]
        return self.desk.write(self.world.account.id, draft, by=by)

    def take(self, step: Step, by: int, key: VersionKey | None = None) -> Refusal | None:
        return self.desk.take(step, key or replace(self.first, version=2), by=by, why="it has to be")

    def staged(self, key: VersionKey) -> StagedVersion:
        with self.world.installation.database.reading() as connection:
            found: StagedVersion = self.kind.versions.load(connection, key)
        return found

    def stage(self, key: VersionKey) -> Stage:
        return self.staged(key).standing.stage

    def live(self) -> dict[str, int]:
        with self.world.installation.database.reading() as connection:
            if self.kind is RULES:
                return {
                    each.name: each.version for each in campaigns.load_live_rules(connection, self.first.account_id)
                }
            templates = campaigns.load_live_templates(connection, self.first.account_id)
        return {name: each.version for name, each in templates.items()}

    def told(self) -> list[dict[str, Any]]:
        """The entries about its versions: their details, and what each is called behind the kind's noun."""
        entries = [e for e in self.world.page_ledger() if e.kind.startswith(f"{self.noun}_")]
        return [json.loads(e.details) | {"what": e.kind.removeprefix(f"{self.noun}_")} for e in entries]

    def changed(self, key: VersionKey, **values: Any) -> None:
        """By somebody who has the database, without the desk."""
        stages = self.kind.versions.stages
        named = (stages.c.name == key.name, stages.c.version == key.version)
        with self.world.installation.database.transaction() as connection:
            connection.execute(update(stages).where(*named).values(values))


@pytest.fixture(params=[TEMPLATES, RULES], ids=["template", "rule"])
def way(world: World, request: pytest.FixtureRequest) -> Way:
    return Way(world, request.param)


def differences(world: World) -> list[tuple[str, str]]:
    """What the page's rows say otherwise than its log."""
    account_id = world.account.id
    with world.installation.database.reading() as connection:
        found = page_agreement.differences(account_id, page_agreement.load(connection, account_id))
        return [(table, what) for table, what, _, _ in found]


def test_a_draft_reaches_customers_only_by_another_persons_approval(way: Way) -> None:
    psid = way.world.falls_silent(ago=NOT_YET_BY_THE_FIRST_RULE if way.kind is RULES else timedelta(hours=5))
    before, key = len(way.told()), way.write(by=ALICE)
    assert way.take(Step.PUBLISH, CHARLIE) is Refusal.WRONG_STAGE
    assert way.take(Step.SUBMIT, BOB) is None
    for own in (ALICE, BOB):
        assert way.take(Step.APPROVE, own) is Refusal.OWN_WORK
    assert way.take(Step.APPROVE, CHARLIE) is None
    assert way.live() == {key.name: 1}
    assert way.take(Step.PUBLISH, ALICE) is None
    assert way.live() == {key.name: 2}
    assert way.stage(way.first) is Stage.RETIRED
    told = way.told()[before:]
    steps = [("written", ALICE), ("submitted", BOB), ("approved", CHARLIE), ("published", ALICE)]
    assert [(each["what"], each["by"]) for each in told] == steps
    assert {(each["version"], each["content_hash"]) for each in told} == {(2, way.staged(key).content_hash)}
    assert told[-1]["approved_by"] == [CHARLIE]
    assert NEW_WORDS not in json.dumps(told), "the words are in the database, of the log only their hash"
    way.world.replan()
    way.world.work()
    [sent] = way.world.proactive(psid)
    assert (sent["text"] == NEW_WORDS) == (way.kind is TEMPLATES)


def test_a_page_may_ask_for_two(way: Way) -> None:
    assert set_page_options(way.world.installation.database, "messenger", PAGE_ID, {"approvals": 2})
    key = way.write()
    assert way.take(Step.SUBMIT, ALICE) is None
    assert way.take(Step.APPROVE, BOB) is None
    assert way.stage(key) is Stage.IN_REVIEW
    assert way.take(Step.APPROVE, BOB) is Refusal.APPROVED_ALREADY
    assert way.take(Step.APPROVE, CHARLIE) is None
    assert way.take(Step.PUBLISH, DORA) is None
    assert way.live() == {key.name: 2}


def test_what_is_paused_is_not_sent_until_a_second_person_resumes_it(way: Way) -> None:
    psid, desk = way.world.falls_silent(), way.desk
    assert desk.take(Step.PAUSE, way.first, by=ALICE) is Refusal.NO_REASON
    assert desk.take(Step.PAUSE, way.first, by=ALICE, why="x" * 301) is Refusal.NO_REASON
    assert way.take(Step.PAUSE, ALICE, way.first) is None
    way.world.replan()
    way.world.work()
    assert way.world.proactive(psid) == []
    assert way.take(Step.RESUME, ALICE, way.first) is Refusal.SECOND_PERSON
    assert way.take(Step.RESUME, BOB, way.first) is None
    way.world.replan()
    way.world.work()
    assert len(way.world.proactive(psid)) == 1


def test_a_draft_that_is_given_up_takes_nothing_from_what_is_live_and_may_be_written_again(way: Way) -> None:
    key = way.write(by=ALICE)
    assert way.take(Step.RETIRE, ALICE) is None
    assert way.live() == {key.name: 1}
    assert way.stage(way.first) is Stage.LIVE
    assert differences(way.world) == []
    assert way.write(by=BOB) == key
    assert (way.stage(key), way.staged(key).standing.written_by) == (Stage.DRAFT, BOB)


def test_the_same_content_is_the_same_version_and_keeps_its_place(way: Way) -> None:
    key = way.write(by=ALICE)
    assert way.take(Step.SUBMIT, ALICE) is None
    assert way.write(by=BOB) == key
    assert way.stage(key) is Stage.IN_REVIEW
    assert way.take(Step.APPROVE, ALICE) is Refusal.OWN_WORK


def test_what_is_put_live_at_the_command_line_is_live_without_approval_and_says_so(way: Way) -> None:
    database, page, key = way.world.installation.database, way.world.account.id, replace(way.first, version=2)
    apply_campaign(database, page, read(FILE), publish=False, by=DORA)
    assert way.stage(key) is Stage.DRAFT
    apply_campaign(database, page, read(FILE), publish=True, by=DORA)
    assert (way.stage(key), way.staged(key).by_command) == (Stage.LIVE, True)
    assert way.stage(way.first) is Stage.RETIRED
    published = way.told()[-1]
    assert (published["what"], published["version"], published["by"]) == ("published", 2, DORA)
    assert "approved_by" not in published
    assert way.take(Step.PAUSE, DORA) is None
    apply_campaign(database, page, read(FILE), publish=True, by=DORA)
    assert way.stage(key) is Stage.LIVE
    if way.kind is RULES:
        assert retire_rule(database, page, key.name)
        assert (way.stage(key), way.live()) == (Stage.RETIRED, {})
    assert differences(way.world) == []


def test_every_step_is_told_again_from_the_log_and_a_stage_that_nobody_told_of_is_named(way: Way) -> None:
    key = way.write()
    there, back = ((Step.SUBMIT, ALICE), (Step.APPROVE, BOB), (Step.PUBLISH, ALICE)), (Step.RETURN, BOB)
    for step, by in (there[0], back, *there, (Step.PAUSE, ALICE), (Step.RESUME, BOB)):
        assert way.take(step, by) is None
        assert differences(way.world) == []
    way.changed(key, approved_by=CHARLIE)
    assert differences(way.world) == [(f"{way.noun}_stage", f"version 2 of {key.name}")]


def test_the_database_itself_refuses_what_nobody_else_has_approved_and_a_second_version_in_service(way: Way) -> None:
    key = way.write(by=ALICE)
    assert way.take(Step.SUBMIT, BOB) is None
    for unseen in (
        {"stage": "live"},
        {"stage": "approved"},
        {"stage": "approved", "approved_by": ALICE},
        {"stage": "approved", "approved_by": BOB},
        {"stage": "approved", "approved_by": CHARLIE, "also_approved_by": CHARLIE},
        {"stage": "approved", "approved_by": CHARLIE, "also_approved_by": ALICE},
        {"stage": "approved", "approved_by": CHARLIE, "also_approved_by": BOB},
        {"stage": "live", "by_command": True},  # while the first is
    ):
        with pytest.raises(IntegrityError):
            way.changed(key, **unseen)
