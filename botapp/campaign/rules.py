"""Rules on their way from draft to live."""

import json
from typing import Any

from botapp.campaign.file import RuleDraft
from botapp.campaign.stages import Kind
from botapp.policy.approval import Step
from botapp.policy.rule_definition import to_definition
from botapp.storage.ledger import EntryKind
from botapp.storage.rule_stages import RULE_VERSIONS


def _content(draft: RuleDraft) -> dict[str, Any]:
    return {"definition": json.dumps(to_definition(draft.rule, draft.template_name), sort_keys=True)}


RULES = Kind(
    RULE_VERSIONS,
    name_of=lambda draft: draft.rule.name,
    content_of=_content,
    when_written=EntryKind.RULE_WRITTEN,
    when_taken={
        Step.SUBMIT: EntryKind.RULE_SUBMITTED,
        Step.RETURN: EntryKind.RULE_RETURNED,
        Step.APPROVE: EntryKind.RULE_APPROVED,
        Step.PUBLISH: EntryKind.RULE_PUBLISHED,
        Step.PAUSE: EntryKind.RULE_HALTED,
        Step.RESUME: EntryKind.RULE_PUBLISHED,
        Step.RETIRE: EntryKind.RULE_RETIRED,
    },
)
