"""Whether a contact's rows are what its entries tell, and whether decisions saw what the entries before them say."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from sqlalchemy import Row

from botapp.compliance.handover_retelling import as_told
from botapp.compliance.retelling import ConsentTerms, Retelling, Silence
from botapp.compliance.told import Told
from botapp.policy.grounds import standing_grounds
from botapp.policy.reason import REPLANNED_WHEN_THE_CAMPAIGN_CHANGES
from botapp.storage.reengagements import State
from botapp.storage.state_rows import StateRows

Found = Iterator[tuple[str, str, object, object]]  # table, what, told, kept

_OF_CONTACT = (
    "last_claimed_at",
    "asked_for_more_at",
    "unreachable_since",
    "thread_owner",
    "thread_owned_at",
    "converted_at",
    "answered_at",
    "frequency",
    "frequency_at",
    "quiet_hours",
    "quiet_hours_at",
    "language_chosen_at",
    "staff_id",
)
_OF_SILENCE = ("state", "claimed_at", "opened_at", "closes_at", "crossed_at", "taken_up_at", "budget_since")
_SEEN = (
    "last_at",
    "last_claimed_at",
    "past_claims",
    "asked_for_more_at",
    "converted_at",
    "answered_at",
    "frequency",
    "quiet_hours",
    "suppressions",
    "consent",
    "consent_at",
    "said_yes_to",
    "unreachable",
    "thread_owned",
)


def seen(told: Retelling, entry: Told, claims_remembered: int) -> Iterator[tuple[str, object, object]]:
    """What a decision says that it saw, against what the entries before it come to."""
    now = entry.instant("decided_at")
    if now is None:
        return
    facts = standing_grounds(told.facts(UTC, claims_remembered, now))
    for name in _SEEN:
        if facts.get(name) != entry.details.get(name):
            yield name, facts.get(name), entry.details.get(name)


def differences(told: Retelling, rows: StateRows) -> Found:
    """Where the rows are not what the entries come to."""
    if not told.is_gapless:
        yield "ledger_entry", "numbers", "a gap", f"{len(rows.entries)} entries"
    if rows.contact is None:
        yield "contact", "row", f"{told.last_sequence} entries", None
        return
    yield from _of_contact(told, rows.contact)
    suppressed = {s.scope: (s.set_at, s.until, s.lifted_at) for s in told.suppressions.values()}
    kept = {row.scope: (row.set_at, row.until, row.lifted_at) for row in rows.suppressions}
    yield from _of_rows("suppression", suppressed, kept)
    agreed = {
        number: (record.state.value, record.occurred_at, record.wording_version, *told.consent_terms[number])
        for number, record in told.consents.items()
    }
    consents = {row.sequence: _kept_consent(row, told.consent_terms.get(row.sequence)) for row in rows.consents}
    yield from _of_rows("consent_record", agreed, consents)
    handovers = as_told(rows.handovers)
    forgotten = {n for n, known in told.handovers.all.items() if known.ended_at and n not in handovers}  # in their time
    yield from _of_rows("handover", {n: h for n, h in told.handovers.all.items() if n not in forgotten}, handovers)
    yield from told.replies.differences(rows.replies)
    yield from _of_reengagements(told, {row.interaction_at: row for row in rows.reengagements})


def _kept_consent(row: Row[Any], terms: ConsentTerms | None) -> tuple[object, ...]:
    # The log tells the language where it was recorded with the entry and the person was not erased.
    language = row.language if terms is None or terms.language is not None else None
    return (row.state, row.occurred_at, row.wording_version, row.purpose, row.method, row.recorded_at, language)


def _of_contact(told: Retelling, row: Row[Any]) -> Found:
    values = {name: getattr(told, name) for name in _OF_CONTACT}
    values["last_interaction_at"] = told.interactions.last_at
    values["conversation_started_at"] = told.interactions.conversation_started_at
    values["earlier_interaction_at"] = told.interactions.earlier_last_at
    values["ledger_sequence"] = told.last_sequence
    if told.language_chosen_at is not None:  # else it is what they write in, or what the platform says
        values["language"] = told.language
    for name, value in values.items():
        if value != getattr(row, name):
            yield "contact", name, value, getattr(row, name)


def _of_rows(table: str, told: dict[Any, Any], kept: dict[Any, Any]) -> Found:
    for key in sorted(told.keys() | kept.keys()):
        if told.get(key) != kept.get(key):
            yield table, str(key), told.get(key), kept.get(key)


def _of_reengagements(told: Retelling, kept: dict[Any, Row[Any]]) -> Found:
    for key in sorted(told.silences.keys() | kept.keys()):
        silence, row = told.silences.get(key), kept.get(key)
        if silence is None or row is None:
            if silence is None or not _may_be_forgotten(silence, is_latest=key == told.interactions.last_at):
                yield "reengagement", str(key), silence and silence.state, row and row.state
            continue
        for name, value, held in _of_silence(silence, row):
            yield "reengagement", f"{name} of {key}", value, held


def _may_be_forgotten(silence: Silence, *, is_latest: bool) -> bool:
    """The plan of an earlier silence goes when a later one is decided, a campaign's refusal with the campaign.

    No entry says so. No promise hangs on them: were they there again, the claim would refuse them.
    """
    if silence.state is State.PLANNED:
        return not is_latest
    return silence.state is State.SKIPPED and silence.reason in REPLANNED_WHEN_THE_CAMPAIGN_CHANGES


def _of_silence(silence: Silence, row: Row[Any]) -> Iterator[tuple[str, object, object]]:
    for name in _OF_SILENCE:
        if getattr(silence, name) != getattr(row, name):
            yield name, getattr(silence, name), getattr(row, name)
    if silence.state is not State.PLANNED and silence.reason != row.reason:  # of a plan it is why it waits just now
        yield "reason", silence.reason, row.reason
    if silence.claimed_at is None:
        return
    kept = (
        ("rule", silence.rule, (row.rule_name, row.rule_version)),
        ("template", silence.template, (row.template_name, row.template_version)),
        ("variant", silence.variant, row.variant),
    )
    yield from (found for found in kept if found[1] != found[2])
    if silence.text is not None and silence.text != row.text:
        yield "text", "other words", "than these"  # what they are is the customer's and stays out of reports
