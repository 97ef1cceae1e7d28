"""The rules of a page as they would be once a campaign file was published."""

import json
from dataclasses import replace

from sqlalchemy import Connection

from botapp.campaign.file import Campaign, Limits, read_campaign
from botapp.campaign.rule_file import as_json
from botapp.policy.rule import NONE_PAUSED, LiveRule
from botapp.policy.rule_definition import from_definition, to_definition
from botapp.reengagement.facts import as_live, load_templates
from botapp.reengagement.terms import HouseRules
from botapp.storage import campaigns, guards

_DRAFT = 0  # the version of what is not stored


def read_proposal(connection: Connection, account_id: int, content: bytes, house: HouseRules) -> Campaign:
    """A campaign file that was looked at before: only what it takes to understand it is checked again."""
    limits = Limits(
        text_limit=house.text_limit,
        window_length=house.window_length / house.scale,
        send_allowance=house.send_allowance / house.scale,
        part_limits=house.part_limits,
        known_templates=frozenset(campaigns.load_newest_templates(connection, account_id)),
    )
    return read_campaign(content, limits)


def campaign_of(name: str, definition: str) -> str:
    """A stored version of a rule as a campaign file, to be tried."""
    stored = json.loads(definition)
    return as_json([(from_definition(name, _DRAFT, stored, {}, 1), stored["template"])])


def proposed_rules(
    connection: Connection, account_id: int, campaign: Campaign, house: HouseRules
) -> tuple[LiveRule, ...]:
    """What the file says in the place of what is live under the same names; what is live besides stays.

    The very same content is the version that is live, with what a guard made of it. A template that the file names and
    that is not live says what was last written.
    """
    definitions = {
        stored.name: (stored.version, json.loads(stored.definition))
        for stored in campaigns.load_live_rules(connection, account_id)
    }
    for draft in campaign.rules:
        definition = json.loads(json.dumps(to_definition(draft.rule, draft.template_name)))
        version, known = definitions.get(draft.rule.name, (_DRAFT, None))
        definitions[draft.rule.name] = (version if known == definition else _DRAFT, definition)
    written = {draft.template.name: draft.template for draft in campaign.templates}
    live = {**load_templates(connection, account_id), **written}
    newest = {**as_live(campaigns.load_newest_templates(connection, account_id).values()), **live}
    paused = guards.load_paused(connection, account_id)
    return tuple(
        replace(
            from_definition(name, version, definition, live if version else newest, house.scale),
            paused=paused.get((name, version), NONE_PAUSED),
        )
        for name, (version, definition) in sorted(definitions.items())
    )
