"""Who may do what, as entries tell it: the staff with their grants, keys of the API, and who is told by webhook."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from botapp.compliance.told import Told
from botapp.storage.api_keys import ApiKey
from botapp.storage.ledger import EntryKind
from botapp.storage.staff import StaffMember
from botapp.storage.webhooks import State, Webhook

Found = Iterator[tuple[str, str, object, object]]  # table, what, told, kept
Rows = Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class ToldMember:
    """A member of the staff. Of what they log in with: whether there is any."""

    staff_grant: tuple[tuple[int, str], ...] = ()
    revoked_at: datetime | None = None
    has_password: bool = False
    has_second_factor: bool = False

    @staticmethod
    def of(row: StaffMember) -> "ToldMember":
        """A row as entries would tell it."""
        grants = tuple((grant.account_id, grant.role.value) for grant in sorted(row.grants))
        return ToldMember(grants, row.revoked_at, row.password_hash is not None, row.totp_secret_encrypted is not None)


@dataclass(frozen=True, slots=True)
class ToldKey:
    """A key of the API: for which page, for what, for whom, and until when."""

    account_id: int
    scopes: tuple[str, ...]
    staff_id: int | None
    expires_at: datetime | None
    revoked_at: datetime | None = None

    @staticmethod
    def of(row: ApiKey) -> "ToldKey":
        """A row as entries would tell it."""
        return ToldKey(row.account_id, tuple(sorted(row.scopes)), row.staff_id, row.expires_at, row.revoked_at)


@dataclass(frozen=True, slots=True)
class ToldWebhook:
    """Another system that is told what happens, and of what."""

    event_types: tuple[str, ...]
    state: State = State.ACTIVE
    reason: str | None = None

    @staticmethod
    def of(row: Webhook) -> "ToldWebhook":
        """A row as entries would tell it."""
        return ToldWebhook(tuple(sorted(row.event_types)), row.state, row.reason)


@dataclass(slots=True)
class AccessRetelling:
    """All of them by their numbers, those whose access has ended included."""

    members: dict[int, ToldMember] = field(default_factory=dict)
    keys: dict[int, ToldKey] = field(default_factory=dict)
    webhooks: dict[int, ToldWebhook] = field(default_factory=dict)

    def take(self, entry: Told) -> None:
        """The next entry, of a kind in `KINDS`."""
        _STEPS[entry.kind](self, entry)

    def differences(self, members: Sequence[StaffMember], keys: Sequence[ApiKey], webhooks: Sequence[Webhook]) -> Found:
        """Where rows are not what is told. A member's grants are a table of their own."""
        kept_members = {row.id: ToldMember.of(row) for row in members}
        for number, name, told, kept in _unlike(self.members, kept_members):
            is_grant = name == "staff_grant"
            yield ("staff_grant" if is_grant else "staff"), f"{name} of {number}", told, kept
        for number, name, told, kept in _unlike(self.keys, {row.id: ToldKey.of(row) for row in keys}):
            yield "api_key", f"{name} of {number}", told, kept
        for number, name, told, kept in _unlike(self.webhooks, {row.id: ToldWebhook.of(row) for row in webhooks}):
            yield "webhook", f"{name} of {number}", told, kept


def _unlike(told: Rows, kept: Rows) -> Iterator[tuple[int, str, object, object]]:
    """Number, column, what is told and what is kept; of one that is only on one side the row."""
    for number in sorted(told.keys() | kept.keys()):
        one, other = told.get(number), kept.get(number)
        if one is None or other is None:
            yield number, "row", one, other
            continue
        for name in one.__slots__:
            if getattr(one, name) != getattr(other, name):
                yield number, name, getattr(one, name), getattr(other, name)


def _staff_added(told: AccessRetelling, entry: Told) -> None:
    told.members[entry.details["staff"]] = ToldMember(_grants(entry))


def _staff_changed(told: AccessRetelling, entry: Told) -> None:
    number = entry.details["staff"]
    known = told.members.get(number, ToldMember())
    match entry.details["changed"]:
        case "grants":
            known = replace(known, staff_grant=_grants(entry))
        case "revoked":
            known = replace(known, revoked_at=entry.at)
        case "restored":
            known = replace(known, revoked_at=None)
        case "password":
            known = replace(known, has_password=True)
        case "second_factor":
            known = replace(known, has_second_factor=True)
        case "reset":
            known = replace(known, has_password=False, has_second_factor=False)
    told.members[number] = known


def _grants(entry: Told) -> tuple[tuple[int, str], ...]:
    return tuple((account_id, role) for account_id, role in entry.details["grants"])


def _key_added(told: AccessRetelling, entry: Told) -> None:
    details = entry.details
    told.keys[details["key"]] = ToldKey(
        details["page"], tuple(details["scopes"]), details.get("staff"), entry.instant("expires_at")
    )


def _key_revoked(told: AccessRetelling, entry: Told) -> None:
    number = entry.details["key"]
    if number in told.keys:
        told.keys[number] = replace(told.keys[number], revoked_at=entry.at)


def _webhook_added(told: AccessRetelling, entry: Told) -> None:
    told.webhooks[entry.details["webhook"]] = ToldWebhook(tuple(entry.details["events"]))


def _webhook_changed(told: AccessRetelling, entry: Told) -> None:
    """Paused, resumed, given another secret; any other reason is one for which it ended."""
    number = entry.details["webhook"]
    known = told.webhooks.get(number, ToldWebhook(()))
    match entry.reason:
        case "rotated":
            return
        case "paused":
            told.webhooks[number] = replace(known, state=State.PAUSED)
        case "resumed":
            told.webhooks[number] = replace(known, state=State.ACTIVE)
        case _:
            told.webhooks[number] = replace(known, state=State.ENDED, reason=entry.reason)


_STEPS: Mapping[str, Callable[[AccessRetelling, Told], None]] = {
    EntryKind.STAFF_ADDED: _staff_added,
    EntryKind.STAFF_CHANGED: _staff_changed,
    EntryKind.API_KEY_ADDED: _key_added,
    EntryKind.API_KEY_REVOKED: _key_revoked,
    EntryKind.WEBHOOK_ADDED: _webhook_added,
    EntryKind.WEBHOOK_CHANGED: _webhook_changed,
}
KINDS = tuple(_STEPS)
