"""Those who run the installation: marketers, operators, and the person at the page's inbox. And outages."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

from botapp.bootstrap.foundation import PLATFORM
from botapp.campaign.guards import resume_rule
from botapp.campaign.pages import link_people
from botapp.campaign.publish import apply_campaign, resume_proactive, retire_rule, stop_proactive
from botapp.reengagement.terms import HouseRules
from botapp.simulation.campaigns import WorldCampaign, draw_campaign
from botapp.simulation.clockwork import HOUR, MINUTE, SECOND, Clockwork, instant
from botapp.simulation.deliveries import Courier, Event
from botapp.simulation.echoes import OUR_APP
from botapp.simulation.faults import Misfortune
from botapp.simulation.launches import SECOND_PERSON, Launches
from botapp.simulation.mailbox import Mailbox
from botapp.simulation.processes import Host
from botapp.simulation.record import Record
from botapp.simulation.store import SimulatedDatabase
from botapp.simulation.trace import Linked, RuleTold, Staffed

_NEW_PAGE = 0.5  # how often one of the pages is new


@dataclass(slots=True)
class Page:
    """A page as staff know it."""

    page_id: str
    account_id: int
    campaign: WorldCampaign
    live: dict[str, RuleTold] = field(default_factory=dict)
    is_stopped: bool = False


@dataclass(slots=True)
class Staff:
    """Acts at random hours; each act is one production use case in a process of its own."""

    clockwork: Clockwork
    record: Record
    misfortune: Misfortune
    random: Random
    courier: Courier
    database: SimulatedDatabase
    house: HouseRules
    host: Host
    pages: list[Page]
    mailboxes: list[Mailbox]
    inbox_app_id: str
    own_campaign: bool  # a user's own: it is not exchanged
    ends_at: int
    launches: Launches = field(init=False)
    _events: int = 0

    def __post_init__(self) -> None:
        common = (self.clockwork, self.record, self.random)
        self.launches = Launches(*common, self.database, self.mailboxes, self._do)

    def begin(self) -> None:
        if self.misfortune.rates.staff_hours and self.random.random() < _NEW_PAGE:
            self._begin_anew(self.random.choice(self.pages))
        self._plan_next()

    def publish(self, page: Page, campaign: WorldCampaign) -> None:
        """Publish a file, and tell since when its rules are live. Rules that it does not name stay as they are."""
        thread = self.clockwork.current
        if thread is not None:
            thread.on_commit = lambda: self._published(page, campaign)
        apply_campaign(self.database, page.account_id, campaign.campaign, publish=True)
        if thread is None:
            self._published(page, campaign)

    def link(self, first: Mailbox, second: Mailbox) -> None:
        """Say that two contacts are one person, once both have written."""
        keys = ((first.page_id, first.contact_id), (second.page_id, second.contact_id))
        self._do(
            lambda: link_people(self.database, *keys, PLATFORM),
            lambda: self.record.tell(Linked(self.record.now(), *keys)),
        )

    def set_right_later(self, page_id: str) -> None:
        """Staff read their alarms: a paused page is resumed after minutes or hours."""
        page = next(page for page in self.pages if page.page_id == page_id)
        self._later(lambda: self._resume(page.page_id, page.account_id))

    def let_go_on_later(self, page: Page, rule: str) -> None:
        """A rule that a guard has paused is resumed, and not by whoever published it."""
        resume = partial(resume_rule, self.database, page.account_id, rule, "simulated", by=SECOND_PERSON)
        self._later(lambda: self._do(resume, self.record.expect_change))

    def _plan_next(self) -> None:
        hours = self.misfortune.rates.staff_hours
        if not hours:
            return
        at = self.clockwork.now + int(self.random.expovariate(1 / hours) * HOUR)
        if at < self.ends_at:
            self.clockwork.at(at, self._act)

    def _act(self) -> None:
        page = self.random.choice(self.pages)
        choices = [self._stop_page, self._stop_everything, self._take_thread, self._take_thread, self._get_paused]
        choices += [self._begin_anew, self._lower_cap]
        if not self.own_campaign:
            choices += [self._exchange_campaign, self._exchange_campaign, self._retire]
        chosen = self.random.choice(choices)
        self.record.counts[f"staff:{chosen.__name__.strip('_')}"] += 1
        chosen(page)
        self._plan_next()

    def _stop_page(self, page: Page) -> None:
        self._switch(page.page_id, page.account_id)

    def _stop_everything(self, _page: Page) -> None:
        self._switch(None, None)

    def _switch(self, page_id: str | None, account_id: int | None) -> None:
        """The kill switch, and back again after minutes or hours."""
        self._do(
            lambda: stop_proactive(self.database, "simulated", account_id),
            lambda: self._tell(page_id, "stop_all"),
        )
        self._later(lambda: self._resume(page_id, account_id))

    def _resume(self, page_id: str | None, account_id: int | None) -> None:
        self._do(
            lambda: resume_proactive(self.database, "simulated", account_id),
            lambda: self._tell(page_id, "resume_all"),
        )

    def _exchange_campaign(self, page: Page) -> None:
        campaign = draw_campaign(self.random, self.house)
        thread = self.host.spawn(lambda: self.publish(page, campaign), lambda _ok: self.host.watch())
        thread.start()

    def _retire(self, page: Page) -> None:
        if not page.live:
            return
        name = self.random.choice(sorted(page.live))
        self._do(lambda: retire_rule(self.database, page.account_id, name), lambda: self._retired(page, name))
        self._later(lambda: self._exchange_campaign(page))

    def _begin_anew(self, page: Page) -> None:
        self.launches.begin_anew(page.page_id, page.account_id)

    def _lower_cap(self, page: Page) -> None:
        self.launches.lower_cap(page.account_id)

    def _take_thread(self, _page: Page) -> None:
        """Somebody answers from the page's inbox, and hands back later."""
        mailbox = self.random.choice(self.mailboxes)
        if mailbox.opened_at is None or mailbox.owner != "bot":
            return
        mailbox.owner = "person"
        if self.random.random() < 0.5:  # noqa: PLR2004  the platform does not always pass control
            self._pass(mailbox, {"take_thread_control": {"new_owner_app_id": self.inbox_app_id}}, to_bot=False)
        else:
            echo = {"mid": f"m_inbox{self._events}", "text": "x", "is_echo": True, "app_id": self.inbox_app_id}
            self._pass(mailbox, {"message": echo}, to_bot=False)
        self._later(lambda: self._hand_back(mailbox))

    def _hand_back(self, mailbox: Mailbox) -> None:
        mailbox.owner = "bot"
        self._pass(mailbox, {"pass_thread_control": {"new_owner_app_id": OUR_APP}}, to_bot=True)

    def _pass(self, mailbox: Mailbox, fields: dict[str, object], *, to_bot: bool) -> None:
        mid = self._next_mid()
        self.record.passed_thread(mailbox.page_id, mailbox.contact_id, mid, to_bot=to_bot, answers="message" in fields)
        parties = [{"id": mailbox.contact_id}, {"id": mailbox.page_id}]
        if "message" in fields:
            parties.reverse()
        sender, recipient = parties
        self._send(mailbox.page_id, mid, {"sender": sender, "recipient": recipient, **fields})

    def _get_paused(self, page: Page) -> None:
        """The platform restricts the page."""
        enforcement = {"action": "block", "reason": "x"}
        mid = self._next_mid()
        self.record.pausing.add(mid)
        self._send(page.page_id, mid, {"recipient": {"id": page.page_id}, "policy_enforcement": enforcement})

    def _send(self, page_id: str, mid: str, fields: dict[str, object]) -> None:
        item = {"timestamp": self.clockwork.now // 1000, **fields}
        self.courier.send(Event(page_id, item, mid))

    def _next_mid(self) -> str:
        self._events += 1
        return f"s_{self._events}"

    def _do(self, use_case: Callable[[], object], told: Callable[[], object]) -> None:
        """In a thread, which may crash; what is told is what was committed."""

        def run() -> None:
            thread = self.clockwork.current
            if thread is not None:
                thread.on_commit = told
            use_case()

        def end(ok: bool) -> None:
            self.host.watch()
            if not ok:  # whoever sees a command fail gives it again
                self.clockwork.at(self.clockwork.now + MINUTE, lambda: self._do(use_case, told))

        self.host.spawn(run, end).start()

    def _later(self, action: Callable[[], object]) -> None:
        """Minutes to hours."""
        delay = int(MINUTE * 10 ** self.random.uniform(0, 2.3)) + SECOND
        self.clockwork.at(self.clockwork.now + delay, action)

    def _tell(self, page_id: str | None, what: str, name: str | None = None) -> None:
        self.record.expect_change()
        self.record.tell(Staffed(self.record.now(), page_id, what, name))

    def _published(self, page: Page, campaign: WorldCampaign) -> None:
        for rule in campaign.rules:
            self._end_rule(page, rule.name)
            page.live[rule.name] = replace(rule, page_id=page.page_id, since=instant(self.clockwork.now))
        self._tell(page.page_id, "campaign")

    def _retired(self, page: Page, name: str) -> None:
        self._end_rule(page, name)
        self._tell(page.page_id, "campaign", name)

    def _end_rule(self, page: Page, name: str) -> None:
        ended = page.live.pop(name, None)
        if ended is not None:
            self.record.rules.append(replace(ended, until=instant(self.clockwork.now)))
