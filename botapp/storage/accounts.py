"""Channel accounts: the pages we speak for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from botapp.storage import bulk
from botapp.storage.schema import account, control


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    platform: str
    page_id: str
    name: str
    token_encrypted: str
    zone: str
    language: str
    anchor: str
    basis: str
    created_at: datetime
    paused_at: datetime | None
    pause_reason: str | None
    proactive_stopped_at: datetime | None
    campaign_generation: int
    question_version: int | None
    ledger_sequence: int


_BY_ID = select(account).where(account.c.id == bindparam("id"))


def find_by_pages(connection: Connection, platform: str, page_ids: Iterable[str]) -> dict[str, Account]:
    """The accounts of those pages, by page id; pages that are not ours are absent."""
    keys = [{"platform": platform, "page_id": page_id} for page_id in sorted(set(page_ids))]
    return {row.page_id: _account(row) for row in bulk.find(connection, account, keys)}


def load_account(connection: Connection, account_id: int) -> Account:
    return _account(connection.execute(_BY_ID, {"id": account_id}).one())


def load_all(connection: Connection) -> list[Account]:
    return [_account(row) for row in connection.execute(select(account).order_by(account.c.id))]


def load_for_claim(connection: Connection, account_id: int) -> Account:
    """The account, held against a stop or pause until the claim commits: once those return, no claim follows."""
    return _account(connection.execute(_BY_ID.with_for_update(read=True), {"id": account_id}).one())


def lock_account(connection: Connection, account_id: int) -> Account:
    """The account, held for a change of it."""
    return _account(connection.execute(_BY_ID.with_for_update(), {"id": account_id}).one())


def add_account(connection: Connection, values: Mapping[str, object]) -> int:
    """A new page; its id. Unique by platform and page id."""
    return int(connection.execute(insert(account).values(values).returning(account.c.id)).scalar_one())


def change_account(connection: Connection, account_id: int, values: Mapping[str, object]) -> None:
    connection.execute(update(account).where(account.c.id == account_id).values(values))


def pause(connection: Connection, account_id: int, reason: str, now: datetime) -> bool:
    """Send nothing more from this page; True if it was not paused already."""
    paused = (
        update(account)
        .where(account.c.id == account_id, account.c.paused_at.is_(None))
        .values(paused_at=now, pause_reason=reason)
    )
    return connection.execute(paused).rowcount == 1


def bump_generation(connection: Connection, account_id: int) -> None:
    """The campaign changed: what was planned before is to be planned again."""
    connection.execute(
        update(account).where(account.c.id == account_id).values(campaign_generation=account.c.campaign_generation + 1)
    )


def next_ledger_sequence(connection: Connection, account_id: int) -> int:
    """The next number of the page's own ledger entries; holds the account's row."""
    numbered = (
        update(account)
        .where(account.c.id == account_id)
        .values(ledger_sequence=account.c.ledger_sequence + 1)
        .returning(account.c.ledger_sequence)
    )
    return int(connection.execute(numbered).scalar_one())


def proactive_is_stopped(connection: Connection) -> bool:
    """Whether the kill switch for everything is on.

    Not held: a stop takes every account's row too, which a claim holds; holding both here would deadlock with it.
    """
    row = select(control.c.proactive_stopped).where(control.c.id == 1)
    return bool(connection.execute(row).scalar())


def set_proactive_stopped(connection: Connection, *, stopped: bool, reason: str | None, now: datetime) -> bool:
    """Turn the kill switch for everything; True if that changed something."""
    bulk.insert_new(connection, control, [{"id": 1, "changed_at": now}])
    held = select(control.c.proactive_stopped).where(control.c.id == 1).with_for_update()
    was_stopped = bool(connection.execute(held).scalar_one())
    values = {"proactive_stopped": stopped, "reason": reason, "changed_at": now}
    connection.execute(update(control).where(control.c.id == 1).values(values))
    return was_stopped != stopped


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(account)).scalar_one()


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(**row._mapping)  # noqa: SLF001  SQLAlchemy's documented name
