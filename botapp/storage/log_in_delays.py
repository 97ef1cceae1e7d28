"""Failed log-ins: who has to wait how long for the next attempt, and what of it is not on the record yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from botapp.policy.log_in_delay import Failures
from botapp.storage import bulk
from botapp.storage.schema import log_in_delay, log_in_refusal


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refused attempts that are not on the record yet."""

    since: datetime
    count: int


def find(connection: Connection, buckets: Iterable[str]) -> list[Failures]:
    """What is known of those of the buckets that are."""
    found = select(log_in_delay).where(log_in_delay.c.bucket.in_(list(buckets)))
    return [Failures(row.failures, row.failed_at, row.free_at) for row in connection.execute(found)]


def lock(connection: Connection, buckets: Iterable[str], now: datetime) -> dict[str, Failures]:
    """What is known of each bucket, held until the transaction ends, so that attempts at once count one by one."""
    names = sorted(buckets)
    fresh = [{"bucket": name, "failures": 0, "failed_at": now, "free_at": now} for name in names]
    bulk.insert_new(connection, log_in_delay, fresh)
    d = log_in_delay.c
    held = select(log_in_delay).where(d.bucket.in_(names)).order_by(d.bucket).with_for_update()
    return {row.bucket: Failures(row.failures, row.failed_at, row.free_at) for row in connection.execute(held)}


def save(connection: Connection, failures: Mapping[str, Failures]) -> None:
    rows = [
        {"bucket": bucket, "failures": known.count, "failed_at": known.failed_at, "free_at": known.free_at}
        for bucket, known in sorted(failures.items())
    ]
    bulk.upsert(connection, log_in_delay, rows, key=("bucket",))


def forgive(connection: Connection, bucket: str) -> None:
    """The log-in succeeded."""
    connection.execute(delete(log_in_delay).where(log_in_delay.c.bucket == bucket))


def forget(connection: Connection, failed_before: datetime) -> None:
    """Remove what lies so far back that it delays nobody any more."""
    connection.execute(delete(log_in_delay).where(log_in_delay.c.failed_at < failed_before))


def count_refusal(connection: Connection, staff_id: int, now: datetime) -> Refusals:
    """One more refused attempt in this member's name; holds their count."""
    bulk.insert_new(connection, log_in_refusal, [{"staff_id": staff_id, "since": now, "refusals": 0}])
    r = log_in_refusal.c
    counted = update(log_in_refusal).where(r.staff_id == staff_id).values(refusals=r.refusals + 1)
    row = connection.execute(counted.returning(r.since, r.refusals)).one()
    return Refusals(row.since, row.refusals)


def hold_refusals(connection: Connection, staff_id: int) -> Refusals | None:
    """Those not on the record yet, held."""
    found = select(log_in_refusal).where(log_in_refusal.c.staff_id == staff_id).with_for_update()
    row = connection.execute(found).first()
    return Refusals(row.since, row.refusals) if row else None


def find_unsettled(connection: Connection, counted_until: datetime) -> list[int]:
    """In whose names attempts were refused that are not on the record, and have been counted since then or longer."""
    r = log_in_refusal.c
    found = select(r.staff_id).where(r.refusals > 0, r.since <= counted_until).order_by(r.staff_id)
    return list(connection.execute(found).scalars())


def settle_refusals(connection: Connection, staff_id: int, since: datetime) -> None:
    """They are on the record: count anew from that instant on."""
    settled = update(log_in_refusal).where(log_in_refusal.c.staff_id == staff_id)
    connection.execute(settled.values(since=since, refusals=0))
