"""What `botapp audit` finds, in the stable form for scripts: instants in ISO 8601, contacts by our numbers."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from botapp.audit.verify import Report
from botapp.compliance.agreement import Agreement, Difference
from botapp.compliance.as_of import Standing
from botapp.compliance.explain import Explanation, Line
from botapp.compliance.silence import SilenceProof, Witnessed
from botapp.storage.standing import ContactId

Content = dict[str, Any]


def written(content: Mapping[str, Any]) -> str:
    """As text in one line."""
    return json.dumps(content, ensure_ascii=False)


def of_explanation(found: Explanation) -> Content:
    """`audit explain`."""
    return {
        "subject": found.subject,
        "verdict": found.verdict,
        "story": [_line(line) for line in found.story],
        "saw": list(found.saw),
        "otherwise": list(found.otherwise),
        "notes": list(found.notes),
    }


def of_standing(found: Standing) -> Content:
    """`audit as-of`."""
    consent, window, plan = found.consent, found.window, found.plan
    return {
        "contact": _named(found.contact),
        "at": _instant(found.at),
        "entries": found.entries,
        "consent": consent
        and {
            "state": consent.state.value,
            "at": _instant(consent.occurred_at),
            "wording": consent.wording_version,
            "language": found.consent_language,
            "entry": found.consent_entry,
        },
        "basis": found.terms.basis.value,
        "noes": [{"scope": s.scope, "since": _instant(s.set_at), "until": _instant(s.until)} for s in found.noes],
        "unreachable_since": _instant(found.unreachable_since),
        "thread_owner": found.thread_owner,
        "window": window
        and {
            "opened_at": _instant(window.opened_at),
            "closes_at": _instant(window.closes_at),
            "open": found.is_window_open,
        },
        "last_begun_at": _instant(found.last_claimed_at),
        "cap": found.terms.cap,
        "used": found.in_period,
        "ignored_in_a_row": found.ignored,
        "silence": plan and {"state": plan.state.value, "reason": plan.reason},
    }


def of_silence(proof: SilenceProof, verified: Report, folder: str | None) -> Content:
    """`audit silence`: what the entries say, and how the bundle with their proofs verifies."""
    return {
        "contact": _named(proof.contact),
        "since": _instant(proof.since),
        "holds": proof.holds and not verified.broken,
        "entries": proof.entries,
        "gapless": proof.is_gapless,
        "noes_before": list(proof.noes_before),
        "begun": proof.begun,
        "crossed": [entry.sequence for entry in proof.crossed],
        "breaches": [entry.sequence for entry in proof.breaches],
        "witnessed": [_witnessed(each) for each in proof.witnessed],
        "verified": {"holds": verified.holds, "broken": verified.broken},
        "bundle": folder,
    }


def of_agreement(found: Agreement) -> Content:
    """`audit agree`."""
    return {
        "agree": not found.differences,
        "pages": found.pages,
        "contacts": found.contacts,
        "entries": found.entries,
        "differences": found.differences,
        "first": [_difference(each) for each in found.first],
    }


def _line(line: Line) -> Content:
    return {
        "at": _instant(line.at),
        "says": line.says,
        "entry": line.entry,
        "of_page": line.is_of_page,
        "event": line.event,
    }


def _witnessed(witnessed: Witnessed) -> Content:
    entry = witnessed.entry
    return {
        "entry": entry.sequence,
        "kind": entry.kind,
        "recorded_at": _instant(entry.recorded_at),
        "event": entry.evidence_key,
        "noes": list(witnessed.noes),
    }


def _difference(found: Difference) -> Content:
    told, kept = _plain(found.told), _plain(found.kept)
    return {"of": found.whose, "table": found.table, "what": found.what, "told": told, "kept": kept}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return _instant(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    return [_plain(each) for each in value] if isinstance(value, Iterable) else str(value)


def _named(contact: ContactId) -> str:
    return f"{contact[0]}/{contact[1]}"


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
