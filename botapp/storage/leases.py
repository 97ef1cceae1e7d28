"""Leadership: who, among any number of equal processes, does a duty now."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from botapp.storage.schema import lease
from botapp.storage.statement import Statement

_ACQUIRE = Statement(
    "INSERT INTO lease (name, holder, expires_at, seen_at) VALUES (:name, :holder, :expires_at, :now)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,"
    " seen_at = excluded.seen_at WHERE lease.holder = excluded.holder OR lease.expires_at <= excluded.seen_at"
)


def acquire(connection: Connection, name: str, holder: str, now: datetime, ttl: timedelta) -> bool:
    """Take or renew the lease by the database's clock; False while another process holds it."""
    values = {"name": name, "holder": holder, "expires_at": now + ttl, "now": now}
    return _ACQUIRE.run(connection, values) == 1


def release(connection: Connection, name: str, holder: str) -> None:
    """Give the lease up, so that a successor need not wait."""
    connection.execute(lease.delete().where(lease.c.name == name, lease.c.holder == holder))


def last_seen(connection: Connection, name: str) -> datetime | None:
    """When the duty was last renewed."""
    return connection.execute(select(lease.c.seen_at).where(lease.c.name == name)).scalar()
