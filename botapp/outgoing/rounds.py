"""The leading ticker's part: tells what waits to be told, on threads of its own, each receiver for itself."""

import json
import logging
import random
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from botapp.channels.vault import Vault, VaultError
from botapp.channels.webhook_caller import Heard, Line, WebhookCaller
from botapp.channels.webhook_signature import signed_headers
from botapp.clock import Clock
from botapp.outgoing.body import read_content
from botapp.outgoing.subscriptions import Subscriptions
from botapp.policy.webhook_retry import wait_before_retry
from botapp.storage import webhook_outbox, webhooks
from botapp.storage.engine import Database
from botapp.storage.webhook_outbox import Delivery
from botapp.storage.webhooks import State, Webhook

_AT_ONCE = 50
_LANE_SECONDS = 10.0  # then others may have the thread, and whoever wants to end the process need not wait for long
_LONGEST_REST_SECONDS = 60.0
_MOST_PATIENCE_SECONDS = 3600.0  # whatever it asks for
_KEPT = timedelta(days=30)
_FORGETTING_SECONDS = 600.0
# What is not told at all: of somebody who was erased, and what waited for too long while it was paused.
_ERASED, _EXPIRED = Heard("erased"), Heard("expired")
_UNTOLD = (_ERASED, _EXPIRED)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Rest:
    """A receiver that fails is left alone for a while, however much waits for it."""

    failures: int = 0
    until: float = float("-inf")


@dataclass(slots=True)
class WebhookRounds:
    """Starts what is due at each call, and waits for nothing. At least once: who dies in between tells it again."""

    database: Database
    vault: Vault
    subscriptions: Subscriptions
    caller: WebhookCaller
    clock: Clock
    pool: Executor
    _lanes: dict[int, Future[None]] = field(default_factory=dict, init=False)
    _rests: dict[int, _Rest] = field(default_factory=dict, init=False)
    _forgot_at: float = field(default=float("-inf"), init=False)

    def run(self) -> Sequence[Future[None]]:
        """To be called about once a second; what it has begun."""
        self._forget()
        with self.database.reading() as connection:
            waiting = webhooks.load_with_due(connection, self.database.now(connection))
        begun = []
        for webhook in waiting:
            if self._is_free(webhook) and self._rest(webhook).until <= self.clock.elapsed():
                self._lanes[webhook.id] = self.pool.submit(self._tell, webhook)
                begun.append(self._lanes[webhook.id])
        return begun

    def deliver(self, webhook: Webhook, delivery: Delivery) -> Heard:
        """One try of one event, now."""
        with self.caller.line(webhook.url) as line:
            return self._deliver(webhook, delivery, line)

    def _is_free(self, webhook: Webhook) -> bool:
        """Whether nobody is telling it anything. A fault of ours in one lane is seen here, and stops no other."""
        lane = self._lanes.get(webhook.id)
        if lane is None or not lane.done():
            return lane is None
        if (fault := lane.exception()) is not None:
            _log.error("webhook %d was put off by a fault of ours: %s", webhook.id, type(fault).__name__)
            del self._lanes[webhook.id]
            self._rested(webhook, Heard("fault"))
        return True

    def _tell(self, webhook: Webhook) -> None:
        """Tell this receiver what is due until nothing is, until it fails, or until others want the thread."""
        until = self.clock.elapsed() + _LANE_SECONDS
        try:
            with self.caller.line(webhook.url) as line:
                while due := self._due(webhook):
                    for delivery in due:
                        if self.clock.elapsed() >= until or not self._is_active(webhook):
                            return
                        heard = self._deliver(webhook, delivery, line)
                        if not heard.is_taken and heard not in _UNTOLD:
                            return
        except SQLAlchemyError as error:
            _log.warning("webhook %d is put off: %s", webhook.id, type(error).__name__)

    def _due(self, webhook: Webhook) -> Sequence[Delivery]:
        with self.database.reading() as connection:
            return webhook_outbox.load_due(connection, webhook, self.database.now(connection), _AT_ONCE)

    def _is_active(self, webhook: Webhook) -> bool:
        """It may have been paused or ended since it was begun with."""
        with self.database.reading() as connection:
            known = webhooks.find(connection, webhook.account_id, webhook.id)
        return known is not None and known.state is State.ACTIVE

    def _deliver(self, webhook: Webhook, delivery: Delivery, line: Line) -> Heard:
        heard = self._call(webhook, delivery, line)
        self._note(webhook, delivery, heard)
        if heard.is_gone and self.subscriptions.end(webhook, "gone", None):
            _log.warning("webhook %d has ended: its receiver says that it is gone", webhook.id)
        return heard

    def _call(self, webhook: Webhook, delivery: Delivery, line: Line) -> Heard:
        with self.database.reading() as connection:
            content, now = read_content(connection, webhook, delivery), self.database.now(connection)
        if content is None:
            return _ERASED
        if now >= delivery.give_up_at:
            return _EXPIRED
        if self.subscriptions.destinations.fault(webhook.url) is not None:
            return Heard("destination_not_allowed")
        try:
            secrets = self._secrets(webhook, now)
        except VaultError:
            return Heard("secret_unreadable")
        body = json.dumps(content, separators=(",", ":")).encode()
        return line.post(signed_headers(delivery.event_id, now, body, secrets), body)

    def _secrets(self, webhook: Webhook, now: datetime) -> list[str]:
        former, until = webhook.former_secret_encrypted, webhook.former_secret_until
        signs_too = [former] if former is not None and until is not None and now < until else []
        return [self.vault.open(secret) for secret in (webhook.secret_encrypted, *signs_too)]

    def _note(self, webhook: Webhook, delivery: Delivery, heard: Heard) -> None:
        """What came of it. If another process was quicker, what that one heard stands."""
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            state, again = "delivered" if heard.is_taken else "dead", now
            if not heard.is_taken and heard not in _UNTOLD:
                again = now + _wait(delivery, heard)
                state = "pending" if again < delivery.give_up_at else "dead"
            is_first = webhook_outbox.settle(connection, delivery, state, heard.outcome, now, again)
            if is_first and heard.is_taken:
                webhooks.note_delivered(connection, webhook, now)
            elif is_first and heard not in _UNTOLD:
                webhooks.note_failed(connection, webhook, heard.outcome, now)
        self._rested(webhook, heard)

    def _rested(self, webhook: Webhook, heard: Heard) -> None:
        rest = self._rest(webhook)
        if heard.is_taken:
            rest.failures = 0
        elif heard not in _UNTOLD:
            rest.failures = min(rest.failures + 1, 10)
            seconds = max(
                min(2.0**rest.failures, _LONGEST_REST_SECONDS), min(heard.wait_seconds, _MOST_PATIENCE_SECONDS)
            )
            rest.until = self.clock.elapsed() + seconds

    def _rest(self, webhook: Webhook) -> _Rest:
        return self._rests.setdefault(webhook.id, _Rest())

    def _forget(self) -> None:
        if self.clock.elapsed() - self._forgot_at < _FORGETTING_SECONDS:
            return
        self._forgot_at = self.clock.elapsed()
        with self.database.transaction() as connection:
            webhook_outbox.forget(connection, self.database.now(connection) - _KEPT)


def _wait(delivery: Delivery, heard: Heard) -> timedelta:
    """No shorter than the receiver asked for."""
    chance = random.random()  # noqa: S311  spreads what failed together, and guards nothing
    return max(wait_before_retry(delivery.attempts + 1, chance), timedelta(seconds=heard.wait_seconds))
