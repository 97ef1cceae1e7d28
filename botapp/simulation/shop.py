"""The business's own systems: they tell of purchases, some of them late, some twice."""

from dataclasses import dataclass
from random import Random

from botapp.conversation.business import Teller, Told, ToldConversion, Who, take_conversions
from botapp.simulation.clockwork import HOUR, MINUTE, Clockwork, instant
from botapp.simulation.mailbox import Mailbox
from botapp.simulation.processes import Host
from botapp.simulation.record import Record
from botapp.simulation.store import SimulatedDatabase
from botapp.simulation.trace import Converted

_HOURS_BETWEEN = 4.0
_TELLER = Teller(1, "shop")


@dataclass(slots=True)
class Shop:
    """Acts at random hours; each telling is the production use case in a transaction of its own."""

    clockwork: Clockwork
    record: Record
    random: Random
    database: SimulatedDatabase
    host: Host
    mailboxes: list[Mailbox]
    account_ids: dict[str, int]  # by page id
    ends_at: int
    _orders: int = 0

    def begin(self) -> None:
        at = self.clockwork.now + int(self.random.expovariate(1 / _HOURS_BETWEEN) * HOUR)
        if at < self.ends_at:
            self.clockwork.at(at, self._sell)

    def _sell(self) -> None:
        """To somebody who has written; the purchase is told at once or up to some hours later."""
        known = [mailbox for mailbox in self.mailboxes if mailbox.opened_at is not None]
        if known:
            self._orders += 1
            delay = self.random.choice((0, 0, MINUTE, int(3 * HOUR * self.random.random())))
            mailbox, at, order = self.random.choice(known), self.clockwork.now, f"o{self._orders}"
            for _ in range(self.random.choice((1, 1, 2))):
                self.clockwork.at(at + delay, lambda: self._tell(mailbox, at, order))
        self.begin()

    def _tell(self, mailbox: Mailbox, at: int, order: str) -> None:
        who = Who(mailbox.contact_id, None)
        conversion = ToldConversion(who, f"o:{order}", instant(at), order_id=order)
        self.record.counts["converted"] += 1

        def run() -> None:
            with self.database.transaction() as connection:
                account_id = self.account_ids[mailbox.page_id]
                now = self.database.now(connection)
                [told] = take_conversions(connection, account_id, [conversion], _TELLER, now)
                thread = self.clockwork.current
                if thread is not None and told is not Told.UNKNOWN_CONTACT:
                    thread.on_commit = lambda: self.record.tell(
                        Converted(self.record.now(), mailbox.page_id, mailbox.contact_id, instant(at))
                    )

        def end(ok: bool) -> None:
            self.host.watch()
            if not ok:  # a system that got no answer tells it again
                self.clockwork.at(self.clockwork.now + MINUTE, lambda: self._tell(mailbox, at, order))

        self.host.spawn(run, end).start()
