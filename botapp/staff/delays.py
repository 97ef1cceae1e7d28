"""Slows down guessing: every attempt is counted before it is judged, under keyed names that tell nobody anything."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from botapp.policy.log_in_delay import (
    FORGOTTEN_AFTER,
    FROM_ANYWHERE,
    FROM_HERE,
    FROM_THIS_PLACE,
    OF_CODES,
    Allowance,
    after_attempt,
    after_success,
    must_wait_until,
)
from botapp.storage import log_in_delays

Buckets = Mapping[str, Allowance]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an attempt comes from."""

    address: str
    client: str  # what the browser calls itself
    device: str | None = None  # of a browser that this name has been logged in with before


@dataclass(frozen=True, slots=True)
class Delays:
    """Counts attempts in buckets; the key keeps names and addresses out of the database."""

    key: bytes

    def buckets(self, name: str, origin: Origin) -> Buckets:
        """What an attempt in that name counts against.

        A browser that its owner was logged in with has a bucket to itself: whoever tries the name from elsewhere, from
        however many places, does not keep its owner out.
        """
        if origin.device:
            return {self._bucket("device", name, origin.device): FROM_HERE}
        return {
            self._bucket("here", name, origin.address): FROM_HERE,
            self._bucket("place", origin.address): FROM_THIS_PLACE,
            self._bucket("name", name): FROM_ANYWHERE,
        }

    def buckets_of_codes(self, staff_id: int) -> Buckets:
        return {self._bucket("code", str(staff_id)): OF_CODES}

    def wait(self, connection: Connection, buckets: Buckets, now: datetime) -> datetime | None:
        """Until when an attempt would have to wait. Only reads: a flood of attempts that must wait writes nothing."""
        known = log_in_delays.find(connection, buckets)
        return max((until for failures in known if (until := must_wait_until(failures, now))), default=None)

    def attempt(self, connection: Connection, buckets: Buckets, now: datetime) -> datetime | None:
        """Count an attempt. When it has to wait it is not counted, and the answer is until when."""
        log_in_delays.forget(connection, now - 2 * FORGOTTEN_AFTER)
        known = log_in_delays.lock(connection, buckets, now)
        waits = [until for failures in known.values() if (until := must_wait_until(failures, now))]
        if waits:
            return max(waits)
        counted = {name: after_attempt(known[name], buckets[name], now) for name in known}
        log_in_delays.save(connection, counted)
        return None

    def forgive(self, connection: Connection, buckets: Buckets, now: datetime) -> None:
        """The attempt was right: its owner's own failures are forgotten, the shared counts go one back."""
        known = log_in_delays.lock(connection, buckets, now)
        for name, allowance in buckets.items():
            if allowance in (FROM_HERE, OF_CODES):
                log_in_delays.forgive(connection, name)
            else:
                log_in_delays.save(connection, {name: after_success(known[name], allowance)})

    def _bucket(self, *parts: str) -> str:
        return hmac.new(self.key, "\0".join(parts).encode(errors="replace"), "sha256").hexdigest()
