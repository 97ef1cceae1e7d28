"""People who were erased: what happened before stays forgotten, and who comes back begins under their old no."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.channels.port import FROM_THE_PERSON, InboundEvent, Signal
from botapp.conversation.change import Change
from botapp.conversation.consents import record_consent
from botapp.conversation.suppressing import set_suppression
from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.suppression import RETURNED, STOP, Suppression
from botapp.storage import erasure, tombstones
from botapp.storage.accounts import Account
from botapp.storage.contacts import ContactKey
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.tombstones import NEVER, Tombstone
from botapp.understanding.wish import Understood, Wish

Arrived = tuple[Account, InboundEvent]
Noes = Mapping[tuple[int, str], datetime]  # by account and the event's key: when it was said

_KEPT = "kept_through_erasure"
_NOES = frozenset({Wish.STOP, Wish.TOPIC_STOP, Wish.MUTE, Wish.OPT_OUT_OF_QUESTION, Wish.COMPLAINT})
_IMPORTED = "imported"  # with a list, before they ever wrote


@dataclass(frozen=True, slots=True)
class Remembrance:
    """Knows by its key whether somebody was erased."""

    key: bytes
    rest: timedelta  # from an erasure on: what had been sent before it is not known any more

    def sort_out(
        self,
        connection: Connection,
        fresh: list[Arrived],
        changes: dict[ContactKey, Change],
        counts: Counter[str],
        noes: Noes,
    ) -> list[Arrived]:
        """What of these events is to be taken in. The rest is not kept, and nobody is made anew for it.

        But a no (`noes`: which of them are one, and when it was said) counts, however late it comes.

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
        late = {_key(a, e): noes[a.id, e.key] for a, e in fresh if (a.id, e.key) in gone & noes.keys()}
        self._keep_noes(connection, known, late, {key: asked[key] for key in late})
        erasure.drop_events(connection, gone)
        erasure.drop_new_contacts(connection, [changes.pop(key).key for key in sorted(made_for_nothing)])
        for key in sorted(made_now - made_for_nothing):
            _begin_under(changes[key], known[key], self.rest)
        for key in sorted(late.keys() & changes.keys() - made_now):
            set_suppression(changes[key], STOP, late[key], None, None)
            changes[key].withdrawn = True
        return taken

    def _keep_noes(
        self,
        connection: Connection,
        known: dict[ContactKey, Tombstone],
        late: Mapping[ContactKey, datetime],
        pages: Mapping[ContactKey, Account],
    ) -> None:
        for key, said_at in late.items():
            known[key] = known[key].with_no(said_at)
            tombstones.save(connection, (key[0], self._digest(pages[key], key[1])), known[key])

    def _digest(self, page: Account, platform_contact_id: str) -> str:
        return tombstones.digest(self.key, page.platform, page.page_id, platform_contact_id)

    def _find(self, connection: Connection, asked: Mapping[ContactKey, Account]) -> dict[ContactKey, Tombstone]:
        digests = {
            (page.id, self._digest(page, platform_contact_id)): (page.id, platform_contact_id)
            for (_, platform_contact_id), page in asked.items()
        }
        return {digests[found]: kept for found, kept in tombstones.find(connection, digests).items()}


def says_no(event: InboundEvent, understood: Understood) -> bool:
    """Whether somebody says in any form that they do not want us to write on our own."""
    if event.signal is Signal.NOTICE_STOPPED or understood.wish is None:
        return event.signal is Signal.NOTICE_STOPPED
    return not _NOES.isdisjoint((understood.wish, *understood.also)) and not understood.is_ambiguous


def _is_unknown(change: Change | None, event: InboundEvent) -> bool:
    """Whether this is somebody new to us, or older than what we know of them."""
    if change is None or change.before.ledger_sequence == 0:
        return True
    return event.occurred_at is not None and event.occurred_at < change.before.created_at


def _is_before(kept: Tombstone | None, event: InboundEvent, *, is_new: bool) -> bool:
    """Whether an event belongs to what was erased: what nobody can date does, and reports about somebody gone."""
    if kept is None:
        return False
    if event.occurred_at is None:
        return kept.erased_at > NEVER
    if event.occurred_at <= kept.erased_at:
        return True
    return is_new and event.signal not in FROM_THE_PERSON


def _begin_under(change: Change, kept: Tombstone, rest: timedelta) -> None:
    """The noes that were in force when the person was erased hold for the new contact, each since it was said."""
    resting = Suppression(RETURNED, kept.erased_at, kept.erased_at + rest)
    for suppression in [*kept.suppressions(), *([resting] if kept.erased_at > NEVER else [])]:
        known = change.standings.suppressions(change.key)
        known[suppression.scope] = change.suppressions[suppression.scope] = suppression
        details = {"scope": suppression.scope}
        if suppression.until is not None:
            details["until"] = suppression.until.isoformat()
        reason = _KEPT if kept.erased_at > NEVER else _IMPORTED
        entry = Entry(EntryKind.SUPPRESSION_SET, occurred_at=suppression.set_at, reason=reason, details=details)
        change.entries.append(entry)
    if kept.refused_at is not None:
        record_consent(change, ConsentRecord(ConsentState.REFUSED, kept.refused_at), _KEPT)


def _key(account: Account, event: InboundEvent) -> ContactKey:
    return account.id, event.platform_contact_id or ""
