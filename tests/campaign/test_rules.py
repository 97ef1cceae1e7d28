"""Rules come to customers by the hands of two people at least; the command line needs one, and says so."""

import json

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from botapp.campaign.publish import retire_rule
from botapp.campaign.rules import RuleDesk
from botapp.compliance import page_agreement
from botapp.policy.template_stage import Refusal, Stage, Step
from botapp.storage import rule_stages
from botapp.storage.rule_stages import RuleKey
from botapp.storage.schema import rule_stage
from tests.campaign.files import RULE, read, written
from tests.world import CAMPAIGN, World

ALICE, BOB, CHARLIE = 1, 2, 3


def _stage(world: World, key: RuleKey) -> Stage:
    with world.installation.database.reading() as connection:
        return rule_stages.load(connection, key).standing.stage


def _draft(world: World, **changes: str) -> RuleKey:
    [draft] = read(written(rule={**RULE, **changes})).rules
    return RuleDesk(world.installation.database).write(world.account.id, draft, by=ALICE)


def test_what_is_put_live_at_the_command_line_is_live_without_approval_and_says_so(world: World) -> None:
    key = RuleKey(world.account.id, "after-a-while", 1)
    assert _stage(world, key) is Stage.LIVE
    world.apply(CAMPAIGN.replace("4h", "6h"))
    assert _stage(world, key) is Stage.RETIRED
    newer = RuleKey(world.account.id, "after-a-while", 2)
    with world.installation.database.reading() as connection:
        assert rule_stages.load(connection, newer).by_command
    told = [json.loads(e.details) for e in world.page_ledger() if e.kind == "rule_published"]
    assert [("approved_by" in each, each["version"]) for each in told] == [(False, 1), (False, 2)]
    assert retire_rule(world.installation.database, world.account.id, "after-a-while")
    assert _stage(world, newer) is Stage.RETIRED


def test_a_draft_that_is_given_up_takes_nothing_from_what_is_live(world: World) -> None:
    desk, key = RuleDesk(world.installation.database), _draft(world, name='"after-a-while"', delay='"7h"')
    assert desk.take(Step.RETIRE, key, by=BOB, why="not needed") is None
    assert _stage(world, RuleKey(key.account_id, key.name, 1)) is Stage.LIVE
    assert _differences(world) == []


def test_every_step_is_told_again_from_the_log_and_a_stage_that_nobody_told_of_is_named(world: World) -> None:
    desk, key = RuleDesk(world.installation.database), _draft(world)
    steps = ((Step.SUBMIT, ALICE), (Step.RETURN, BOB), (Step.SUBMIT, ALICE), (Step.APPROVE, BOB), (Step.PUBLISH, ALICE))
    for step, by in (*steps, (Step.PAUSE, ALICE), (Step.RESUME, BOB)):
        assert desk.take(step, key, by=by, why="it has to be") is None
        assert _differences(world) == []
    with world.installation.database.transaction() as connection:
        connection.execute(update(rule_stage).where(rule_stage.c.name == key.name).values(approved_by=CHARLIE))
    assert _differences(world) == [("rule_stage", "version 1 of a-rule")]


def _differences(world: World) -> list[tuple[str, str]]:
    account_id = world.account.id
    with world.installation.database.reading() as connection:
        found = page_agreement.differences(account_id, page_agreement.load(connection, account_id))
        return [(table, what) for table, what, _, _ in found]


def test_the_same_content_is_the_same_version_and_a_retired_one_is_a_draft_again(world: World) -> None:
    desk, key = RuleDesk(world.installation.database), _draft(world)
    assert _draft(world) == key
    desk.take(Step.RETIRE, key, by=BOB, why="not needed")
    assert _draft(world) == key
    assert _stage(world, key) is Stage.DRAFT


def test_the_database_itself_refuses_what_nobody_else_has_seen(world: World) -> None:
    key = _draft(world)
    for values in ({"stage": "live"}, {"stage": "live", "approved_by": ALICE}):
        with pytest.raises(IntegrityError), world.installation.database.transaction() as connection:
            connection.execute(update(rule_stage).where(rule_stage.c.name == key.name).values(values))
    assert RuleDesk(world.installation.database).take(Step.APPROVE, key, by=BOB) is Refusal.WRONG_STAGE
