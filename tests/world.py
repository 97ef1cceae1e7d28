"""A whole installation inside a test: a real database, a real Redis, and the sandbox as a real HTTP platform.

Time is real. A test that needs an old conversation dates its events back, as a late webhook would.
"""

import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from redis import Redis
from sqlalchemy import Row, Table, select

from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.installation import Installation
from botapp.campaign.file import Limits, read_campaign
from botapp.campaign.pages import PageDraft, add_or_change_page
from botapp.campaign.publish import apply_campaign
from botapp.channels.messenger.envelope import parse
from botapp.clock import Clock, SystemClock
from botapp.conversation.receive import Receipt, Receiver
from botapp.reengagement.delivery import METADATA_PREFIX, Claim, Stopwatch
from botapp.reengagement.plan import replan_after_change
from botapp.sandbox.app import Page, SandboxSettings, create_sandbox
from botapp.sandbox.server import make_server
from botapp.settings import load_settings
from botapp.storage import accounts
from botapp.storage.accounts import Account
from botapp.storage.reengagements import ReengagementKey
from botapp.storage.schema import contact, ledger_entry, metadata, reengagement, reply
from botapp.workers.worker import Duties

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PAGE_ID = "1000"
TOKEN = "page-token-of-the-test"
SECRET = "an-app-secret-for-tests"
VERIFY_TOKEN = "a-verify-token-for-tests"
CAMPAIGN = """
[[templates]]
name = "hello-again"
text = "Hello {first_name|there}, is there anything else?"
language = "en"
purpose = "service"

[[rules]]
name = "after-a-while"
template = "hello-again"
delay = "4h"
"""


@dataclass
class World:
    """What a test holds in its hands."""

    installation: Installation
    receiver: Receiver
    duties: Duties
    platform_url: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def account(self) -> Account:
        with self.installation.database.reading() as connection:
            return accounts.find_by_pages(connection, PLATFORM, [PAGE_ID])[PAGE_ID]

    def apply(self, campaign: str, *, publish: bool = True) -> None:
        """Apply a campaign file's text to the page."""
        limits = Limits(2000, timedelta(hours=24), timedelta(minutes=5))
        content = read_campaign(campaign.encode(), limits)
        apply_campaign(self.installation.database, self.account.id, content, publish=publish)

    def add_customer(self, name: str = "Alice Ng", **profile: Any) -> str:
        """A person of the sandbox; their platform id."""
        body = {"page_id": PAGE_ID, "name": name, **profile}
        answer = requests.post(f"{self.platform_url}/sandbox/customers", json=body, timeout=5)
        answer.raise_for_status()
        return str(answer.json()["psid"])

    def act(self, psid: str, action: str, **body: Any) -> Any:
        """The person does something on the platform: "message", "block", … The webhook goes nowhere: see `says`."""
        answer = requests.post(f"{self.platform_url}/sandbox/customers/{psid}/{action}", json=body, timeout=5)
        answer.raise_for_status()
        return answer.json()

    def says(self, psid: str, text: str = "hello", *, ago: timedelta = timedelta(0), mid: str | None = None) -> Receipt:
        """The person wrote that long ago, and the platform delivers it now. Sandbox and botapp both learn of it."""
        self.act(psid, "message", text=text, ago=ago.total_seconds())
        return self.receives(psid, {"message": {"mid": mid or f"m_{next(self._numbers)}", "text": text}}, ago=ago)

    def receives(self, psid: str, item: Mapping[str, Any], *, ago: timedelta = timedelta(0)) -> Receipt:
        """An event of the person reaches our one write path; the platform is not asked."""
        now = self.installation.clock.now()
        return self.receives_items([self.item(psid, item, at=now - ago)], received_at=now)

    def item(self, psid: str, item: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
        """One item as it stands in a webhook body."""
        milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
        return {"sender": {"id": psid}, "recipient": {"id": PAGE_ID}, "timestamp": milliseconds, **item}

    def receives_items(self, items: list[dict[str, Any]], *, received_at: datetime | None = None) -> Receipt:
        """Several items in one body."""
        body = {"object": "page", "entry": [{"id": PAGE_ID, "time": 0, "messaging": items}]}
        received_at = received_at or self.installation.clock.now()
        return self.receiver.receive(parse(body, self.installation.rules.opening_kinds), received_at)

    def work(self) -> None:
        """One ring of the doorbell: answers, then what is due."""
        self.duties.replies.drain(self.duties.reply_pool, 5)
        self.duties.reengagements.drain(self.duties.send_pool, 5)

    def answer(self) -> None:
        """Send the answers that are owed, and nothing that is due."""
        self.duties.replies.drain(self.duties.reply_pool, 5)

    def until_answered(self, timeout_seconds: float = 10) -> None:
        """Work until no answer is owed any more; an answer that waits for another try is waited for."""
        deadline = time.monotonic() + timeout_seconds
        while any(row.state in ("planned", "claimed") for row in self.replies()):
            assert time.monotonic() < deadline, "an answer is still owed"
            self.work()

    def accepted(self, psid: str | None = None) -> list[dict[str, Any]]:
        """What the platform accepted from us, in order."""
        log = requests.get(f"{self.platform_url}/sandbox/log", timeout=5).json()["entries"]
        return [e for e in log if e["what"] == "send" and e["accepted"] and psid in (None, e.get("psid"))]

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """Set the platform's faults; see botapp/sandbox/faults.py."""
        requests.post(f"{self.platform_url}/sandbox/faults", json=list(rules), timeout=5).raise_for_status()

    def reengagements(self) -> list[Row[Any]]:
        return self._rows(select(reengagement).order_by(reengagement.c.interaction_at))

    def replies(self) -> list[Row[Any]]:
        return self._rows(select(reply).order_by(reply.c.position))

    def contacts(self) -> list[Row[Any]]:
        return self._rows(select(contact).order_by(contact.c.created_at))

    def ledger(self) -> list[Row[Any]]:
        """The entries of contacts, not those of the page itself."""
        entries = select(ledger_entry).where(ledger_entry.c.contact_id != 0)
        return self._rows(entries.order_by(ledger_entry.c.contact_id, ledger_entry.c.sequence))

    def add_page(self, page_id: str, **options: str) -> Account:
        """One more page of ours, or other options for a known one; the platform does not know it."""
        known = {"name": "Another Page"} | options
        draft = PageDraft(PLATFORM, page_id, TOKEN, known, {"zone": "UTC", "language": "en"})
        add_or_change_page(self.installation.database, self.installation.vault, draft)
        with self.installation.database.reading() as connection:
            return accounts.find_by_pages(connection, PLATFORM, [page_id])[page_id]

    def receives_body(self, *entries: Mapping[str, Any], received_at: datetime | None = None) -> Receipt:
        """A whole body: its entries as they stand in it, for any page, with `messaging`, `standby` or anything else."""
        received_at = received_at or self.installation.clock.now()
        return self.receiver.receive(
            parse({"object": "page", "entry": list(entries)}, self.installation.rules.opening_kinds), received_at
        )

    def apply_to(self, page_id: str, campaign: str = CAMPAIGN) -> None:
        """Publish a campaign file's text for another page than the first."""
        with self.installation.database.reading() as connection:
            account_id = accounts.find_by_pages(connection, PLATFORM, [page_id])[page_id].id
        content = read_campaign(campaign.encode(), Limits(2000, timedelta(hours=24), timedelta(minutes=5)))
        apply_campaign(self.installation.database, account_id, content, publish=True)

    def rows(self, table: Table) -> list[Row[Any]]:
        """All rows of a table."""
        return self._rows(select(table))

    def replan(self) -> int:
        """What the leading ticker does after the campaign changed; how many contacts it looked at."""
        looked_at = 0
        while found := replan_after_change(self.installation.database, self.installation.planner, self.account.id):
            looked_at += found
        return looked_at

    def page_ledger(self) -> list[Row[Any]]:
        """The entries of the page itself."""
        entries = select(ledger_entry).where(
            ledger_entry.c.account_id == self.account.id, ledger_entry.c.contact_id == 0
        )
        return self._rows(entries.order_by(ledger_entry.c.sequence))

    def rows_of_everything(self) -> list[Row[Any]]:
        """All rows of all tables."""
        return [row for table in metadata.sorted_tables for row in self.rows(table)]

    def falls_silent(self, name: str = "Alice Ng", *, ago: timedelta = timedelta(hours=5)) -> str:
        """Somebody wrote that long ago, was answered, and has been silent since; their platform id."""
        psid = self.add_customer(name)
        self.says(psid, ago=ago)
        self.answer()
        return psid

    def silence(self, psid: str) -> ReengagementKey:
        """The re-engagement of this person's latest silence."""
        [person] = [c for c in self.contacts() if c.platform_contact_id == psid]
        latest = max(r.interaction_at for r in self.reengagements() if r.contact_id == person.id)
        return ReengagementKey(person.account_id, person.id, latest)

    def claim(self, psid: str) -> Claim | None:
        """A worker claims what is due, and nothing is sent yet."""
        stopwatch = Stopwatch.start(self.installation.clock)
        return self.duties.reengagements.claimer.claim(self.silence(psid), stopwatch)

    def silence_of_claim(self, claim: Claim) -> ReengagementKey:
        """The re-engagement that was claimed."""
        token = claim.message.metadata.removeprefix(METADATA_PREFIX)
        [row] = [r for r in self.reengagements() if r.claim_token == token]
        return ReengagementKey(row.account_id, row.contact_id, row.interaction_at)

    def carry_out_deletions(self) -> int:
        """What the leading ticker does about people who want their data deleted; how many were erased."""
        self.installation.sealer().seal()
        rounds = self.installation.erasure_rounds()
        erased = rounds.run()
        rounds.pool.shutdown()
        return erased

    def forget_redis(self) -> None:
        """Flush what is in Redis."""
        with Redis.from_url(self.installation.redis_url) as client:
            client.flushdb()

    def attempts(self, psid: str | None = None) -> list[dict[str, Any]]:
        """The re-engagements that reached the platform, accepted or not, in order."""
        log = requests.get(f"{self.platform_url}/sandbox/log", timeout=5).json()["entries"]
        return [e for e in log if e["what"] == "send" and not e["is_response"] and psid in (None, e.get("psid"))]

    def proactive(self, psid: str | None = None) -> list[dict[str, Any]]:
        """The re-engagements that the platform accepted, in order."""
        return [attempt for attempt in self.attempts(psid) if attempt["accepted"]]

    def echo(self, psid: str, metadata: str, mid: str = "m_echo") -> None:
        """The platform tells what was sent into a thread, with what we attached to it."""
        message = {"mid": mid, "is_echo": True, "app_id": 5, "metadata": metadata}
        item = self.item(psid, {"message": message}, at=self.installation.clock.now())
        self.receives_items([item | {"sender": {"id": PAGE_ID}, "recipient": {"id": psid}}])

    def _rows(self, statement: Any) -> list[Row[Any]]:
        with self.installation.database.reading() as connection:
            return list(connection.execute(statement))


class StillClock(SystemClock):
    """What is measured on it takes no time, however long a busy machine needs; it stands until it is set."""

    seconds = 100.0

    def elapsed(self) -> float:
        return self.seconds


@contextmanager
def standing_world(
    database_url: str, redis_url: str, var_dir: Path, *, own_clock: Clock | None = None, **settings: Any
) -> Iterator[World]:
    """An installation with one page and the campaign above, and the sandbox as its platform."""
    clock = SystemClock()
    platform = create_sandbox(
        SandboxSettings(
            webhook_url="http://127.0.0.1:9/nobody-listens",  # tests deliver events themselves, when they want to
            app_secret=SECRET,
            verify_token=VERIFY_TOKEN,
            journal_path=None,
            load_pages=lambda: {PAGE_ID: Page(TOKEN, "Test Page")},
        ),
        clock,
    )
    server = make_server(platform, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    url = f"http://127.0.0.1:{server.port}"
    installation = Installation(
        load_settings(
            var_dir=var_dir,
            database_url=database_url,
            redis_url=redis_url,
            graph_url=url,
            messenger_app_secret=SECRET,
            messenger_verify_token=VERIFY_TOKEN,
            **{"sandbox": "off", "sends_per_second": 300, "sender_threads": 8, **settings},
        ),
        own_clock or clock,
    )
    draft = PageDraft(PLATFORM, PAGE_ID, TOKEN, {"name": "Test Page"}, {"zone": "UTC", "language": "en"})
    add_or_change_page(installation.database, installation.vault, draft)
    duties = installation.duties()
    world = World(installation, installation.receiver(), duties, url)
    world.apply(CAMPAIGN)
    try:
        yield world
    finally:
        for pool in (duties.reply_pool, duties.send_pool, duties.side):
            pool.shutdown()
        server.shutdown()
        thread.join()
        server.server_close()
        platform.extensions["sandbox"].close()
        installation.database.close()
