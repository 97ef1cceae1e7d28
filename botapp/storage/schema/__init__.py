"""The tables, all of them. What must never happen twice is forbidden here, in both databases, not only in code.

Each table that grows has the account id first in its keys, so that it can be partitioned by account.
"""

from botapp.storage.schema.base import metadata
from botapp.storage.schema.campaigns import question_version, rule, rule_version, template, template_version
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
from botapp.storage.schema.people import account, contact, control, counter, inbound_event, lease
from botapp.storage.schema.privacy import privacy_request, retention, tombstone
from botapp.storage.schema.staff import (
    log_in_delay,
    log_in_refusal,
    staff,
    staff_grant,
    staff_invitation,
    staff_recovery_code,
    staff_session,
)
from botapp.storage.schema.standing import consent_record, fact, suppression

__all__ = [
    "account",
    "checkpoint",
    "consent_record",
    "contact",
    "contact_secret",
    "control",
    "counter",
    "entry_tally",
    "fact",
    "inbound_event",
    "lease",
    "ledger_entry",
    "log_check",
    "log_duty",
    "log_in_delay",
    "log_in_refusal",
    "metadata",
    "privacy_request",
    "question_version",
    "reengagement",
    "reply",
    "retention",
    "rule",
    "rule_version",
    "staff",
    "staff_grant",
    "staff_invitation",
    "staff_recovery_code",
    "staff_session",
    "suppression",
    "tally_progress",
    "template",
    "template_version",
    "tombstone",
    "tree",
    "tree_node",
]
