"""Fills the answers about a person's own data: the link to it, and why a message of ours came, from the log."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from botapp.conversation.answers import WHY_EXPLICIT, WHY_IMPLIED, AnswerKind, Wordings, filled
from botapp.conversation.moment_words import tell_moment
from botapp.policy.consent import Basis
from botapp.policy.signed_link import LinkSigner
from botapp.reengagement.facts import zone_of
from botapp.storage import ledger, tree
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.ledger import EntryKind
from botapp.storage.replies import Reply

ABOUT_OWN_DATA = frozenset({AnswerKind.DATA, AnswerKind.WHY})
_REACHED_THEM = (EntryKind.SENT, EntryKind.UNKNOWN, EntryKind.RECONCILED)  # the echo may be faster than the answer
_ROOT_SHOWN = 16  # hexadecimal digits of a checkpoint's root: enough to recognise it
_NONE_YET = "-"


@dataclass(frozen=True, slots=True)
class DataLinks:
    """Where people see their own data. The page is web/own_data.py."""

    signer: LinkSigner
    base_url: str
    lifetime: timedelta

    def link(self, contact: Contact, now: datetime) -> tuple[str, datetime]:
        """The address, and until when it opens."""
        expires_at = now + self.lifetime
        token = self.signer.sign(contact.account_id, contact.id, expires_at)
        return f"{self.base_url.rstrip('/')}/privacy/data/{token}", expires_at


@dataclass(frozen=True, slots=True)
class _Telling:
    """Instants by the calendar and the clock of the person, in the language of the answer."""

    contact: Contact
    account: Account
    reply: Reply
    now: datetime

    def __call__(self, instant: datetime) -> str:
        local, is_own = instant.astimezone(zone_of(self.contact, self.account)), self.contact.zone is not None
        return tell_moment(self.reply.language, self.account.language, local, self.now, own=is_own)


@dataclass(frozen=True, slots=True)
class OwnDataAnswers:
    """What goes into the answers to "my data" and "why did I get this"."""

    wordings: Wordings
    links: DataLinks

    def complete(
        self, connection: Connection, contact: Contact, account: Account, reply: Reply, now: datetime
    ) -> tuple[AnswerKind, Mapping[str, str]]:
        """What an answer of these kinds turns out to be, and what fills its placeholders."""
        if reply.kind == AnswerKind.DATA:
            address, expires_at = self.links.link(contact, now)
            tell = _Telling(contact, account, reply, now)
            return AnswerKind.DATA, {"link": address, "until": tell(expires_at)}
        return self._why(connection, contact, _Telling(contact, account, reply, now))

    def _why(self, connection: Connection, contact: Contact, tell: _Telling) -> tuple[AnswerKind, Mapping[str, str]]:
        """Of the last message that we sent on our own, as it stands in the log."""
        entries = ledger.load_entries(connection, contact.account_id, contact.id)
        claim = _last_claim(entries)
        if claim is None:
            return AnswerKind.WHY_NOTHING, {}
        last = tree.last_checkpoint(connection)
        details = _details(claim)
        return AnswerKind.WHY, {
            "sent": tell(claim.recorded_at),
            "wrote": tell(claim.subject_at),
            "rule": str(details.get("rule", _NONE_YET)),
            "basis": self._basis(entries, claim, tell),
            "entry": _receipt(claim),
            "checkpoint": f"{last.size}/{last.root.hex()[:_ROOT_SHOWN]}" if last else _NONE_YET,
        }

    def _basis(self, entries: list[Row[Any]], claim: Row[Any], tell: _Telling) -> str:
        texts = self.wordings.texts_in(tell.reply.language, tell.account.language)
        given = [e for e in entries if e.kind == EntryKind.CONSENT_GIVEN and e.sequence < claim.sequence]
        said_yes = [e for e in given if _details(e).get("wording_version")]
        if tell.account.basis != Basis.EXPLICIT or not said_yes:
            return texts[WHY_IMPLIED]
        yes = said_yes[-1]
        values = {
            "said": tell(yes.occurred_at or yes.recorded_at),
            "wording": str(_details(yes)["wording_version"]),
            "consent": _receipt(yes),
        }
        return filled(texts[WHY_EXPLICIT], values)


def _last_claim(entries: list[Row[Any]]) -> Row[Any] | None:
    """The claim of the last message that may have reached them."""
    claims = {e.subject_at: e for e in entries if e.kind == EntryKind.CLAIMED}
    reached = [e.subject_at for e in entries if e.kind in _REACHED_THEM and e.subject_at in claims]
    return claims[reached[-1]] if reached else None


def _details(entry: Row[Any]) -> dict[str, Any]:
    details: dict[str, Any] = json.loads(entry.details)
    return details


def _receipt(entry: Row[Any]) -> str:
    """How an entry is named: page, contact and number, as `botapp audit` takes them."""
    return f"{entry.account_id}/{entry.contact_id}/{entry.sequence}"
