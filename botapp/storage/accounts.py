"""Channel accounts: the pages we speak for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from botapp.storage import bulk
from botapp.storage.schema import account, control
from botapp.storage.statement import Answer, Columns, Statement

LIVE, TEAM = "live", "team"  # modes of a page


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
    conversion_voids: str
    answer_voids: str
    created_at: datetime
    paused_at: datetime | None
    pause_reason: str | None
    proactive_stopped_at: datetime | None
    campaign_generation: int
    question_version: int | None
    catalogue_generation: int
    texts_version: int | None
    ledger_sequence: int
    handover: str  # "inbox" or "platform": where people of the team answer
    approvals: int  # how many people other than its author approve a template: 1 or 2
    mode: str  # "live" or "team"
    live_asked_by: int | None
    daily_cap: int | None  # proactive messages begun in a day
    daily_cap_at: datetime | None  # since when
    satisfaction: str  # "on": customers are asked whether an answer helped; or "off"


_COLUMNS = Columns(account)
_SELECT = f"SELECT {_COLUMNS.names} FROM account"  # noqa: S608  names are our schema's
_LOAD = Statement(f"{_SELECT} WHERE id = :id")
_LOAD_ALL = Statement(f"{_SELECT} ORDER BY id")
_LOCK = Statement(f"{_SELECT} WHERE id = :id", locking="FOR UPDATE")
_HOLD = Statement(f"{_SELECT} WHERE id = :id", locking="FOR SHARE")
_PROACTIVE_STOPPED = Statement("SELECT proactive_stopped FROM control WHERE id = 1")


def find_by_pages(connection: Connection, platform: str, page_ids: Iterable[str]) -> dict[str, Account]:
    """The accounts of those pages, by page id; pages that are not ours are absent."""
    keys = [{"platform": platform, "page_id": page_id} for page_id in sorted(set(page_ids))]
    if not keys:
        return {}
    found = _of_pages(connection.dialect.name).rows(connection, {"rows": bulk.encode(keys)})
    return {known.page_id: known for known in map(_account, found)}


@lru_cache
def _of_pages(dialect: str) -> Statement:
    return Statement(f"{_SELECT} WHERE {bulk.is_among(account, ('platform', 'page_id'), dialect)}")


def load_account(connection: Connection, account_id: int) -> Account:
    """One page. LookupError if there is none."""
    return _the_one(_LOAD.rows(connection, {"id": account_id}))


def load_all(connection: Connection) -> list[Account]:
    return [_account(row) for row in _LOAD_ALL.rows(connection)]


def ask_for_claim(connection: Connection, account_id: int) -> Answer[Account]:
    """The account, held against a stop or pause until the claim commits: once those return, no claim follows."""
    return _HOLD.ask(connection, {"id": account_id}, read=_the_one)


def lock_account(connection: Connection, account_id: int) -> Account:
    """The account, held for a change of it."""
    return _the_one(_LOCK.rows(connection, {"id": account_id}))


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


def next_installation_sequence(connection: Connection) -> int:
    """The next number of the ledger entries that concern no one page; holds the installation's row."""
    bulk.insert_new(connection, control, [{"id": 1}])
    numbered = (
        update(control).values(ledger_sequence=control.c.ledger_sequence + 1).returning(control.c.ledger_sequence)
    )
    return int(connection.execute(numbered).scalar_one())


def proactive_is_stopped(connection: Connection) -> bool:
    """Whether the kill switch for everything is on.

    Not held: a stop takes every account's row too, which a claim holds; holding both here would deadlock with it.
    """
    return ask_proactive_is_stopped(connection).read()


def ask_proactive_is_stopped(connection: Connection) -> Answer[bool]:
    """The same, to be read later."""
    return _PROACTIVE_STOPPED.ask(connection, read=lambda rows: bool(rows and rows[0][0]))


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


def _the_one(rows: Sequence[Sequence[Any]]) -> Account:
    if not rows:
        raise LookupError("no such page")
    return _account(rows[0])


def _account(row: Sequence[Any]) -> Account:
    return Account(*_COLUMNS.read(row))
