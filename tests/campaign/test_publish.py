"""Versions are stored once and for ever, made live by publishing, and read when a message is claimed."""

import json
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Executable, Table, delete, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from botapp.campaign.publish import Applied, apply_campaign, retire_rule
from botapp.storage import campaigns
from botapp.storage.schema import question_version, rule_version, template_version
from tests.campaign.files import LIMITS, QUESTION, RULE, TEMPLATE, as_rule, as_template, read, written
from tests.world import World


def _apply(world: World, text: str, *, publish: bool = True) -> list[Applied]:
    return apply_campaign(world.installation.database, world.account.id, read(text), publish=publish)


def _saying(text: str) -> str:
    return written(TEMPLATE | {"text": f'"{text}"'})


def _published(world: World) -> list[tuple[str, dict[str, Any]]]:
    """What the page's own ledger says of publications; each names the content by a hash."""
    entries = [(e.kind, json.loads(e.details)) for e in world.page_ledger()]
    found = [(kind, details) for kind, details in entries if kind.endswith(("_published", "_retired"))]
    assert all(len(details.pop("content_hash")) == 64 for _, details in found)
    return found


def _live_texts(world: World) -> dict[str, str]:
    with world.installation.database.reading() as connection:
        live = campaigns.load_live_templates(connection, world.account.id)
    return {template.name: template.text for template in live.values()}


def test_what_is_published_is_live_and_on_the_record(world: World) -> None:
    generation, before = world.account.campaign_generation, _published(world)
    applied = _apply(world, written(question=QUESTION))
    assert applied == [
        Applied("template", "hello", 1, published=True),
        Applied("rule", "a-rule", 1, published=True),
        Applied("question", "opt_in", 1, published=True),
    ]
    assert world.account.campaign_generation == generation + 1
    assert _published(world)[len(before) :] == [
        ("template_published", {"name": "hello", "version": 1}),
        ("rule_published", {"name": "a-rule", "version": 1}),
        ("question_published", {"name": "opt_in", "version": 1}),
    ]
    with world.installation.database.reading() as connection:
        question = campaigns.load_live_question(connection, world.account.id)
    assert question is not None
    assert (question.text, question.yes, question.no) == ("May I?", "Yes", "No")


def test_the_same_file_again_changes_nothing(world: World) -> None:
    _apply(world, written(question=QUESTION))
    generation, record = world.account.campaign_generation, _published(world)
    assert {(item.version, item.published) for item in _apply(world, written(question=QUESTION))} == {(1, False)}
    assert world.account.campaign_generation == generation
    assert _published(world) == record


def test_other_content_is_a_new_version_and_the_old_one_stays_as_it_was(world: World) -> None:
    _apply(world, _saying("One"))
    before = [row for row in world.rows(template_version) if row.name == "hello"]
    assert _apply(world, _saying("Two"))[0] == Applied("template", "hello", 2, published=True)
    after = [row for row in world.rows(template_version) if row.name == "hello"]
    assert [row.text for row in after] == ["One", "Two"]
    assert after[:1] == before
    assert _live_texts(world)["hello"] == "Two"


def test_going_back_to_earlier_content_makes_its_old_version_live_again(world: World) -> None:
    for text in ("One", "Two", "One"):
        applied = _apply(world, _saying(text))
    assert applied[0] == Applied("template", "hello", 1, published=True)
    assert _live_texts(world)["hello"] == "One"
    assert len([row for row in world.rows(template_version) if row.name == "hello"]) == 2


def test_whatever_is_changed_of_a_template_or_a_rule_is_a_new_version_of_it(world: World) -> None:
    _apply(world, written())
    of_a_template = [{"language": '"de"'}, {"purpose": '"promotional"'}, {"text": '"Hi"'}]
    for version, change in enumerate(of_a_template, 2):
        assert [item.version for item in _apply(world, written(TEMPLATE | change))] == [version, 1]
    timed = {"delay": '"5h"'}, {"quiet_hours": '"21:00-08:00"'}
    for version, change in enumerate([*timed, {"priority": "1"}, {"when": '{ fact = "ref", is = "a" }'}], 2):
        assert [item.version for item in _apply(world, written(rule=RULE | change))] == [1, version]


def test_what_is_not_published_is_stored_and_nothing_else(world: World) -> None:
    _apply(world, _saying("One"))
    generation, record = world.account.campaign_generation, _published(world)
    assert _apply(world, _saying("Two"), publish=False)[0] == Applied("template", "hello", 2, published=False)
    assert _live_texts(world)["hello"] == "One"
    assert (world.account.campaign_generation, _published(world)) == (generation, record)
    assert _apply(world, _saying("Two"))[0] == Applied("template", "hello", 2, published=True)


def test_no_statement_edits_a_stored_version_or_deletes_a_live_one(world: World) -> None:
    _apply(world, written(question=QUESTION))
    _refuses(world, template_version, update(template_version).values(text="Another"))
    _refuses(world, template_version, update(template_version).values(version=7))
    _refuses(world, rule_version, update(rule_version).values(definition="{}"))
    _refuses(world, question_version, update(question_version).values(text="Another"))
    _refuses(world, template_version, delete(template_version))
    _refuses(world, rule_version, delete(rule_version))


def _refuses(world: World, table: Table, statement: Executable) -> None:
    before = world.rows(table)
    with pytest.raises(DBAPIError), world.installation.database.transaction() as connection:
        connection.execute(statement)
    assert world.rows(table) == before != []


def test_where_one_part_cannot_be_stored_nothing_is(world: World) -> None:
    campaign = read(written())
    nameless = replace(campaign.rules[0], rule=replace(campaign.rules[0].rule, name=cast("str", None)))
    generation, record = world.account.campaign_generation, _published(world)
    with pytest.raises(IntegrityError):
        apply_campaign(
            world.installation.database, world.account.id, replace(campaign, rules=(nameless,)), publish=True
        )
    assert "hello" not in _live_texts(world)
    assert (world.account.campaign_generation, _published(world)) == (generation, record)


def test_several_at_once_are_stored_one_after_the_other(world: World) -> None:
    texts = ["One", "Two", "One", "Three", "Two", "One"]
    start, account_id = threading.Barrier(len(texts)), world.account.id
    applied: list[tuple[str, int]] = []

    def apply(text: str) -> None:
        start.wait(10)
        found = apply_campaign(world.installation.database, account_id, read(_saying(text)), publish=True)
        applied.append((text, found[0].version))

    threads = [threading.Thread(target=apply, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(applied) == len(texts)
    stored = {row.text: row.version for row in world.rows(template_version) if row.name == "hello"}
    assert set(applied) == set(stored.items())
    assert sorted(stored.values()) == [1, 2, 3]
    sequences = [entry.sequence for entry in world.page_ledger()]
    assert sequences == list(range(1, len(sequences) + 1))


def test_one_pages_campaign_is_no_other_pages(world: World) -> None:
    other = world.add_page("2000")
    apply_campaign(world.installation.database, other.id, read(_saying("Elsewhere")), publish=True)
    assert "hello" not in _live_texts(world)
    assert [row.account_id for row in world.rows(template_version) if row.name == "hello"] == [other.id]


def test_the_text_is_that_which_is_live_at_the_claim(world: World) -> None:
    alice = world.add_customer("Alice Ng")
    world.says(alice, ago=timedelta(hours=5))
    world.apply(as_template({"name": '"hello-again"', "text": '"News, {first_name|you}!"'}))
    world.work()
    assert [sent["text"] for sent in world.accepted(alice)][1:] == ["News, Alice!"]
    (sent,) = world.reengagements()
    assert (sent.rule_name, sent.template_name, sent.template_version) == ("after-a-while", "hello-again", 2)


def test_a_retired_rule_sends_nothing_more_and_may_come_back(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=timedelta(hours=5))
    database, generation = world.installation.database, world.account.campaign_generation
    assert retire_rule(database, world.account.id, "after-a-while")
    assert world.account.campaign_generation == generation + 1
    assert _published(world)[-1] == ("rule_retired", {"name": "after-a-while", "version": 1})
    world.work()
    assert [(r.state, r.reason) for r in world.reengagements()] == [("skipped", "no_rule")]
    assert len(world.accepted(alice)) == 1
    assert not retire_rule(database, world.account.id, "after-a-while")
    assert not retire_rule(database, world.account.id, "never-heard-of")
    world.apply(written(rule=RULE | {"name": '"after-a-while"'}))
    world.replan()
    world.work()
    assert len(world.accepted(alice)) == 2


def test_a_rule_whose_template_is_not_live_waits_for_it(world: World) -> None:
    retire_rule(world.installation.database, world.account.id, "after-a-while")
    _apply(world, written(), publish=False)
    rule_alone = read(as_rule(RULE), replace(LIMITS, known_templates=frozenset({"hello"})))
    apply_campaign(world.installation.database, world.account.id, rule_alone, publish=True)
    alice = world.add_customer()
    world.says(alice, ago=timedelta(hours=5))
    world.work()
    assert [(r.state, r.reason) for r in world.reengagements()] == [("skipped", "no_template")]
    _apply(world, written())
    world.replan()
    world.work()
    assert [r.state for r in world.reengagements()] == ["sent"]


def test_the_hash_on_record_is_that_of_the_stored_content(world: World) -> None:
    _apply(world, _saying("Two"))
    [stored] = [row for row in world.rows(template_version) if (row.name, row.version) == ("hello", 1)]
    [entry] = [e for e in world.page_ledger() if e.kind == "template_published" and '"hello"' in e.details]
    assert json.loads(entry.details)["content_hash"] == stored.content_hash
