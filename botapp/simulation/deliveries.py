"""Webhooks on their way: batched, late, doubled, reordered, and delivered again until they are answered with 200."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from botapp.simulation.clockwork import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Clockwork
from botapp.simulation.faults import Misfortune
from botapp.simulation.record import Record

Item = Mapping[str, Any]
_PATIENCE = 5 * SECOND  # the platform waits so long for a 200 (platform-reference 1.4)
_LARGEST_BATCH = 100
# How long until it tries again, each time; then it gives up after about 36 hours.
_AGAIN = (200 * MILLISECOND, SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, *((2 * HOUR,) * 18))


@dataclass(frozen=True, slots=True)
class Event:
    """One item of a webhook body."""

    page_id: str
    item: Item
    mid: str
    channel: str = "messaging"


@dataclass(slots=True)
class Delivery:
    """One POST, and whether it was answered in time."""

    events: tuple[Event, ...]
    attempt: int
    is_over: bool = False  # the platform has its answer, or waits no longer

    def body(self) -> dict[str, Any]:
        """As the platform writes it: an entry for each page and channel."""
        entries: dict[tuple[str, str], list[Item]] = {}
        for event in self.events:
            entries.setdefault((event.page_id, event.channel), []).append(event.item)
        listed = [{"id": page, "time": 1, channel: items} for (page, channel), items in entries.items()]
        return {"object": "page", "entry": listed}

    def mids(self) -> tuple[str, ...]:
        return tuple(event.mid for event in self.events)


@dataclass(slots=True)
class Courier:
    """The platform's delivery of webhooks."""

    clockwork: Clockwork
    record: Record
    misfortune: Misfortune
    random: Random
    post: Callable[[Delivery], bool]  # hand it to a web process; False if none takes the connection
    _outbox: list[Event] = field(default_factory=list)
    _reports: list[Event] = field(default_factory=list)

    def send(self, event: Event) -> None:
        """Deliver soon, or late."""
        random = self.random
        if random.random() < self.misfortune.rates.late_webhook:
            self.record.counts["fault:webhook:late"] += 1
            delay = int(SECOND * 10 ** random.uniform(0, 5.4))  # a second to three days
            self.clockwork.at(self.clockwork.now + delay, lambda: self._post([event]))
            return
        self.send_soon(event)

    def send_soon(self, event: Event) -> None:
        """With what else is waiting."""
        if not self._outbox:
            self.clockwork.at(self.clockwork.now + self._pause(), self._dispatch)
        self._outbox.append(event)

    def report(self, event: Event) -> None:
        """What the platform tells of our own messages is in no hurry: it waits for more of its kind."""
        if not self._reports:
            self.clockwork.at(self.clockwork.now + int(SECOND * 10 ** self.random.uniform(0, 3.5)), self._send_reports)
        self._reports.append(event)

    def send_now(self, event: Event) -> None:
        """At this very instant, as it happens at the worst of times."""
        self._post([event])

    def answered(self, delivery: Delivery, *, ok: bool) -> None:
        """A web process answered, or its connection broke."""
        if delivery.is_over:
            return
        delivery.is_over = True
        if ok:
            self._perhaps_double(delivery)
        else:
            self._again(delivery)

    def _pause(self) -> int:
        """Updates of the same moment travel together (platform-reference 1.4)."""
        return self.random.randrange(100, 4_000) * MILLISECOND

    def _send_reports(self) -> None:
        reports, self._reports = self._reports, []
        for event in reports:
            self.send(event)

    def _dispatch(self) -> None:
        events, self._outbox = self._outbox, []
        if self.misfortune.rates.ring and self.random.random() < 0.2:  # noqa: PLR2004  a world with faults reorders
            self.random.shuffle(events)
            self.record.counts["fault:webhook:reordered"] += len(events) > 1
        for start in range(0, len(events), _LARGEST_BATCH):
            self._post(events[start : start + _LARGEST_BATCH])

    def _post(self, events: list[Event]) -> None:
        self._try(Delivery(tuple(events), attempt=0))

    def _try(self, delivery: Delivery) -> None:
        self.record.counts["deliveries"] += 1
        if not self.post(delivery):
            self.answered(delivery, ok=False)
        elif not delivery.is_over:
            self.clockwork.at(self.clockwork.now + _PATIENCE, lambda: self.answered(delivery, ok=False))

    def _again(self, delivery: Delivery) -> None:
        if delivery.attempt >= len(_AGAIN):
            self.record.counts["webhooks_given_up"] += 1
            return
        self.record.counts["fault:webhook:redelivered"] += 1
        later = self.clockwork.now + _AGAIN[delivery.attempt]
        follower = Delivery(delivery.events, delivery.attempt + 1)
        self.clockwork.at(later, lambda: self._try(follower))

    def _perhaps_double(self, delivery: Delivery) -> None:
        chance = self.misfortune.rates.doubled_webhook
        for event in delivery.events if chance else ():
            if self.random.random() < chance:
                self.record.counts["fault:webhook:doubled"] += 1
                later = int(SECOND * 10 ** self.random.uniform(-1, 6.3))  # up to three weeks
                self.clockwork.at(self.clockwork.now + min(later, 21 * DAY), partial(self.send_soon, event))
