"""The tables, all of them. What must never happen twice is forbidden here, in both databases, not only in code.

Each table that grows has the account id first in its keys, so that it can be partitioned by account.
"""

from botapp.storage.schema.api import api_key, api_request, catalogue, conversion
from botapp.storage.schema.base import metadata
from botapp.storage.schema.campaigns import question_version, rule, rule_version, template, template_version
from botapp.storage.schema.dialogue import texts_version
from botapp.storage.schema.experiments import observed_send, outcome_count, outcome_progress, rule_guard
from botapp.storage.schema.faq import faq_model, faq_version, unanswered_question
from botapp.storage.schema.handover import canned_answer, handover
from botapp.storage.schema.log import (
    checkpoint,
    contact_secret,
    entry_tally,
    ledger_entry,
    log_check,
    log_duty,
    tally_progress,
    tree,
    tree_node,
)
from botapp.storage.schema.messages import reengagement, reply
from botapp.storage.schema.people import account, contact, control, counter, inbound_event, lease, proactive_day
from botapp.storage.schema.privacy import privacy_request, retention, tombstone
from botapp.storage.schema.rehearsals import rehearsal
from botapp.storage.schema.rollups import (
    plan_count,
    rollup,
    rollup_contact,
    rollup_day,
    rollup_loss,
    rollup_loss_day,
    rollup_progress,
)
from botapp.storage.schema.rules import rule_spending
from botapp.storage.schema.staff import (
    log_in_delay,
    log_in_refusal,
    staff,
    staff_grant,
    staff_invitation,
    staff_recovery_code,
    staff_session,
)
from botapp.storage.schema.stages import rule_stage, template_stage
from botapp.storage.schema.standing import consent_record, fact, suppression
from botapp.storage.schema.webhooks import webhook, webhook_delivery

__all__ = [
    "account",
    "api_key",
    "api_request",
    "canned_answer",
    "catalogue",
    "checkpoint",
    "consent_record",
    "contact",
    "contact_secret",
    "control",
    "conversion",
    "counter",
    "entry_tally",
    "fact",
    "faq_model",
    "faq_version",
    "handover",
    "inbound_event",
    "lease",
    "ledger_entry",
    "log_check",
    "log_duty",
    "log_in_delay",
    "log_in_refusal",
    "metadata",
    "observed_send",
    "outcome_count",
    "outcome_progress",
    "plan_count",
    "privacy_request",
    "proactive_day",
    "question_version",
    "reengagement",
    "rehearsal",
    "reply",
    "retention",
    "rollup",
    "rollup_contact",
    "rollup_day",
    "rollup_loss",
    "rollup_loss_day",
    "rollup_progress",
    "rule",
    "rule_guard",
    "rule_spending",
    "rule_stage",
    "rule_version",
    "staff",
    "staff_grant",
    "staff_invitation",
    "staff_recovery_code",
    "staff_session",
    "suppression",
    "tally_progress",
    "template",
    "template_stage",
    "template_version",
    "texts_version",
    "tombstone",
    "tree",
    "tree_node",
    "unanswered_question",
    "webhook",
    "webhook_delivery",
]
