"""A page's campaign as a whole: all that is live, always written the same, and what tells one state from another."""

import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from botapp.campaign.file import KNOWN_NAMES, Campaign, Limits, QuestionDraft, TemplateDraft, read_campaign
from botapp.campaign.file_format import load_tables
from botapp.campaign.rule_file import rule_table
from botapp.campaign.toml_writer import write_line
from botapp.campaign.wordings import to_table
from botapp.policy import template as template_policy
from botapp.policy.criteria import facts_of
from botapp.policy.portrait import TRAIT_NAMES
from botapp.policy.rule import LiveRule
from botapp.policy.rule_definition import from_definition
from botapp.policy.wording import Wordings, from_stored
from botapp.storage import campaigns

Tables = dict[str, Any]
_A_PLATFORM_JUDGES = 100_000  # characters: how long a text may be is for whoever takes it in to say


def load_live(connection: Connection, account_id: int) -> Tables:
    """What is live on a page, as a campaign file has it."""
    templates = [
        template_table(t.name, from_stored(t.language, t.text, t.parts), t.purpose)
        for _, t in sorted(campaigns.load_live_templates(connection, account_id).items())
    ]
    rules = [unscaled(stored.name, stored.definition) for stored in campaigns.load_live_rules(connection, account_id)]
    question = campaigns.load_live_question(connection, account_id)
    asked = QuestionDraft(question.text, question.yes, question.no) if question else None
    return _tables(templates, rules, asked)


def canonical(content: bytes) -> Tables:
    """The same of a file, in TOML or JSON, whatever it leaves out or writes otherwise. Raises CampaignError.

    Only its form is looked at: whether a page takes it is for the page's installation to say.
    """
    return tables_of(_read_form(content))


def tables_of(campaign: Campaign) -> Tables:
    """A campaign that was read, as it is always written."""
    templates = [
        template_table(d.template.name, d.template.wordings, d.purpose)
        for d in sorted(campaign.templates, key=_name_of)
    ]
    rules = sorted(((d.rule, d.template_name) for d in campaign.rules), key=lambda rule: rule[0].name)
    return _tables(templates, rules, campaign.question)


def template_table(name: str, wordings: Wordings, purpose: str) -> Tables:
    """A template as it stands in a file."""
    return {"name": name, "purpose": purpose, **to_table(wordings)}


def unscaled(name: str, definition: str) -> tuple[LiveRule, str | None]:
    """A stored rule with its durations of an unscaled day, and the name of its template."""
    stored = json.loads(definition)
    return from_definition(name, 0, stored, {}, 1), stored["template"]


def as_toml(tables: Tables) -> str:
    """A file that reads as the same campaign."""
    parts = [write_line("facts", tables["facts"])] if "facts" in tables else []
    if "opt_in" in tables:
        parts.append("[opt_in]\n" + _lines(tables["opt_in"]))
    for kind in ("templates", "rules"):
        parts += [f"[[{kind}]]\n{_lines(table)}" for table in tables.get(kind, ())]
    return "\n".join(parts)


def as_json(tables: Tables) -> str:
    """The same in JSON."""
    return json.dumps(tables, ensure_ascii=False, indent=2) + "\n"


def digest(tables: Tables) -> str:
    """Another for every other campaign."""
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def _tables(
    templates: list[Tables], rules: Iterable[tuple[LiveRule, str | None]], question: QuestionDraft | None
) -> Tables:
    listed = list(rules)
    said = frozenset[str]().union(*(_names_in(table["text"]) for table in templates))
    asked = {name for rule, _ in listed for name in facts_of(rule.conditions)}
    own = sorted((said | asked) - KNOWN_NAMES - TRAIT_NAMES)
    found: Tables = {
        "facts": own,
        "opt_in": {"question": question.text, "yes": question.yes, "no": question.no} if question else None,
        "templates": templates,
        "rules": [rule_table(rule, template) for rule, template in listed],
    }
    return {name: value for name, value in found.items() if value}


def _names_in(text: str | dict[str, str]) -> frozenset[str]:
    texts = text.values() if isinstance(text, dict) else [text]
    return frozenset[str]().union(*map(template_policy.names, texts))


def _lines(table: Tables) -> str:
    return "".join(write_line(key, value) for key, value in table.items())


def _name_of(draft: TemplateDraft) -> str:
    return draft.template.name


def _read_form(content: bytes) -> Campaign:
    tables = load_tables(content)
    named = frozenset(_named_templates(tables.get("rules")))
    limits = Limits(_A_PLATFORM_JUDGES, timedelta(days=365), timedelta(seconds=1), known_templates=named)
    return read_campaign(content, limits)


def _named_templates(rules: object) -> Iterable[str]:
    for rule in rules if isinstance(rules, list) else ():
        table = rule if isinstance(rule, dict) else {}
        variants = table.get("variants")
        for each in [table, *(variants if isinstance(variants, list) else ())]:
            if isinstance(each, dict) and isinstance(each.get("template"), str):
                yield each["template"]
