"""What the parts of the sandbox share: one lock, one record after the other, and the events that each sets off."""

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from math import floor
from pathlib import Path

from botapp.clock import Clock
from botapp.sandbox.events import Event
from botapp.sandbox.faults import REORDER_SECONDS, Drawn, FaultBook
from botapp.sandbox.graph_errors import GraphError
from botapp.sandbox.journal import Journal
from botapp.sandbox.page_directory import Page, PageDirectory
from botapp.sandbox.page_setup import PageSetups
from botapp.sandbox.people import People
from botapp.sandbox.records import JsonObject, Record
from botapp.sandbox.usage import CallMeter
from botapp.sandbox.webhooks import WebhookSender

_DUPLICATE_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """What the sandbox needs to know. `load_pages` answers page_id -> Page and is asked again, at most once a second,
    when an unknown page or token turns up. Without a `journal_path` nothing outlives the process.
    """

    webhook_url: str
    app_secret: str
    verify_token: str
    journal_path: Path | None
    load_pages: Callable[[], Mapping[str, Page]]
    day_seconds: float = 86400.0
    sends_per_second: float = 300.0


class Platform:
    """The state of the whole platform. Whoever reads and then writes holds `lock` meanwhile."""

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.day_seconds = settings.day_seconds
        self.lock = threading.RLock()
        self.pages = PageDirectory(settings.load_pages, clock)
        self.people = People()
        self.setups = PageSetups()
        self.faults = FaultBook()
        self.meter = CallMeter(settings.sends_per_second, settings.day_seconds)
        self.webhooks = WebhookSender(
            settings.webhook_url, settings.app_secret, clock, settings.day_seconds, self._note_webhook
        )
        self.journal = Journal(settings.journal_path)
        for line in self.journal.lines():
            self._apply(Record.from_line(line))

    def now(self) -> float:
        """The platform's time in whole milliseconds: what it judges by is what it tells in webhooks."""
        return floor(self.clock.now().timestamp() * 1000) / 1000

    def record(  # the fields that all records have
        self,
        what: str,
        *,
        page_id: str | None = None,
        psid: str | None = None,
        accepted: bool = True,
        error: GraphError | None = None,
        detail: JsonObject | None = None,
    ) -> Record:
        """Writes one record to the journal and carries it out; with an error it is a refusal."""
        with self.lock:
            record = Record(
                n=self.journal.count + 1,
                epoch=self.now(),
                what=what,
                page_id=page_id,
                psid=psid,
                accepted=accepted and error is None,
                code=error.code if error else None,
                subcode=error.subcode if error else None,
                detail=detail or {},
            )
            self.journal.append(record.to_line())
            self._apply(record)
            return record

    def emit(self, event: Event, drawn: Drawn, after_seconds: float = 0.0) -> None:
        """Queues one webhook, as often and as late as the faults say, if the page subscribes to its kind."""
        if not self.setups.subscribes(event.page_id, "standby" if event.standby else event.field):
            return
        facts = {"page": event.page_id, "psid": event.psid, "text": event.text, "event": event.kind}
        faults = {**self.faults.draw(facts, webhook=True), **drawn}
        after_seconds += float(faults.get("delay", 0.0)) + (REORDER_SECONDS if "reorder" in faults else 0.0)
        self.webhooks.queue(event, after_seconds)
        copies = int(float(faults["duplicate"] or 1)) if "duplicate" in faults else 0
        for copy in range(1, copies + 1):
            self.webhooks.queue(event, after_seconds + copy * _DUPLICATE_PAUSE_SECONDS)

    def log(self, after: int = 0) -> Iterable[bytes]:
        """The lines of the log above `after`, up to this instant."""
        with self.lock:
            return self.journal.lines(after)

    def close(self) -> None:
        """Stops the background threads and closes the journal."""
        self.webhooks.close()
        with self.lock:
            self.journal.close()

    def _apply(self, record: Record) -> None:
        self.people.apply(record)
        self.setups.apply(record)

    def _note_webhook(self, page_id: str, batch: Sequence[Event], status: int | None, attempt: int) -> None:
        told: list[JsonObject] = [
            {"kind": event.kind, "psid": event.psid, "mid": event.mid, "standby": event.standby} for event in batch
        ]
        detail: JsonObject = {"status": status, "attempt": attempt, "events": told}
        with contextlib.suppress(OSError):  # the journal has no room: nobody reads of this attempt, but others follow
            self.record("webhook", page_id=page_id, accepted=status == HTTPStatus.OK, detail=detail)


def new_mid() -> str:
    """A message id, unique on this platform."""
    return "m_" + secrets.token_urlsafe(36)
