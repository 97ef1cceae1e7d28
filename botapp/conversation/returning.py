"""People who were erased: what happened before stays forgotten, and who comes back begins under their old no."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from botapp.channels.port import FROM_THE_PERSON, InboundEvent
from botapp.conversation.change import Change
from botapp.conversation.consents import record_consent
from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.storage import erasure, tombstones
from botapp.storage.accounts import Account
from botapp.storage.contacts import ContactKey
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.tombstones import Tombstone

Arrived = tuple[Account, InboundEvent]

_KEPT = "kept_through_erasure"


@dataclass(frozen=True, slots=True)
class Remembrance:
    """Knows by its key whether somebody was erased."""

    key: bytes

    def sort_out(
        self,
        connection: Connection,
        fresh: list[Arrived],
        changes: dict[ContactKey, Change],
        counts: Counter[str],
    ) -> list[Arrived]:
        """What of these events is to be taken in. The rest is not kept, and nobody is made anew for it.

        Asked only about those who are new to us, or older than what we know of them: of everybody else we would know.
        """
        asked = {_key(a, e): a for a, e in fresh if e.platform_contact_id and _is_unknown(changes.get(_key(a, e)), e)}
        if not asked:
            return fresh
        known = self._find(connection, asked)
        if not known:
            return fresh
        new = {key for key in known if key not in changes or changes[key].before.ledger_sequence == 0}
        gone = {(a.id, e.key) for a, e in fresh if _is_before(known.get(_key(a, e)), e, is_new=_key(a, e) in new)}
        taken = [(a, e) for a, e in fresh if (a.id, e.key) not in gone]
        counts["before_erasure"] += len(gone)
        made_now = new & changes.keys()
        made_for_nothing = made_now - {_key(a, e) for a, e in taken}
        erasure.drop_events(connection, gone)
        erasure.drop_new_contacts(connection, [changes.pop(key).key for key in sorted(made_for_nothing)])
        for key in sorted(made_now - made_for_nothing):
            _begin_under(changes[key], known[key])
        return taken

    def _find(self, connection: Connection, asked: Mapping[ContactKey, Account]) -> dict[ContactKey, Tombstone]:
        digests = {
            (page.id, tombstones.digest(self.key, page.platform, page.page_id, platform_contact_id)): (
                page.id,
                platform_contact_id,
            )
            for (_, platform_contact_id), page in asked.items()
        }
        return {digests[found]: kept for found, kept in tombstones.find(connection, digests).items()}


def _is_unknown(change: Change | None, event: InboundEvent) -> bool:
    """Whether this is somebody new to us, or older than what we know of them."""
    if change is None or change.before.ledger_sequence == 0:
        return True
    return event.occurred_at is not None and event.occurred_at < change.before.created_at


def _is_before(kept: Tombstone | None, event: InboundEvent, *, is_new: bool) -> bool:
    """Whether an event belongs to what was erased: what nobody can date does, and reports about somebody gone."""
    if kept is None:
        return False
    if event.occurred_at is None or event.occurred_at <= kept.erased_at:
        return True
    return is_new and event.signal not in FROM_THE_PERSON


def _begin_under(change: Change, kept: Tombstone) -> None:
    """The noes that were in force when the person was erased hold for the new contact, each since it was said."""
    for suppression in kept.suppressions():
        known = change.standings.suppressions(change.key)
        known[suppression.scope] = change.suppressions[suppression.scope] = suppression
        details = {"scope": suppression.scope}
        if suppression.until is not None:
            details["until"] = suppression.until.isoformat()
        entry = Entry(EntryKind.SUPPRESSION_SET, occurred_at=suppression.set_at, reason=_KEPT, details=details)
        change.entries.append(entry)
    if kept.refused_at is not None:
        record_consent(change, ConsentRecord(ConsentState.REFUSED, kept.refused_at), _KEPT)


def _key(account: Account, event: InboundEvent) -> ContactKey:
    return account.id, event.platform_contact_id or ""
