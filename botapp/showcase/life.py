"""What customers do: they write, look around, order, leave, come back, and react to what reaches them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from botapp.showcase.agenda import Agenda
from botapp.showcase.business import Business
from botapp.showcase.platform import Arrived, Customer, Line
from botapp.showcase.script import Reading, Script
from botapp.understanding.wish import PAYLOAD_STOP

Item = dict[str, Any]
Post = Callable[[Customer, Item], None]

_HUNDRED = 100.0
_ADS = ("6091", "6092", "6107")
_BETWEEN_LINES = (20, 140)  # seconds
_MOST_QUESTIONS = 3
_READ = 80.0
_TYPES = 35.0  # though there are buttons
_TELLS_OF_ORDER = 20.0
_TRIES = 30


@dataclass(slots=True)
class Life:
    """Of all customers of a page. `post` is the platform's webhook."""

    agenda: Agenda
    random: Random
    script: Script
    business: Business
    post: Post
    conversations: int = 0

    def begin(self, customer: Customer, begins_at: datetime) -> None:
        """Plan somebody's first conversation, anywhere from then to the end."""
        self.agenda.at(self._hour_of_day(customer, begins_at, self.agenda.until), partial(self._converse, customer))

    def arrived(self, arrived: Arrived) -> None:
        """A message has reached somebody. To one that comes by itself they may react."""
        customer = arrived.customer
        if arrived.is_response:
            return
        delivered = {"delivery": {"mids": [arrived.message_id], "watermark": _milliseconds(self.agenda.clock.now())}}
        self.agenda.after(timedelta(seconds=self.random.randrange(1, 5)), partial(self.post, customer, delivered))
        if self._chance(_READ):
            after = timedelta(minutes=self.random.lognormvariate(3.0, 1.0))
            self.agenda.after(after, partial(self._read, arrived))

    # In a conversation

    def _converse(self, customer: Customer) -> None:
        if customer.wants_no_more or customer.stays_away:
            return
        self.conversations += 1
        span = timedelta(0)
        for place, line in enumerate(self._lines(customer)):
            if place:
                span += timedelta(seconds=self.random.randrange(*_BETWEEN_LINES))
            self.agenda.after(span, partial(self._say, customer, line))
        self.agenda.after(
            span + timedelta(seconds=self.random.randrange(*_BETWEEN_LINES)), partial(self._part, customer)
        )

    def _lines(self, customer: Customer) -> Iterator[Item]:
        """What they write, one after the other; with the first goes the ad that brought them."""
        story, talk = self.script.conversation, customer.talk
        texts = [*self._questions(customer)]
        if self._chance(story["greets_first"]):
            texts.insert(0, self.random.choice(talk.hello))
        for wish, words in (("wants_person", talk.person), ("complains", talk.complaint)):
            if self._chance(story[wish]):
                texts += [self._filled(customer, self.random.choice(talk.trouble)), self.random.choice(words)]
                break
        else:
            if self._chance(story["thanks"]):
                texts.append(self.random.choice(talk.thanks))
        first: Item = {"referral": self._ad()} if self._chance(story["comes_by_ad"]) else {}
        for text in texts:
            yield {"text": text, **first}
            first = {}

    def _questions(self, customer: Customer) -> Iterator[str]:
        story, talk = self.script.conversation, customer.talk
        for _ in range(_MOST_QUESTIONS):
            if self._chance(story["asks_what_nobody_knows"]):
                words = talk.unknown
            else:
                words = talk.wares if self._chance(story["asks_about_ware"]) else talk.questions
            yield self._filled(customer, self.random.choice(words))
            if not self._chance(story["asks_again"]):
                return

    def _filled(self, customer: Customer, text: str) -> str:
        ware = self.random.choice(customer.talk.names_of_wares)
        return text.replace("{ware}", ware).replace("{number}", str(self.random.randrange(40_000, 48_000)))

    def _ad(self) -> Item:
        ad_id = self.random.choice(_ADS)
        return {"ref": f"ad-{ad_id}", "ad_id": ad_id, "source": "ADS", "type": "OPEN_THREAD"}

    def _part(self, customer: Customer) -> None:
        """The conversation is over; what of it goes on without words."""
        story, later = self.script.conversation, self.script.later
        if self._chance(story["stops"]):
            self._refuse(customer, customer.talk.stop, for_good=True)
            return
        if self._chance(story["mutes"]):
            self._refuse(customer, customer.talk.mute, for_good=False)
        elif self._chance(story["orders"]):
            self._order(customer)
        elif self._chance(story["leaves_basket"] * story["asks_about_ware"] / _HUNDRED):
            self.business.basket(customer, self.random.choice(story["basket_values"]), self.agenda.clock.now())
        customer.is_blocked = customer.is_blocked or self._chance(story["blocks"])
        if self._chance(later["writes_by_self"]):
            self.agenda.after(self._hours(1, 30), partial(self._go_on, customer, customer.silence))
        if self._chance(later["orders_by_self"]):
            self.agenda.after(self._hours(3, 40), partial(self._order, customer))
        if self._chance(later["comes_back"]):
            begins_at = self.agenda.clock.now() + timedelta(days=1 + self.random.expovariate(1 / later["days_between"]))
            back_at = self._hour_of_day(customer, begins_at, begins_at + timedelta(days=1))
            self.agenda.at(back_at, partial(self._converse, customer))

    def _go_on(self, customer: Customer, silence: int) -> None:
        """They write again by themselves, unless they have written since."""
        if customer.silence == silence and not (customer.wants_no_more or customer.stays_away):
            self._say(customer, {"text": self._filled(customer, self.random.choice(customer.talk.questions))})

    # What reaches them

    def _read(self, arrived: Arrived) -> None:
        customer, now = arrived.customer, self.agenda.clock.now()
        self.post(customer, {"read": {"watermark": _milliseconds(now)}})
        reading = self.script.reading_of(arrived.text)
        if reading is not None and not customer.wants_no_more:
            self._react(arrived, reading)

    def _react(self, arrived: Arrived, reading: Reading) -> None:
        customer, talk, draw = arrived.customer, arrived.customer.talk, self.random.random() * _READ
        soon = timedelta(minutes=self.random.lognormvariate(1.5, 1.0))
        for share, words, for_good in (
            (reading.stops, talk.stop, True),
            (reading.mutes, talk.mute, False),
            (reading.complains, talk.complaint, True),
        ):
            draw -= share
            if draw < 0:
                self.agenda.after(soon, partial(self._refuse, customer, words, for_good=for_good))
                return
        if self._chance(reading.stays_away):
            customer.stays_away = True
        if draw < reading.replies:
            self.agenda.after(soon, partial(self._say, customer, self._reply(arrived)))
        if self.random.random() * _READ < reading.orders:
            self.agenda.after(soon + self._hours(0.2, 8), partial(self._order, customer))

    def _reply(self, arrived: Arrived) -> Item:
        """In words, or by a button that stands under the message."""
        own = [button for button in arrived.buttons if button[1] != PAYLOAD_STOP]
        if not own or self._chance(_TYPES):
            return {"text": self.random.choice(arrived.customer.talk.back)}
        title, payload = self.random.choice(own)
        return {"text": title, "quick_reply": {"payload": payload}}

    # Acts

    def _say(self, customer: Customer, message: Item) -> None:
        if customer.is_blocked:
            return
        customer.silence += 1
        customer.wrote_at = self.agenda.clock.now()
        customer.thread.append(Line(customer.wrote_at, is_from_customer=True, text=message["text"]))
        self.post(customer, {"message": message})

    def _refuse(self, customer: Customer, words: Sequence[str], *, for_good: bool) -> None:
        customer.wants_no_more = customer.wants_no_more or for_good
        self._say(customer, {"text": self.random.choice(words)})

    def _order(self, customer: Customer) -> None:
        """At the shop's page. Some tell the bot of it."""
        number = self.business.next_order()
        value = self.random.choice(self.script.conversation["order_values"])
        self.business.order(customer, number, value, self.agenda.clock.now())
        if self._chance(_TELLS_OF_ORDER) and not (customer.wants_no_more or customer.stays_away):
            self._say(customer, {"text": self.random.choice(customer.talk.ordered).replace("{number}", number)})

    # Dice

    def _chance(self, percent: float) -> bool:
        return self.random.random() * _HUNDRED < percent

    def _hours(self, least: float, most: float) -> timedelta:
        return timedelta(hours=self.random.uniform(least, most))

    def _hour_of_day(self, customer: Customer, after: datetime, until: datetime) -> datetime:
        """An instant between the two at which people are awake: hours are drawn by their weight."""
        hours = self.script.shop["hours"]
        highest = max(hours)
        for _ in range(_TRIES):
            drawn = after + (until - after) * self.random.random()
            local = (drawn + timedelta(hours=customer.zone_hours)).hour
            if self.random.random() * highest < hours[local]:
                return drawn
        return after


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
