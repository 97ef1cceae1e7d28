"""One world: an installation, a platform, people and staff, put together from a seed and lived through."""

from contextvars import copy_context
from functools import partial
from random import Random

from botapp.bootstrap.foundation import PLATFORM
from botapp.campaign.pages import PageDraft, add_or_change_page
from botapp.channels.port import OutboundMessage
from botapp.simulation.calendars import ZONES, clock_changes, draw_beginning, draw_bursts, zone_of
from botapp.simulation.campaigns import draw_campaign, load_campaign
from botapp.simulation.clockwork import DAY, Clockwork, HostClock
from botapp.simulation.deliveries import Courier, Delivery
from botapp.simulation.echoes import Echoes
from botapp.simulation.faults import RATES, Faults, Misfortune
from botapp.simulation.installed import Workshop, load_knowledge, new_vault
from botapp.simulation.lookout import Lookout
from botapp.simulation.mailbox import Mailbox, token_of
from botapp.simulation.outages import Outages
from botapp.simulation.parts import Parts, WorldPlan
from botapp.simulation.people import People, Person
from botapp.simulation.platform import Platform
from botapp.simulation.processes import Host, Staffing, TickerHost, Web, Worker
from botapp.simulation.record import Record
from botapp.simulation.redis import SimulatedRate, SimulatedRedis
from botapp.simulation.shop import Shop
from botapp.simulation.staff import Page, Staff
from botapp.simulation.store import SimulatedDatabase, Store
from botapp.simulation.trace import PageTold
from botapp.simulation.witness import Witness
from botapp.storage.reengagements import ReengagementKey
from botapp.storage.replies import ReplyKey

_SENDS_PER_SECOND = (20.0, 20.0, 20.0, 20.0, 20.0, 0.05)  # in one world of six far fewer than may be due at once
_PAGE_IDS = ("1000", "1001", "1002")
_OF_EACH = 2  # web processes, workers, tickers
_LINKED = 0.15  # of the people are known by two identities
_TELL_ZONE = 0.4


class World:
    """Everything that exists while a plan is lived through."""

    def __init__(self, plan: WorldPlan, parts: Parts) -> None:
        """Pages and campaigns are there; nobody has written yet."""
        self.plan = plan
        random = self._random("world")
        self.knowledge = load_knowledge()
        self.begins_at = draw_beginning(random, plan.days)
        self.sends_per_second = self._draw_rate()
        self.ends_at = self.begins_at + plan.days * DAY
        self.clockwork = Clockwork(self.begins_at, copy_context())
        self.record = Record(self.clockwork)
        self.misfortune = Misfortune(RATES[plan.faults], self.clockwork, self.record, self._random("misfortune"))
        self.store = Store(self.clockwork, HostClock(self.clockwork))
        if parts.after_schema is not None:
            parts.after_schema(self.store.raw)
        self.database = SimulatedDatabase(self.store, self.clockwork)
        self._build_outside()
        self.workshop = Workshop(
            parts,
            self.knowledge,
            self.database,
            self.platform,
            SimulatedRate(self.redis, self.sends_per_second),
            new_vault(),
        )
        self._build_processes()
        self.pages_told: list[PageTold] = []
        self.pages = self._add_pages(random)
        self._populate(self._random("people"))
        self._build_staff()
        self.witness = Witness(self.record, self.store, self.pages, self.staff)

    def live(self) -> None:
        """From the first instant to the last."""
        for page in self.pages:
            self.staff.publish(page, page.campaign)
        for person in self.persons:
            self.people.begin(person)
        self._plan_links(self._random("links"))
        self.staff.begin()
        self.shop.begin()
        self.outages.begin()
        self.misfortune.store = self.store
        self.misfortune.intrude = self._intrude
        self.store.boundaries = self.misfortune
        self.store.on_commit = self.witness.see_commit
        self.clockwork.before_a_lull = self.lookout.before_a_lull
        self.clockwork.run(self.ends_at)
        self.record.close()

    def close(self) -> None:
        """Sweep away what still waits, and the database with it."""
        self.clockwork.before_a_lull = None
        for host in self.hosts:
            host.process.crash()
        self.clockwork.run(self.clockwork.now)
        self.store.close()

    def _random(self, concern: str) -> Random:
        """Dice of their own for each concern, so that a change in one does not shuffle the others."""
        return Random(f"{self.plan.seed}/{concern}")  # noqa: S311  to be reproducible is the point

    def _draw_rate(self) -> float:
        """A user's own campaign, and a world without faults, are not slowed down."""
        is_usual = self.plan.faults is Faults.NONE or self.plan.campaign is not None
        return _SENDS_PER_SECOND[0] if is_usual else self._random("rate").choice(_SENDS_PER_SECOND)

    def _build_outside(self) -> None:
        common = (self.clockwork, self.record, self.misfortune)
        self.staffing = Staffing(*common, self._random("processes"))
        self.redis = SimulatedRedis(*common, self._random("redis"), self._wake_workers)
        errors, confirmations = self.knowledge.rules.errors, self.knowledge.confirmations
        self.platform = Platform(*common, errors, confirmations, self._random("platform"))
        self.platform.on_accepted = self._accepted
        self.courier = Courier(*common, self._random("courier"), self._post)
        self.echoes = Echoes(self.clockwork, self.courier, self._random("echoes"))
        self.dice = self._random("dice")

    def _build_processes(self) -> None:
        shop, places = self.workshop, range(_OF_EACH)
        kinds, take = self.knowledge.rules.opening_kinds, shop.parts.take_delivery
        self.webs = [
            Web(Host(self.staffing, "web", place, shop.receiver), self.redis, take, kinds, self.courier.answered)
            for place in places
        ]
        self.workers = [Worker(Host(self.staffing, "worker", place, shop.worker), self.redis) for place in places]
        self.tickers = [TickerHost(Host(self.staffing, "ticker", place, shop.ticker)) for place in places]
        self.hosts = [
            *(web.host for web in self.webs),
            *(w.host for w in self.workers),
            *(t.host for t in self.tickers),
        ]
        house, dice = self.knowledge.house, self._random("lookout")
        target = self.knowledge.settings.handover_target
        self.lookout = Lookout(self.clockwork, self.store, house, target, dice, self.tickers)

    def _add_pages(self, random: Random) -> list[Page]:
        """One of them asks for consent, one counts its windows from the first interaction, perhaps the same."""
        bases = random.sample(("implied", "implied", "explicit"), len(_PAGE_IDS))
        anchors = random.sample(("latest", "latest", "initial"), len(_PAGE_IDS))
        return [
            self._add_page(random, account_id, page_id, {"basis": basis, "anchor": anchor})
            for account_id, (page_id, basis, anchor) in enumerate(zip(_PAGE_IDS, bases, anchors, strict=True), 1)
        ]

    def _add_page(self, random: Random, account_id: int, page_id: str, terms: dict[str, str]) -> Page:
        language, zone = random.choice(("en", "de")), random.choice(ZONES)
        options = {"name": "A page", "zone": zone, "language": language, **terms}
        add_or_change_page(
            self.database, self.workshop.vault, PageDraft(PLATFORM, page_id, token_of(page_id), options, {})
        )
        self.pages_told.append(PageTold(page_id, options["zone"], options["basis"], options["anchor"]))
        own, house = self.plan.campaign, self.knowledge.house
        return Page(page_id, account_id, load_campaign(own, house) if own else draw_campaign(random, house))

    def _populate(self, random: Random) -> None:
        house, ends_at = self.knowledge.house, self.ends_at
        bursts = draw_bursts(random, self.begins_at, ends_at)
        self.people = People(self.clockwork, self.record, self.misfortune, self.courier, house, random, bursts, ends_at)
        self.persons: list[Person] = []
        customers = 0
        while customers < self.plan.customers:
            count = 2 if random.random() < _LINKED and customers + 1 < self.plan.customers else 1
            pages = random.sample(self.pages, count)
            zone = random.choice(ZONES)
            boxes = [self._mailbox(random, page.page_id, f"c{customers + i}", zone) for i, page in enumerate(pages)]
            delays = [rule.delay for page in pages for rule in page.campaign.rules]
            changes = clock_changes(zone, self.begins_at, ends_at)
            self.persons.append(Person(boxes[0].person, boxes, delays, changes))
            customers += count

    def _mailbox(self, random: Random, page_id: str, contact_id: str, zone: str) -> Mailbox:
        mailbox = Mailbox(
            page_id,
            contact_id,
            person=contact_id,
            zone=zone_of(zone),
            tells_zone=random.random() < _TELL_ZONE,
            first_name=random.choice((None, "Ada", "Tom")),
            locale=random.choice((None, "en_US", "de_DE", "pt_BR")),
        )
        self.platform.mailboxes[page_id, contact_id] = mailbox
        return mailbox

    def _build_staff(self) -> None:
        common = (self.clockwork, self.record, self.misfortune)
        desk = Host(self.staffing, "staff", 0, lambda _process: None)
        self.staff = Staff(
            *common, self._random("staff"), self.courier, self.database, self.knowledge.house, desk, self.pages,
            list(self.platform.mailboxes.values()), self.knowledge.rules.inbox_app_id,
            self.plan.campaign is not None, self.ends_at,
        )  # fmt: skip
        systems = Host(self.staffing, "shop", 0, lambda _process: None)
        self.shop = Shop(
            self.clockwork, self.record, self._random("shop"), self.database, systems,
            list(self.platform.mailboxes.values()),
            {page.page_id: page.account_id for page in self.pages}, self.ends_at,
        )  # fmt: skip
        self.outages = Outages(
            *common, self._random("outages"), self.redis, self.platform, self.store.clock, self.hosts,
            [page.page_id for page in self.pages], self.ends_at,
        )  # fmt: skip

    def _plan_links(self, random: Random) -> None:
        """Staff find out at some time that two identities are one person."""
        for person in self.persons:
            if len(person.mailboxes) > 1:
                at = self.begins_at + random.randrange(self.ends_at - self.begins_at)
                self.clockwork.at(at, partial(self._link, person))

    def _link(self, person: Person) -> None:
        first, second = person.mailboxes
        known = {row[0] for row in self.store.query("SELECT platform_contact_id FROM contact")}
        if {first.contact_id, second.contact_id} <= known:
            self.staff.link(first, second)

    def _wake_workers(self) -> None:
        for worker in self.workers:
            worker.listen()

    def _post(self, delivery: Delivery) -> bool:
        return self.dice.choice(self.webs).post(delivery)

    def _accepted(self, mailbox: Mailbox, message: OutboundMessage, mid: str) -> None:
        self.people.saw(mailbox, message, mid)
        self.echoes.report(mailbox, message, mid)

    def _intrude(self, subject: object) -> int:
        """Somebody whose message is on its way acts, right now."""
        if not isinstance(subject, ReengagementKey | ReplyKey):
            return 0
        asked = "SELECT platform_contact_id FROM contact WHERE account_id = ? AND id = ?"
        found = self.store.query(asked, subject.account_id, subject.contact_id)
        if not found:
            return 0
        page_id = self.pages[subject.account_id - 1].page_id
        mailbox = self.platform.mailboxes.get((page_id, found[0][0]))  # None: they were erased meanwhile
        return self.people.act_at_the_worst_moment(mailbox) if mailbox else 0
