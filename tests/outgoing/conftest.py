"""A page that tells a receiver on this host what happens."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, update

from botapp.channels.transport import Timeouts
from botapp.channels.webhook_caller import WebhookCaller
from botapp.outgoing.rounds import WebhookRounds
from botapp.outgoing.subscriptions import COMMAND_LINE, Added, Destinations, Subscriptions
from botapp.policy.webhook_event import EventType
from botapp.storage import webhooks
from botapp.storage.schema import webhook_delivery
from botapp.storage.webhooks import Webhook
from tests.outgoing.receiver import Receiver
from tests.world import World

_TIMEOUTS = Timeouts(connect_seconds=2, read_seconds=0.3, total_seconds=0.5)


class Hurried:
    """The world's clock, on which the test can let time pass."""

    def __init__(self, world: World) -> None:
        self._clock = world.installation.clock
        self.ahead_seconds = 0.0

    def now(self) -> datetime:
        return self._clock.now()

    def elapsed(self) -> float:
        return self._clock.elapsed() + self.ahead_seconds


@dataclass
class Hooked:
    """The world with a receiver and what tells it."""

    world: World
    receiver: Receiver
    subscriptions: Subscriptions
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))
    secret: str = ""

    def __post_init__(self) -> None:
        self.clock = Hurried(self.world)
        self.rounds = self.another_process()

    def another_process(self) -> WebhookRounds:
        installation = self.world.installation
        return WebhookRounds(
            database=installation.database,
            vault=installation.vault,
            subscriptions=self.subscriptions,
            caller=WebhookCaller(self.clock, allows_loopback=True, timeouts=_TIMEOUTS),
            clock=self.clock,
            pool=self.pool,
        )

    def subscribe(self, *event_types: EventType, name: str = "crm", url: str | None = None) -> Webhook:
        added = self.subscriptions.add(
            self.world.account.id, name, url or self.receiver.url, event_types or tuple(EventType), COMMAND_LINE
        )
        assert isinstance(added, Added), added
        self.secret = added.secret
        return added.webhook

    def take(self) -> None:
        """What the ticker does with the log."""
        while self.world.installation.sealer().seal():
            pass
        self.world.installation.outcome_keeper().advance()

    def tell(self) -> None:
        """Begin what is due, and wait until it is done."""
        for lane in self.rounds.run():
            lane.result(10)

    def later(self) -> None:
        """All that waits is due again, and no receiver rests any more."""
        self.clock.ahead_seconds += 3700
        with self.world.installation.database.transaction() as connection:
            now = self.world.installation.database.now(connection)
            connection.execute(update(webhook_delivery).values(next_try_at=now - timedelta(seconds=1)))

    def deliveries(self) -> list[Row[Any]]:
        return sorted(self.world.rows(webhook_delivery), key=lambda row: row.event_type)

    def states(self) -> list[tuple[str, str, int, str | None]]:
        return [(row.event_type, row.state, row.attempts, row.outcome) for row in self.deliveries()]

    def of(self, webhook: Webhook) -> Webhook:
        """As it stands now."""
        with self.world.installation.database.reading() as connection:
            found = webhooks.find(connection, webhook.account_id, webhook.id)
        assert found is not None
        return found


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, except where a test names the other."""
    url: str = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_database_url")
    return url


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    standing = Receiver()
    yield standing
    standing.close()


@pytest.fixture
def hooked(world: World, receiver: Receiver) -> Iterator[Hooked]:
    installation = world.installation
    destinations = Destinations(allows_loopback=True)
    standing = Hooked(world, receiver, Subscriptions(installation.database, installation.vault, destinations))
    yield standing
    receiver.may_answer.set()
    standing.pool.shutdown()
