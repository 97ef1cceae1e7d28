"""Who subscribes to webhooks of a page: added, given another secret, paused, ended. Each change is on the log."""

import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection

from botapp.channels.addresses import ForbiddenAddressError, look_up_public
from botapp.channels.connections import LookUp
from botapp.channels.vault import Vault
from botapp.channels.webhook_signature import new_secret
from botapp.identifiers import new_token
from botapp.policy import webhook_retry
from botapp.policy.public_address import fault_of_url, is_loopback_url
from botapp.policy.webhook_event import EventType
from botapp.storage import ledger, webhook_outbox, webhooks
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.webhook_outbox import Delivery
from botapp.storage.webhooks import State, Webhook

By = int | None  # who changes it, as the record has whoever acts; None: its receiver
COMMAND_LINE = 0
_OVERLAP = timedelta(hours=24)  # in which both secrets sign
_MOST_OF_A_PAGE = 20
_LONGEST_NAME = 100
_HTTPS = 443


@dataclass(frozen=True, slots=True)
class Added:
    """A new subscription, with its secret, which nobody sees again."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not, for whoever asked."""

    field: str  # name, url or events
    words: str


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where webhooks may go: public hosts, or of these only the ones that the house names."""

    hosts: Collection[str] = ()
    allows_loopback: bool = False
    look_up: LookUp | None = look_up_public  # None: names are not looked up before they are called

    def fault(self, url: str) -> str | None:
        """What is wrong with this address as such; None if nothing is."""
        found = fault_of_url(url, allows_loopback=self.allows_loopback)
        if found is not None or (self.allows_loopback and is_loopback_url(url)):
            return found
        host = (urlsplit(url).hostname or "").rstrip(".")
        if self.hosts and host not in self.hosts:
            return "is on a host that BOTAPP_WEBHOOK_HOSTS does not name"
        return None

    def fault_now(self, url: str) -> str | None:
        """The same, and where the name leads at this moment."""
        found = self.fault(url)
        if found is not None or self.look_up is None or (self.allows_loopback and is_loopback_url(url)):
            return found
        parts = urlsplit(url)
        try:
            self.look_up(parts.hostname or "", parts.port or _HTTPS)
        except ForbiddenAddressError:
            return "leads to an address that is not public; webhooks go to public ones only"
        except (socket.gaierror, UnicodeError):
            return "is on a host that cannot be found; check its name"
        return None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Adds, changes and ends them."""

    database: Database
    vault: Vault
    destinations: Destinations = field(default_factory=Destinations)
    lasts: timedelta = webhook_retry.LASTS

    def add(self, account_id: int, name: str, url: str, event_types: Collection[EventType], by: By) -> Added | Refused:
        """A subscription of a page to these events, of which there must be one at least."""
        refused = self._refused(name, url, event_types)
        if refused is not None:
            return refused
        secret = new_secret()
        with self.database.transaction() as connection:
            if webhooks.count_open(connection, account_id) >= _MOST_OF_A_PAGE:
                return Refused("name", f"would be one more than {_MOST_OF_A_PAGE} of this page; remove one")
            values = {
                "account_id": account_id,
                "name": name,
                "url": url,
                "event_types": " ".join(sorted(event_types)),
                "state": State.ACTIVE,
                "secret_encrypted": self.vault.lock(secret),
                "created_at": self.database.now(connection),
            }
            number = webhooks.add(connection, values)
            added = number and webhooks.find(connection, account_id, number)
            if not added:
                return Refused("name", "is, or was, the name of another webhook of this page; choose a new one")
            told = {"host": urlsplit(url).hostname, "events": sorted(event_types)}
            self._record(connection, added, EntryKind.WEBHOOK_ADDED, None, by, **told)
        return Added(added, secret)

    def load_all(self) -> Sequence[Webhook]:
        with self.database.reading() as connection:
            return webhooks.load_all(connection)

    def rotate(self, webhook: Webhook, by: By) -> str | None:
        """Another secret, which nobody sees again; for a day the former signs too. None if it has ended."""
        secret = new_secret()
        with self.database.transaction() as connection:
            known = webhooks.find_locked(connection, webhook.account_id, webhook.id)
            if known is None:
                return None
            values = {
                "secret_encrypted": self.vault.lock(secret),
                "former_secret_encrypted": known.secret_encrypted,
                "former_secret_until": self.database.now(connection) + _OVERLAP,
            }
            if not webhooks.change_secrets(connection, known, values):
                return None
            self._record(connection, known, EntryKind.WEBHOOK_CHANGED, "rotated", by)
        return secret

    def pause(self, webhook: Webhook, by: By) -> bool:
        """Keep events for it, and send none; those that wait for longer than a day are given up."""
        return self._move(webhook, (State.ACTIVE,), State.PAUSED, "paused", by)

    def resume(self, webhook: Webhook, by: By) -> bool:
        return self._move(webhook, (State.PAUSED,), State.ACTIVE, "resumed", by)

    def end(self, webhook: Webhook, reason: str, by: By) -> bool:
        """For good: nothing is kept for it any more, and what waits is given up."""
        return self._move(webhook, (State.ACTIVE, State.PAUSED), State.ENDED, reason, by)

    def redeliver(self, webhook: Webhook, event_id: str | None = None) -> int:
        """Send again what was given up, or this one event whatever became of it; how many."""
        with self.database.transaction() as connection:
            known = webhooks.find_locked(connection, webhook.account_id, webhook.id)
            if known is None or known.state is State.ENDED:
                return 0
            now = self.database.now(connection)
            return webhook_outbox.revive(connection, webhook, now, now + self.lasts, event_id)

    def put_test(self, webhook: Webhook) -> Delivery:
        """An event that tells nothing, for this one only; it goes the way of all others."""
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            return webhook_outbox.put_test(connection, webhook, f"evt_test_{new_token()}", now, now + self.lasts)

    def _refused(self, name: str, url: str, event_types: Collection[EventType]) -> Refused | None:
        if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
            return Refused("name", f"has to be one line of at most {_LONGEST_NAME} characters, and not an empty one")
        if not event_types:
            return Refused("events", f"names none; choose of {', '.join(EventType)}")
        fault = self.destinations.fault_now(url)
        return Refused("url", fault) if fault else None

    def _move(self, webhook: Webhook, sources: Collection[State], target: State, word: str, by: By) -> bool:
        with self.database.transaction() as connection:
            reason = word if target is State.ENDED else None
            if not webhooks.move(connection, webhook, sources, target, reason):
                return False
            given_up = webhook_outbox.kill_all(connection, webhook, word) if target is State.ENDED else 0
            self._record(
                connection, webhook, EntryKind.WEBHOOK_CHANGED, word, by, **({"given_up": given_up} if given_up else {})
            )
        return True

    def _record(
        self, connection: Connection, webhook: Webhook, kind: EntryKind, reason: str | None, by: By, **details: object
    ) -> None:
        now = self.database.now(connection)
        told = {"webhook": webhook.id, **details, **({} if by is None else {"by": by})}
        ledger.append_for_page(connection, webhook.account_id, Entry(kind, now, reason, details=told), now)
