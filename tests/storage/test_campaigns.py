"""Versions of what marketers wrote, and which of them is live."""

from datetime import UTC, datetime

from botapp.storage import accounts, campaigns
from botapp.storage.campaigns import StoredQuestion, StoredRule, StoredTemplate
from botapp.storage.engine import Database
from botapp.storage.schema import question_version, rule, rule_version, template, template_version
from tests.storage.by_hand import Hand

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def _store_template(database: Database, text: str, name: str = "hello") -> int:
    content = {"text": text, "language": "en", "purpose": "service", "content_hash": f"hash of {text}"}
    with database.transaction() as connection:
        return campaigns.store_version(connection, template_version, {"account_id": 1, "name": name}, content, NOW)


def test_other_content_is_another_version_and_known_content_the_one_it_has(hand: Hand) -> None:
    texts = ("One", "Two", "One", "Three", "Two")
    assert [_store_template(hand.database, text) for text in texts] == [1, 2, 1, 3, 2]
    assert _store_template(hand.database, "Two", name="other") == 1


def test_one_version_is_live_or_none(hand: Hand) -> None:
    for text in ("One", "Two"):
        _store_template(hand.database, text)
    with hand.database.transaction() as connection:
        assert campaigns.load_live_templates(connection, 1) == {}
        steps = [campaigns.set_live(connection, template, 1, "hello", version) for version in (1, 1, 2, None, None)]
        assert steps == [True, False, True, True, False]
        assert campaigns.load_live_templates(connection, 1) == {}
        campaigns.set_live(connection, template, 1, "hello", 2)
        live = campaigns.load_live_templates(connection, 1)
        assert live == {"hello": StoredTemplate("hello", 2, "Two", "en", "service")}
        assert campaigns.load_live_templates(connection, 2) == {}


def test_live_rules_come_in_the_order_of_their_names(hand: Hand) -> None:
    with hand.database.transaction() as connection:
        for name in ("b", "a", "c"):
            content = {"definition": f'{{"of": "{name}"}}', "content_hash": name}
            key = {"account_id": 1, "name": name}
            version = campaigns.store_version(connection, rule_version, key, content, NOW)
            campaigns.set_live(connection, rule, 1, name, None if name == "c" else version)
        expected = [StoredRule(name, 1, f'{{"of": "{name}"}}') for name in ("a", "b")]
        assert campaigns.load_live_rules(connection, 1) == expected


def test_a_question_is_live_when_the_page_names_its_version(hand: Hand) -> None:
    content = {"text": "May we?", "yes": "Yes", "no": "No", "content_hash": "h"}
    with hand.database.transaction() as connection:
        version = campaigns.store_version(connection, question_version, {"account_id": 1}, content, NOW)
        assert campaigns.load_live_question(connection, 1) is None
        accounts.change_account(connection, 1, {"question_version": version})
        assert campaigns.load_live_question(connection, 1) == StoredQuestion(1, "May we?", "Yes", "No")
