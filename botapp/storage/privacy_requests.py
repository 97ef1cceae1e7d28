"""What people asked about their data: a worklist with the law's clock, whichever way a request reached us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import Connection, Row, Select, Tuple, select, tuple_, update

from botapp.storage import bulk
from botapp.storage.schema import privacy_request
from botapp.storage.standing import ContactId

DELETION = "deletion"
DEAUTHORISATION = "deauthorisation"
ACCESS = "access"
OPEN = "open"
DONE = "done"
NOBODY_KNOWN = "nobody_known"  # we know nobody by the id that the platform named

_ANSWERED_WITHIN = relativedelta(months=1)  # GDPR 12(3); a month of the calendar, however long a day is made
_SHOWN = (
    "confirmation_code",
    "platform",
    "kind",
    "origin",
    "account_id",
    "contact_id",
    "received_at",
    "due_at",
    "state",
    "closed_at",
)


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """A row, without the id by which the platform names the person."""

    confirmation_code: str
    platform: str
    kind: str
    origin: str  # platform, chat or staff
    account_id: int | None
    contact_id: int | None
    received_at: datetime
    due_at: datetime
    state: str
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state == OPEN

    @property
    def contact(self) -> ContactId | None:
        """Whose it is, where that is known."""
        if self.account_id is None or self.contact_id is None:
            return None
        return self.account_id, self.contact_id


Place = tuple[datetime, str]  # in a list: its instant, and the code of the request


def due_at(received_at: datetime) -> datetime:
    """Until when a request must be answered."""
    return received_at + _ANSWERED_WITHIN


def store_new(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a request. The same one again changes nothing, nor does the same wish in a chat while it is open there."""
    bulk.insert_new(connection, privacy_request, [{"due_at": due_at(row["received_at"]), **row}])


def find(connection: Connection, confirmation_code: str) -> PrivacyRequest | None:
    found = _select().where(privacy_request.c.confirmation_code == confirmation_code)
    return _request(connection.execute(found).first())


def list_open(connection: Connection, limit: int, after: Place | None = None) -> list[PrivacyRequest]:
    """The open ones, the nearest due date first, from behind `after` (due date, code) on."""
    return _requests(connection.execute(_open_after(after).limit(limit)).all())


def list_all(connection: Connection, limit: int, before: Place | None = None) -> list[PrivacyRequest]:
    """All, the newest first, from behind `before` (arrival, code) on."""
    r = privacy_request.c
    found = _select().order_by(r.received_at.desc(), r.confirmation_code.desc()).limit(limit)
    if before is not None:
        found = found.where(tuple_(r.received_at, r.confirmation_code) < _place(before))
    return _requests(connection.execute(found).all())


def find_deletions_to_do(connection: Connection, limit: int, after: Place | None = None) -> list[PrivacyRequest]:
    """Of the open ones those deletions of which we know whose they are."""
    r = privacy_request.c
    known = _open_after(after).where(r.kind == DELETION, r.contact_id.is_not(None))
    return _requests(connection.execute(known.limit(limit)).all())


def close(connection: Connection, confirmation_code: str, state: str, now: datetime) -> bool:
    """Leave the open ones; False if it had left them already. How the platform names the person is not kept."""
    r = privacy_request.c
    open_one = update(privacy_request).where(r.confirmation_code == confirmation_code, r.state == OPEN)
    return connection.execute(open_one.values(**_closed(state, now))).rowcount == 1


def close_of_contact(connection: Connection, contact: ContactId, kinds: Sequence[str], now: datetime) -> int:
    """Done: the open ones of these kinds of a contact; how many there were."""
    r = privacy_request.c
    own = update(privacy_request).where(
        r.account_id == contact[0], r.contact_id == contact[1], r.state == OPEN, r.kind.in_(kinds)
    )
    return connection.execute(own.values(**_closed(DONE, now))).rowcount


def name_contact(connection: Connection, confirmation_code: str, contact: ContactId) -> bool:
    """Say whose an open request is; False if it is not open."""
    r = privacy_request.c
    open_one = update(privacy_request).where(r.confirmation_code == confirmation_code, r.state == OPEN)
    return connection.execute(open_one.values(account_id=contact[0], contact_id=contact[1])).rowcount == 1


def _place(place: Place) -> Tuple:
    """With its types: without them an instant would be compared as text."""
    return tuple_(*place, types=(privacy_request.c.due_at.type, privacy_request.c.confirmation_code.type))


def _closed(state: str, now: datetime) -> dict[str, object]:
    return {"state": state, "closed_at": now, "platform_person_id": None}


def _open_after(after: Place | None) -> Select[Any]:
    r = privacy_request.c
    found = _select().where(r.state == OPEN).order_by(r.due_at, r.confirmation_code)
    return found if after is None else found.where(tuple_(r.due_at, r.confirmation_code) > _place(after))


def _select() -> Select[Any]:
    return select(*(privacy_request.c[name] for name in _SHOWN))


def _request(row: Row[Any] | None) -> PrivacyRequest | None:
    return PrivacyRequest(*list(row)) if row is not None else None


def _requests(rows: Sequence[Row[Any]]) -> list[PrivacyRequest]:
    return [PrivacyRequest(*list(row)) for row in rows]
