"""Publishes checkpoints where nobody who could change the database can reach them: only such a copy proves anything."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from botapp.channels.transport import Failure, Request, Timeouts, Transport
from botapp.clock import Clock
from botapp.storage import log_duties, tree
from botapp.storage.engine import Database
from botapp.storage.log_duties import LogDuty
from botapp.storage.tree import SignedCheckpoint

_TIMEOUTS = Timeouts(connect_seconds=2.0, read_seconds=3.0, total_seconds=5.0)
_RETRY = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class PublishError(Exception):
    """A place did not take a checkpoint; the text is ours and names no address."""


class Place(Protocol):
    """Somewhere to publish."""

    @property
    def name(self) -> str: ...

    def put(self, checkpoint: SignedCheckpoint) -> str:
        """Publish; where it can be found now. PublishError if the place did not take it."""
        ...


@dataclass(frozen=True, slots=True)
class Directory:
    """Each checkpoint is a file, named by its size."""

    path: Path
    name: str = "directory"

    def put(self, checkpoint: SignedCheckpoint) -> str:
        path = self.path / f"checkpoint-{checkpoint.size}"
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            draft.write_text(checkpoint.note, encoding="utf-8")
            draft.replace(path)  # whoever fetches them sees a whole one or none
        except OSError as error:
            raise PublishError(f"the directory cannot be written: {error.strerror}") from None
        return str(path)


@dataclass(frozen=True, slots=True)
class Url:
    """Each checkpoint is the body of a POST. Redirects are not followed."""

    url: str
    clock: Clock
    name: str = "url"

    def put(self, checkpoint: SignedCheckpoint) -> str:
        parts = urlsplit(self.url)
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        transport = Transport(f"{parts.scheme}://{parts.netloc}", clock=self.clock, timeouts=_TIMEOUTS)
        try:
            answer = transport.call(Request("POST", path, headers, checkpoint.note.encode()))
        finally:
            transport.close()
        if isinstance(answer, Failure):
            raise PublishError(f"the address did not answer: {answer.detail}")
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise PublishError(f"the address answered {answer.status}")
        return f"{parts.scheme}://{parts.hostname}"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes the newest checkpoint in each place, and remembers what was published where."""

    database: Database
    places: Sequence[Place]
    interval: timedelta

    def publish_due(self) -> int:
        """Publish where the last time is longer ago than the interval; in how many places. Failures are noted."""
        with self.database.reading() as connection:
            last, now = tree.last_checkpoint(connection), self.database.now(connection)
            known = {duty.name: duty for duty in log_duties.load_all(connection)}
        if last is None:
            return 0
        return sum(self._try(place, last) for place in self.places if self._is_due(known.get(place.name), last, now))

    def publish(self, place: Place, checkpoint: SignedCheckpoint) -> str:
        """Publish one checkpoint in one place; where it can be found. PublishError, which is noted as well."""
        try:
            found_at = place.put(checkpoint)
        except PublishError as error:
            with self.database.transaction() as connection:
                log_duties.fail(connection, place.name, str(error), self.database.now(connection))
            raise
        with self.database.transaction() as connection:
            log_duties.succeed(connection, place.name, checkpoint.size, self.database.now(connection))
        return found_at

    def _is_due(self, duty: LogDuty | None, last: SignedCheckpoint, now: datetime) -> bool:
        if duty is None:
            return True
        if duty.failures:
            return now - duty.tried_at >= _RETRY
        return duty.size != last.size and (duty.done_at is None or now - duty.done_at >= self.interval)

    def _try(self, place: Place, checkpoint: SignedCheckpoint) -> bool:
        try:
            self.publish(place, checkpoint)
        except PublishError as error:
            _log.error("checkpoint %d is not published, it will be tried again: %s", checkpoint.size, error)
            return False
        return True
