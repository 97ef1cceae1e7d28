"""A template tried on a staff member's own contact: sent like an answer, with the window and the noes of customers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from botapp.policy.decision import ContactFacts, PageFacts
from botapp.policy.reason import Reason
from botapp.policy.template import Unrenderable
from botapp.policy.trial import refusal_of_trial
from botapp.policy.wording import Wording, fill, hash_of
from botapp.reengagement.facts import Histories, Known, Standings, contact_facts
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, erasure, ledger, replies
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.replies import TRIAL, Reply, ReplyKey
from botapp.storage.stages import VersionKey
from botapp.storage.template_stages import TEMPLATE_VERSIONS

_BETWEEN = ":"


@dataclass(frozen=True, slots=True)
class Trial:
    """Which words are tried: a version of a template in one of its languages."""

    key: VersionKey
    language: str

    def as_text(self) -> str:
        """As it stands in the row of the answer by which it is sent. Names may hold anything, so the name is last."""
        return _BETWEEN.join((self.language, str(self.key.version), self.key.name))

    @staticmethod
    def of(reply: Reply) -> "Trial":
        language, version, name = (reply.about or "").split(_BETWEEN, 2)
        return Trial(VersionKey(reply.key.account_id, name, int(version)), language)


@dataclass(frozen=True, slots=True)
class Trials:
    """Sends templates to whoever asks for it, and to nobody else."""

    database: Database
    house: HouseRules

    def send(self, trial: Trial, *, by: int, nonce: str) -> list[Reason | None]:
        """To each contact of the page that is this staff member's own: why not, or None where it is on its way.

        A form that is sent twice, which its nonce shows, is one trial. LookupError: no such version or language.
        """
        with self.database.transaction() as connection:
            page = accounts.load_account(connection, trial.key.account_id)
            wording = TEMPLATE_VERSIONS.load(connection, trial.key).wordings[trial.language]
            own = contacts.find_of_staff(connection, page.id, by)
            locked = contacts.lock_contacts(connection, [(page.id, contact_id) for contact_id in own])
            now = self.database.now(connection)
            found = []
            for contact in locked:
                key = replies.key_of_trial((contact.account_id, contact.id), by, nonce)
                is_sent_already = replies.find(connection, key) is not None
                refused = None if is_sent_already else _refusal(connection, page, contact, wording, self.house, now)
                if refused is None and not is_sent_already:
                    _plan(connection, contact, key, trial, wording, now)
                found.append(refused)
        return found


def _refusal(
    connection: Connection, page: Account, contact: Contact, wording: Wording, house: HouseRules, now: datetime
) -> Reason | None:
    found = filled(connection, page, contact, wording, house, now)
    return found if isinstance(found, Reason) else None


def _plan(
    connection: Connection, contact: Contact, key: ReplyKey, trial: Trial, wording: Wording, now: datetime
) -> None:
    """A row like any answer's: what it says is filled in when it is claimed."""
    row = {
        "account_id": key.account_id,
        "contact_id": key.contact_id,
        "event_key": key.event_key,
        "position": contact.ledger_sequence + 1,
        "kind": TRIAL,
        "language": trial.language,
        "about": trial.as_text(),
        "state": "planned",
        "planned_at": now,
        "not_before": now,
    }
    replies.store_new(connection, [row])
    named = {"name": trial.key.name, "version": trial.key.version, "language": trial.language}
    details = {**named, "template_hash": hash_of(wording), "by": replies.find_tester(key)}
    entry = Entry(EntryKind.TEMPLATE_TRIED, occurred_at=now, evidence_key=key.event_key, details=details)
    ledger.append(connection, contact, [entry], now)


def look(
    connection: Connection, account: Account, contact: Contact, reply: Reply, house: HouseRules, now: datetime
) -> Wording | Reason:
    """What is sent of a trial, looked at once more when it is claimed; or why nothing is."""
    if contact.staff_id is None or contact.staff_id != replies.find_tester(reply.key):
        return Reason.TEAM_MODE
    trial = Trial.of(reply)
    wording = TEMPLATE_VERSIONS.load(connection, trial.key).wordings[trial.language]
    return filled(connection, account, contact, wording, house, now)


def filled(
    connection: Connection, account: Account, contact: Contact, wording: Wording, house: HouseRules, now: datetime
) -> Wording | Reason:
    """The words for this contact, or why they are not sent to them."""
    if erasure.is_erased(contact):
        return Reason.ERASED
    facts, page = _facts(connection, account, contact, house, now)
    terms = house.terms_of(account)
    refusal = refusal_of_trial(facts, page, terms, now)
    if refusal is not None:
        return refusal
    found = fill(wording, facts.values, terms.text_limit, terms.part_limits)
    return found.reason if isinstance(found, Unrenderable) else found


def _facts(
    connection: Connection, account: Account, contact: Contact, house: HouseRules, now: datetime
) -> tuple[ContactFacts, PageFacts]:
    known = Known(Standings(connection, [(contact.account_id, contact.id)]), Histories(connection, [contact], house))
    facts = contact_facts(contact, account, known, house, now, answer_pending=False)
    is_stopped = account.proactive_stopped_at is not None or accounts.proactive_is_stopped(connection)
    return facts, PageFacts((), proactive_stopped=is_stopped, paused=account.paused_at is not None)
