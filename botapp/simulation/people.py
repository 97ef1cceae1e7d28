"""The customers: how they come and go, and how they choose the worst of moments."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from botapp.channels.port import OutboundMessage
from botapp.reengagement.terms import HouseRules
from botapp.simulation.acts import ACTS, Act
from botapp.simulation.clockwork import DAY, MILLISECOND, MINUTE, SECOND, Clockwork, instant, microseconds
from botapp.simulation.deliveries import Courier, Event
from botapp.simulation.faults import Misfortune
from botapp.simulation.mailbox import Mailbox
from botapp.simulation.record import Record
from botapp.simulation.trace import Acted, Said

_DAYS_BETWEEN_SESSIONS = 4.6
_NEAR = 4 * SECOND
# In a session.
_USUAL = {
    "talk": 48, "courtesy": 12, "sticker": 3, "picture": 3, "postback": 4, "referral": 3, "react": 12, "unreact": 2,
    "take_back": 2, "read": 2, "stop": 3, "stop_button": 2, "edit_to_stop": 1, "mute": 1, "mute_button": 2,
    "mute_for": 4, "start": 2,
    "yes": 8, "no": 2, "notices_stop": 1, "notices_resume": 1, "block": 1,
    "complain": 2, "person": 1, "person_button": 1, "bot_button": 1,
    "choose": 3, "data": 1, "data_button": 1, "delete": 1,
}  # fmt: skip
# At a dangerous instant.
_WORST = {
    "stop": 16, "stop_button": 8, "edit_to_stop": 4, "mute": 5, "mute_for": 9, "no": 5, "notices_stop": 6, "block": 7,
    "talk": 22, "react": 10, "unreact": 4, "start": 5, "notices_resume": 2, "yes": 3, "unblock": 2, "take_back": 2,
    "complain": 4, "person": 3, "person_button": 2, "bot_button": 3,
    "choose": 4, "delete": 1,
}  # fmt: skip


@dataclass(slots=True)
class Person:
    """One customer, perhaps on several pages."""

    name: str
    mailboxes: list[Mailbox]
    delays: Sequence[timedelta] = ()  # of the rules that may be meant for them, to aim by
    clock_changes: Sequence[int] = ()  # the instants, in their zone, at which clocks change or a day begins


@dataclass(slots=True)
class People:
    """All customers of a world."""

    clockwork: Clockwork
    record: Record
    misfortune: Misfortune
    courier: Courier
    house: HouseRules
    random: Random
    bursts: list[int]
    ends_at: int
    by_contact: dict[tuple[str, str], Person] = field(default_factory=dict)
    _acts: int = 0

    def begin(self, person: Person) -> None:
        """Somewhere in the first days they write for the first time."""
        for mailbox in person.mailboxes:
            self.by_contact[mailbox.page_id, mailbox.contact_id] = person
        self._plan_session(person)

    def saw(self, mailbox: Mailbox, message: OutboundMessage, mid: str) -> None:
        """A message of ours appeared on their screen."""
        mailbox.last_mid = mid
        for reply in message.quick_replies:
            if reply.payload.startswith("botapp:optin:yes:"):
                mailbox.question = reply.payload.removeprefix("botapp:optin:yes:")
                self._perhaps_answer(mailbox)
        if not message.is_response and self.random.random() < 0.35:  # noqa: PLR2004  some are taken up
            person = self.by_contact[mailbox.page_id, mailbox.contact_id]
            delay = int(MINUTE * 10 ** self.random.uniform(-1, 2.7))
            self.clockwork.at(self.clockwork.now + delay, lambda: self._session(person, mailbox))

    def act_at_the_worst_moment(self, mailbox: Mailbox) -> int:
        """While something concerning them is on its way. Returns how long to let it sink in."""
        person = self.by_contact[mailbox.page_id, mailbox.contact_id]
        chosen = self.random.choice(person.mailboxes)
        event = self._act(chosen, self._draw(chosen, _WORST))
        if event is not None:
            self.clockwork.at(self.clockwork.now, lambda: self.courier.send_now(event))
        return int(MILLISECOND * 10 ** self.random.uniform(-1, 3.7))

    def act(self, mailbox: Mailbox, name: str) -> None:
        """Do something; the platform tells of it in its own time."""
        event = self._act(mailbox, ACTS[name])
        if event is not None:
            self.courier.send(event)

    def _perhaps_answer(self, mailbox: Mailbox) -> None:
        """Most who are asked for consent say something, and most of them yes."""
        dice = self.random.random()
        if dice < 0.6:  # noqa: PLR2004  as said above
            at = self.clockwork.now + int(SECOND * 10 ** self.random.uniform(0, 2))
            self.clockwork.at(at, lambda: self._consent(mailbox, "yes" if dice > 0.1 else "no"))  # noqa: PLR2004  the same

    def _consent(self, mailbox: Mailbox, name: str) -> None:
        if not mailbox.is_blocked:
            self.act(mailbox, name)

    def _plan_session(self, person: Person) -> None:
        gap = int(self.random.expovariate(1 / _DAYS_BETWEEN_SESSIONS) * DAY)
        at = self.clockwork.now + gap
        if self.random.random() < 0.9:  # noqa: PLR2004  most come when many come: an advert, an evening
            at = next((burst for burst in self.bursts if burst >= at), at) + self.random.randrange(_NEAR)
        if at < self.ends_at:
            self.clockwork.at(at, lambda: self._come(person))

    def _come(self, person: Person) -> None:
        self._session(person, self.random.choice(person.mailboxes))
        self._plan_session(person)

    def _session(self, person: Person, mailbox: Mailbox) -> None:
        self.act(mailbox, self._draw(mailbox, _USUAL).name)
        random = self.random
        at = self.clockwork.now
        while random.random() < 0.15:  # noqa: PLR2004  some say more
            at += int(SECOND * 10 ** random.uniform(0, 2))
            self.clockwork.at(at, lambda: self.act(mailbox, self._draw(mailbox, _USUAL).name))
        if random.random() < self.misfortune.rates.aim:
            self._aim(person, mailbox)

    def _aim(self, person: Person, mailbox: Mailbox) -> None:
        """Come back around due, the window's last instants, or a change of the clock."""
        opened_at = mailbox.opened_at or self.clockwork.now
        length = self.house.window_length // timedelta(microseconds=1)
        allowance = self.house.send_allowance // timedelta(microseconds=1)
        targets = [opened_at + length, opened_at + length - allowance]
        targets += [opened_at + delay // timedelta(microseconds=1) for delay in person.delays] * 2
        targets += [change for change in person.clock_changes if 0 < change - self.clockwork.now < 2 * DAY]
        spread = self.random.choice((100 * MILLISECOND, SECOND, 5 * SECOND, MINUTE))
        at = self.random.choice(targets) + self.random.randrange(-spread, spread)
        if self.clockwork.now < at < self.ends_at:
            self.record.counts["aimed"] += 1
            self.clockwork.at(at, lambda: self.act(mailbox, self._draw(mailbox, _WORST).name))

    def _draw(self, mailbox: Mailbox, weights: dict[str, int]) -> Act:
        if mailbox.is_blocked:
            return ACTS["unblock"]
        if mailbox.believes and self.random.random() < 0.5:  # noqa: PLR2004  half of those who come back want us again
            return ACTS["start"] if mailbox.believes != "notices" else ACTS["notices_resume"]
        act = ACTS[self.random.choices(list(weights), list(weights.values()))[0]]
        if (act.said in (Said.YES, Said.NO) and mailbox.question is None) or act.said is Said.UNBLOCK:
            return ACTS["talk"]
        if not act.opens_window and mailbox.opened_at is None:
            return ACTS["talk"]  # a conversation begins with words
        return act

    def _act(self, mailbox: Mailbox, act: Act) -> Event | None:
        self._acts += 1
        mid = f"m_{self._acts}"
        # The platform stamps whole milliseconds.
        at = instant(self.clockwork.now - self.clockwork.now % MILLISECOND)
        telling = act.tell(mailbox, mid, self.random) if act.tell else None
        mute_until = at + telling.mute_for if telling and telling.mute_for else None
        standby = mailbox.owner != "bot" and telling is not None
        # Whose words become a stop is answered to that, and not to what they said before.
        takes_back = mailbox.last_mid or None if act.name in ("take_back", "edit_to_stop") else None
        self.record.counts[f"act:{act.name}"] += 1
        self.record.tell(
            Acted(
                at=instant(self.clockwork.now),
                page_id=mailbox.page_id,
                contact_id=mailbox.contact_id,
                person=self.by_contact[mailbox.page_id, mailbox.contact_id].name,
                mid=mid if telling else None,
                occurred_at=at,
                said=act.said,
                opens_window=act.opens_window,
                wants_answer=act.wants_answer and not standby,
                mute_until=mute_until,
                takes_back=takes_back,
                chosen=telling.chosen if telling else None,
            )
        )
        if act.said in (Said.PERSON, Said.BOT) and not standby:
            self.record.passed_thread(mailbox.page_id, mailbox.contact_id, mid, to_bot=act.said is Said.BOT)
        _remember(mailbox, act, mid, microseconds(at))
        if telling is None:
            return None
        item = {
            "sender": {"id": mailbox.contact_id},
            "recipient": {"id": mailbox.page_id},
            "timestamp": microseconds(at) // MILLISECOND,
            **telling.fields,
        }
        if "read" in item:
            item["read"] = {"watermark": item["timestamp"]}
        return Event(mailbox.page_id, item, mid, "standby" if standby else "messaging")


def _remember(mailbox: Mailbox, act: Act, mid: str, at: int) -> None:
    """What the platform and the person keep of it."""
    if act.opens_window:
        mailbox.opened_at = at
        mailbox.last_mid = mid
    match act.said:
        case Said.BLOCK:
            mailbox.is_blocked = True
        case Said.UNBLOCK:
            mailbox.is_blocked = False
        case Said.STOP | Said.MUTE | Said.NO:
            mailbox.believes = act.said.value
        case Said.NOTICES_STOPPED:
            mailbox.believes = "notices"
        case Said.START | Said.YES | Said.NOTICES_RESUMED:
            mailbox.believes = ""
        case _:
            pass
