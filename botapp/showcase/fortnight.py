"""A shop's fortnight, lived through from its first morning to this very moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from random import Random
from typing import Any

from botapp.bootstrap.foundation import complete_settings
from botapp.channels.messenger.envelope import parse
from botapp.demo import learn_apart
from botapp.identifiers import drawn_from
from botapp.policy.zones import find_zone
from botapp.settings import Settings
from botapp.showcase.agenda import Agenda, DrivenClock
from botapp.showcase.business import Business
from botapp.showcase.chats import JOURNAL, introduce
from botapp.showcase.installed import DrivenInstallation, InlineExecutor
from botapp.showcase.life import Item, Life
from botapp.showcase.opening import OPERATORS, PAGE_ID, Learn, open_shop, shop_faq
from botapp.showcase.platform import Customer, InProcessPlatform
from botapp.showcase.script import Script, read_script
from botapp.showcase.story import Story
from botapp.showcase.team import Team
from botapp.storage import reengagements, replies

_ANSWERS_AFTER = (1, 4)  # seconds
_LOOKS_EVERY = timedelta(minutes=5)
_KEEPS_HOUSE_EVERY = timedelta(hours=3)  # what production does every second or minute
_ONE_ROUND_SECONDS = 0.05  # less than a send takes here: a drain looks once and not again
_FIRST_PSID = 6_100_000_000_000_000
_DAY = timedelta(days=1)

Progress = Callable[[float], object]  # the share that is lived through


@dataclass(frozen=True, slots=True)
class Plan:
    """Two fortnights of the same plan are alike, but for the keys that sign their logs."""

    until: datetime
    days: int = 14
    customers: int = 1200
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of a plan, in numbers."""

    customers: int  # who have written
    conversations: int
    events: int  # that the platform delivered
    paused: tuple[str, ...]  # rules that a guard has paused


def live_through(plan: Plan, settings: Settings, progress: Progress, learn: Learn = learn_apart) -> Lived:
    """Make it, in a database whose schema stands and which is empty. `learn`: what the page's FAQ is learnt with."""
    with drawn_from(_dice(plan, "identifiers").getrandbits):
        return _Fortnight(plan, settings, learn).live(progress)


class _Fortnight:
    """Everybody who takes part in it."""

    def __init__(self, plan: Plan, settings: Settings, learn: Learn) -> None:
        self.plan, self.script = plan, read_script()
        begins_at = plan.until - plan.days * _DAY
        self.clock = DrivenClock(begins_at)
        self.agenda = Agenda(self.clock, plan.until)
        self.platform = InProcessPlatform(self.clock, _dice(plan, "platform"))
        self.installation = DrivenInstallation(complete_settings(settings), self.clock, self.platform)
        shop = self.script.shop
        with ThreadPoolExecutor(max_workers=1) as apart:  # to learn, and to read what else it takes, are seconds each
            learnt = apart.submit(learn, shop_faq())
            self.receiver = self.installation.receiver()
            self.duties, self.pool = self.installation.duties(), InlineExecutor()
            self.ticker = self.installation.ticker()
            named = {name: shop[name] for name in ("name", "zone", "language")}
            self.shop = open_shop(self.installation, named, lambda _entries: learnt.result())
        self.dice = _dice(plan, "network")
        business = Business(self.installation.database, self.shop.account_id, self.shop.teller)
        self.life = Life(self.agenda, _dice(plan, "life"), self.script, business, self._post)
        self.platform.on_arrival = self.life.arrived
        self._events = 0

    def live(self, progress: Progress) -> Lived:
        """From the first morning to the end."""
        for customer in _populate(self.script, self.plan):
            self.platform.customers[customer.psid] = customer
            self.life.begin(customer, self.clock.now())
        self.agenda.every(_LOOKS_EVERY, self._look)
        self.agenda.every(_KEEPS_HOUSE_EVERY, partial(self._keep_house, progress))
        self._team().begin()
        Story(self.agenda, self.installation, self.shop).begin(self.clock.now())
        self.agenda.run()
        self._keep_house(progress)
        lived = self._lived()
        self.installation.database.close()
        return lived

    def _lived(self) -> Lived:
        everybody = self.platform.customers.values()
        introduce(everybody, self.installation.settings.var_dir / JOURNAL, self.clock)
        standings = self.installation.guards().standings(self.shop.account_id)
        paused = sorted({each.guarded.rule for each in standings if each.is_paused})
        written = sum(customer.wrote_at is not None for customer in everybody)
        return Lived(written, self.life.conversations, self._events, tuple(paused))

    def _team(self) -> Team:
        return Team(
            agenda=self.agenda,
            random=_dice(self.plan, "team"),
            script=self.script,
            database=self.installation.database,
            desk=self.installation.handover_desk(),
            account_id=self.shop.account_id,
            operators=self.shop.numbers(OPERATORS),
            zone=_zone(self.script),
        )

    def _post(self, customer: Customer, fields: Item) -> None:
        """One delivery of the platform's webhook, as web.webhooks takes it."""
        self._events += 1
        now = self.clock.now()
        body = _body(customer, fields, f"m_{self._events}", now)
        receipt = self.receiver.receive(parse(body, self.installation.rules.opening_kinds), now)
        if receipt.answers_owed:
            self.agenda.after(timedelta(seconds=self.dice.uniform(*_ANSWERS_AFTER)), self._answer)

    def _answer(self) -> None:
        self.duties.replies.drain(self.pool, _ONE_ROUND_SECONDS)

    def _look(self) -> None:
        """As the ticker does several times a second, which rings for what is owed."""
        database = self.installation.database
        with database.reading() as connection:
            now = database.now(connection)
            is_answer_owed = replies.any_waiting(connection, now)
            is_due = bool(reengagements.accounts_with_due(connection, now))
        if is_answer_owed:
            self._answer()
        while is_due:
            is_due = self.duties.reengagements.drain(self.pool, _ONE_ROUND_SECONDS) > 0

    def _keep_house(self, progress: Progress) -> None:
        self.ticker.tick_once()
        progress(1 - (self.plan.until - self.clock.now()) / (self.plan.days * _DAY))


def _populate(script: Script, plan: Plan) -> list[Customer]:
    random = _dice(plan, "people")
    shares = [talk.share for talk in script.talks]
    found = []
    for number in range(plan.customers):
        [talk] = random.choices(script.talks, shares)
        names = random.choice(talk.first_names), random.choice(talk.last_names)
        # Not side by side: ids of real customers are not.
        psid = str(_FIRST_PSID + number * 7_919_113 + random.randrange(7_919_113))
        found.append(Customer(psid, *names, talk, random.choice(talk.zones)))
    return found


def _body(customer: Customer, fields: Item, mid: str, at: datetime) -> dict[str, Any]:
    milliseconds = int(at.timestamp() * 1000)
    if "message" in fields:
        fields = {"message": {"mid": mid, **fields["message"]}}
    item = {"sender": {"id": customer.psid}, "recipient": {"id": PAGE_ID}, "timestamp": milliseconds, **fields}
    return {"object": "page", "entry": [{"id": PAGE_ID, "time": milliseconds, "messaging": [item]}]}


def _zone(script: Script) -> tzinfo:
    found = find_zone(script.shop["zone"])
    if found is None:
        raise LookupError(script.shop["zone"])
    return found


def _dice(plan: Plan, concern: str) -> Random:
    """Dice of their own for each concern, so that a change in one does not shuffle the others."""
    return Random(f"{plan.seed}/{concern}")  # noqa: S311  to be reproducible is the point
