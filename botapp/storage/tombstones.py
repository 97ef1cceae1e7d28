"""What is kept of somebody who was erased: a keyed digest, the instant, and the noes that go on holding.

The key stays outside the database. Who has only the database cannot tell whose tombstones these are.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import Connection

from botapp.policy.suppression import COMPLAINT, MUTE, NOTICES, STOP, TOPIC, Suppression
from botapp.storage import bulk
from botapp.storage.schema import tombstone
from botapp.storage.statement import Columns, Statement
from botapp.storage.times import from_microseconds

TombstoneKey = tuple[int, str]  # account id, digest
NEVER = from_microseconds(0)
_COLUMNS = Columns(tombstone)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The noes that were in force when the person was erased, each with the instant from which on it counts."""

    erased_at: datetime  # NEVER: they were not known, and their noes came with a list
    stopped_at: datetime | None = None
    notices_stopped_at: datetime | None = None
    muted_at: datetime | None = None
    muted_until: datetime | None = None
    refused_at: datetime | None = None  # the latest word on consent was a no

    @staticmethod
    def of(erased_at: datetime, in_force: Iterable[Suppression], refused_at: datetime | None) -> "Tombstone":
        """Of somebody for whom these suppressions hold, and of whom nothing up to that instant is taken in again."""
        by_scope = {s.scope: s for s in in_force}
        stop, notices, mute = by_scope.get(STOP), by_scope.get(NOTICES), by_scope.get(MUTE)
        # Which topics they did not want, or that they complained, would tell of them: what is kept of that is a stop.
        others = [s for scope, s in by_scope.items() if scope.partition(":")[0] in (TOPIC, COMPLAINT)]
        stop = stop or max(others, key=lambda s: s.set_at or erased_at, default=None)
        return Tombstone(
            erased_at,
            stopped_at=stop.set_at if stop else None,
            notices_stopped_at=notices.set_at if notices else None,
            muted_at=mute.set_at if mute else None,
            muted_until=mute.until if mute else None,
            refused_at=refused_at,
        )

    def with_no(self, at: datetime) -> "Tombstone":
        """A no from before the erasure that reached us after it."""
        return replace(self, stopped_at=max(at, self.stopped_at or at))

    def suppressions(self) -> list[Suppression]:
        """Under what a person who comes back begins."""
        kept = (
            (STOP, self.stopped_at, None),
            (NOTICES, self.notices_stopped_at, None),
            (MUTE, self.muted_at, self.muted_until),
        )
        return [Suppression(scope, at, until) for scope, at, until in kept if at is not None]


def digest(key: bytes, platform: str, page_id: str, platform_contact_id: str) -> str:
    """Names a person without saying who it is, to everybody who does not have the key."""
    named = f"{platform}\0{page_id}\0{platform_contact_id}".encode()
    return hmac.new(key, named, sha256).hexdigest()


def save(connection: Connection, key: TombstoneKey, kept: Tombstone) -> None:
    """Put up a tombstone; one that stands already is replaced."""
    row = {
        "account_id": key[0],
        "digest": key[1],
        "erased_at": kept.erased_at,
        "stopped_at": kept.stopped_at,
        "notices_stopped_at": kept.notices_stopped_at,
        "muted_at": kept.muted_at,
        "muted_until": kept.muted_until,
        "refused_at": kept.refused_at,
    }
    bulk.upsert(connection, tombstone, [row], key=("account_id", "digest"))


def find(connection: Connection, keys: Iterable[TombstoneKey]) -> Mapping[TombstoneKey, Tombstone]:
    """The tombstones that stand under these keys."""
    wanted = [{"account_id": account_id, "digest": digested} for account_id, digested in keys]
    rows = _standing(connection.dialect.name).rows(connection, {"rows": bulk.encode(wanted)})
    return {(account_id, digested): Tombstone(*kept) for account_id, digested, *kept in map(_COLUMNS.read, rows)}


@lru_cache
def _standing(dialect: str) -> Statement:
    """Asked about everybody who writes for the first time."""
    named = bulk.is_among(tombstone, ("account_id", "digest"), dialect)
    return Statement(f"SELECT {_COLUMNS.names} FROM tombstone WHERE {named}")  # noqa: S608  names are our schema's
