"""Records what people agreed to or took back, in a contact that is being folded."""

from botapp.conversation.change import Change
from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.storage.ledger import Entry, EntryKind

PURPOSE = "reengagement"
_ENTRIES = {
    ConsentState.GIVEN: EntryKind.CONSENT_GIVEN,
    ConsentState.REFUSED: EntryKind.CONSENT_REFUSED,
    ConsentState.WITHDRAWN: EntryKind.CONSENT_WITHDRAWN,
}


def record_consent(
    change: Change,
    record: ConsentRecord,
    method: str | None,
    *,
    evidence_key: str | None = None,
    language: str | None = None,
) -> None:
    """Keep a yes or a no, with the event that is its evidence and the language in which it was said or asked for."""
    change.standings.consents(change.key).append(record)
    change.standing_changed = True
    details = {"purpose": PURPOSE, "method": method, "wording_version": record.wording_version}
    kind, at = _ENTRIES[record.state], record.occurred_at
    hidden = {"language": language} if language else None  # it is the person's, and goes when they are erased
    change.entries.append(Entry(kind, occurred_at=at, evidence_key=evidence_key, details=details, private=hidden))
    change.consents.append(
        {
            "account_id": change.contact.account_id,
            "contact_id": change.contact.id,
            # The record carries the number that its ledger entry will have.
            "sequence": change.before.ledger_sequence + len(change.entries),
            "purpose": PURPOSE,
            "state": record.state.value,
            "method": method or "keyword",
            "occurred_at": at,
            "recorded_at": None,
            "evidence_key": evidence_key,
            "wording_version": record.wording_version,
            "language": language,
        }
    )
