"""The live rules of a page as marketers wrote them: durations of an unscaled day, and the template by its name."""

import json

from botapp.policy.rule import LiveRule
from botapp.policy.rule_definition import from_definition
from botapp.storage import campaigns
from botapp.storage.engine import Database


def load_unscaled_rules(database: Database, account_id: int) -> list[tuple[LiveRule, str | None]]:
    """Each with the name of its template (none where it has variants), in the order of their names."""
    with database.reading() as connection:
        stored = campaigns.load_live_rules(connection, account_id)
    found = []
    for rule in stored:
        definition = json.loads(rule.definition)
        found.append((from_definition(rule.name, rule.version, definition, {}, 1), definition["template"]))
    return found


def find_live_rule(database: Database, account_id: int, name: str) -> LiveRule | None:
    """The live rule of that name, unscaled; None if there is none."""
    return next((rule for rule, _ in load_unscaled_rules(database, account_id) if rule.name == name), None)
