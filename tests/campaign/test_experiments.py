"""Experiments on the real write path: variants drawn at the claim, outcomes counted, bad rules pausing themselves."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from sqlalchemy import text

from botapp.audit.verify import drawn
from botapp.campaign.guards import NotResumed, resume_rule
from botapp.campaign.publish import apply_campaign
from botapp.campaign.results import results_of
from botapp.campaign.rule_file import as_json, as_toml
from botapp.compliance.agreement import AgreementCheck, Difference
from botapp.compliance.explain import Explainer
from botapp.policy.experiments.outcome import Measure
from botapp.storage.schema import observed_send
from tests.campaign.files import as_template, faults, read
from tests.campaign.histories import Tried, page_entries, send_and_wait, take_outcomes
from tests.world import World

_SCHEMA = Path(__file__).parents[2] / "docs" / "campaign-rules.schema.json"
_ANNA, _BERT = 11, 12  # staff
_TWO_TEMPLATES = as_template({"name": '"hello-again"', "text": '"Hello again"'}) + as_template(
    {"name": '"short"', "text": '"Anything else?"'}
)
_VARIANTS = """
[[rules.variants]]
name = "a"
template = "hello-again"
weight = 3

[[rules.variants]]
template = "short"
"""
_RULE = '[[rules]]\nname = "after-a-while"\ndelay = "4h"\n'


def _tried(method: str = "split") -> str:
    return f'{_TWO_TEMPLATES}{_RULE}method = "{method}"\n{_VARIANTS}'


def _states(world: World) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in world.reengagements()]


def _differences(world: World) -> list[Difference]:
    """Where the tables are not as the log tells."""
    return AgreementCheck(world.installation.database, world.installation.house).run().first


@pytest.mark.parametrize("method", ["split", "thompson"])
def test_a_claim_names_its_variant_and_the_draw_can_be_made_again(world: World, method: str) -> None:
    world.apply(_tried(method))
    for number in range(4):
        world.falls_silent(f"Customer {number}")
    world.work()
    sent = world.reengagements()
    assert {row.state for row in sent} == {"sent"}
    assert {(row.variant, row.template_name) for row in sent} <= {("a", "hello-again"), ("short", "short")}
    claims = [json.loads(entry.details) for entry in world.ledger() if entry.kind == "claimed"]
    assert [claim["variant"] for claim in claims] == [row.variant for row in sorted(sent, key=lambda r: r.contact_id)]
    for claim in claims:
        draw = claim["draw"]
        experiment = f"{world.account.id}/after-a-while"
        assert drawn(method, experiment, draw["person"], draw["arms"]) == claim["variant"]
        assert claim["template_version"] >= 1
    assert _differences(world) == []
    with world.installation.database.transaction() as connection:
        connection.execute(text("UPDATE reengagement SET variant = 'another'"))
    assert {difference.what.split()[0] for difference in _differences(world)} == {"variant"}


def test_thompson_sampling_sees_what_came_of_each_variant(world: World) -> None:
    world.apply(_tried("thompson"))
    send_and_wait(world, 60, Tried(1, "a"), answered=10, first=500)  # an older version's
    send_and_wait(world, 60, Tried(2, "a"), answered=20)
    take_outcomes(world)
    world.falls_silent()
    world.work()
    [claim] = [json.loads(entry.details) for entry in world.ledger() if entry.kind == "claimed" and entry.private]
    assert claim["draw"]["arms"] == [["a", 3, 20, 40], ["short", 1, 0, 0]]


def test_those_who_are_held_out_are_watched_from_when_it_would_have_been_sent(world: World) -> None:
    world.apply(f'{_TWO_TEMPLATES}{_RULE}template = "short"\nhold_out = 50\n')
    for number in range(16):
        world.falls_silent(f"Customer {number}")
    world.work()
    while world.installation.sealer().seal():
        pass
    take_outcomes(world)
    watched = {row.contact_id: row.is_held_out for row in world.rows(observed_send)}
    assert watched == {row.contact_id: row.state == "skipped" for row in world.reengagements()}
    assert set(watched.values()) == {True, False}


def test_a_rule_that_hardly_anybody_answers_pauses_itself(world: World) -> None:
    world.falls_silent()
    send_and_wait(world, 130, answered=2)
    take_outcomes(world)
    [(_, reason, details)] = page_entries(world, "rule_paused")
    assert (reason, details["name"], details["sends"], details["responses"]) == ("response", "after-a-while", 130, 2)
    assert details["evidence"] >= 40
    world.replan()
    world.work()
    assert _states(world) == [("skipped", "guard")]
    [row] = world.reengagements()
    explainer = Explainer(world.installation.database, world.installation.house)
    told = explainer.of_reengagement((row.account_id, row.contact_id), row.interaction_at)
    assert told.verdict == "It was not sent, because a guard had paused the rule."
    assert "Had no guard paused the rule, it would have been sent" in "".join(told.otherwise)
    assert [line.says for line in told.story if line.is_of_page] == ["a guard paused a rule"]


def test_a_rule_that_does_harm_pauses_itself_however_well_it_is_answered(world: World) -> None:
    send_and_wait(world, 120, answered=60, stopped=14)
    take_outcomes(world)
    [(_, reason, details)] = page_entries(world, "rule_paused")
    assert (reason, details["harms"]) == ("harm", 14)


def test_a_good_rule_goes_on(world: World) -> None:
    world.falls_silent()
    send_and_wait(world, 130, answered=20, stopped=1)
    take_outcomes(world)
    assert page_entries(world, "rule_paused") == []
    world.work()
    assert _states(world) == [("sent", None)]


def test_what_was_planned_before_the_pause_is_not_claimed_after_it(world: World) -> None:
    alice = world.falls_silent()
    assert _states(world) == [("planned", None)]
    send_and_wait(world, 130)
    take_outcomes(world)
    assert world.claim(alice) is None
    assert _states(world) == [("skipped", "guard")]


def test_it_takes_a_second_person_and_a_reason_to_resume(world: World) -> None:
    database, page = world.installation.database, world.account.id
    content = read(_TWO_TEMPLATES + _RULE + 'template = "short"\n')
    apply_campaign(database, page, content, publish=True, by=_ANNA)
    send_and_wait(world, 130, Tried(version=2))
    assert resume_rule(database, page, "after-a-while", "not paused", by=_BERT) is NotResumed.NOT_PAUSED
    take_outcomes(world)
    assert resume_rule(database, page, "after-a-while", " ", by=_BERT) is NotResumed.NO_REASON
    assert resume_rule(database, page, "after-a-while", "I know better", by=_ANNA) is NotResumed.SAME_PERSON
    assert resume_rule(database, page, "after-a-while", "on the host", by=0) is NotResumed.NOBODY
    assert resume_rule(database, page, "another", "why not", by=_BERT) is NotResumed.NOT_PAUSED
    assert resume_rule(database, page, "after-a-while", "the shop was closed", by=_BERT) is None
    assert [difference for difference in _differences(world) if difference.table == "rule_guard"] == []
    with database.transaction() as connection:
        connection.execute(text("UPDATE rule_guard SET state = 'paused', resumed_at = NULL"))
    [found] = [difference for difference in _differences(world) if difference.table == "rule_guard"]
    assert found.what == "what a guard has paused of after-a-while"
    [(_, reason, details)] = page_entries(world, "rule_resumed")
    assert (reason, details["by"]) == ("the shop was closed", _BERT)


def test_a_resumed_rule_sends_again_and_is_judged_by_what_comes_after(world: World) -> None:
    world.falls_silent()
    send_and_wait(world, 130)
    take_outcomes(world)
    world.replan()
    assert resume_rule(world.installation.database, world.account.id, "after-a-while", "a holiday", by=_BERT) is None
    world.replan()
    world.work()
    assert _states(world) == [("sent", None)]
    take_outcomes(world)
    assert len(page_entries(world, "rule_paused")) == 1
    send_and_wait(world, 130, first=1000)
    take_outcomes(world)
    assert len(page_entries(world, "rule_paused")) == 2


def test_a_variant_is_paused_by_itself_and_its_people_get_the_other(world: World) -> None:
    world.apply(_tried())
    send_and_wait(world, 200, Tried(2, "short"))
    send_and_wait(world, 200, Tried(2, "a"), answered=40, first=1000)
    take_outcomes(world)
    [(_, _, details)] = page_entries(world, "rule_paused")
    assert details["variant"] == "short"
    for number in range(6):
        world.falls_silent(f"Customer {number}")
    world.work()
    assert {row.variant for row in world.reengagements()} == {"a"}


def test_the_counts_are_as_the_log_tells_and_a_changed_one_is_named(world: World) -> None:
    send_and_wait(world, 40, answered=5, stopped=1)
    world.falls_silent()
    world.work()
    while world.installation.sealer().seal():
        pass
    take_outcomes(world)
    keeper = world.installation.outcome_keeper()
    rebuilt = keeper.rebuild()
    assert list(rebuilt.differences()) == []
    [result] = results_of(world.installation.guards(), world.account.id)
    assert (result.counts[Measure.SENT], result.counts[Measure.MATURED], result.counts[Measure.RESPONDED]) == (
        41,
        40,
        5,
    )
    with world.installation.database.transaction() as connection:
        connection.execute(text("UPDATE outcome_count SET sends = sends + 1 WHERE measure = 'responded'"))
    [difference] = keeper.rebuild().differences()
    assert "rule after-a-while, version 1, responded: 6 are counted, the log tells 5" in difference


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (f'{_RULE}template = "short"\n{_VARIANTS}', "give either a template or variants"),
        (f'{_RULE}[[rules.variants]]\ntemplate = "short"\n', "has 1; an experiment has 2 to 10"),
        (f'{_RULE}method = "guess"\n{_VARIANTS}', "choose one of split, thompson"),
        (_RULE + 2 * '[[rules.variants]]\ntemplate = "short"\n', "two have the same name"),
        (f"{_RULE}{_VARIANTS}weight = 0\n", "write a whole number from 1 to 1000"),
        (f'{_RULE}{_VARIANTS}[[rules.variants]]\ntemplate = "none"\n', "there is no template 'none'"),
    ],
)
def test_a_file_with_wrong_variants_is_refused_with_its_key(rule: str, fault: str) -> None:
    [found] = faults(_TWO_TEMPLATES + rule)
    assert fault in found
    assert found.startswith("rules['after-a-while'].")


def test_a_rule_with_variants_is_written_as_it_was_read() -> None:
    [rule] = read(_tried("thompson")).rules
    text = as_toml([(rule.rule, rule.template_name)])
    assert read(_TWO_TEMPLATES + text).rules == (rule,)
    jsonschema_rs.validate(json.loads(_SCHEMA.read_text()), json.loads(as_json([(rule.rule, None)])))
