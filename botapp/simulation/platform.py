"""The platform as it is: its own books of windows, blocks and threads, and all the ways in which a send can go."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from botapp.channels.messenger.errors import ErrorTable
from botapp.channels.messenger.outcome import read_outcome
from botapp.channels.port import LateError, OutboundMessage, Outcome, OutcomeKind, Profile
from botapp.channels.transport import Failure, Reply
from botapp.reengagement.delivery import METADATA_PREFIX
from botapp.simulation.clockwork import DAY, MILLISECOND, SECOND, Clockwork, Crashed, Thread, instant
from botapp.simulation.confirmations import Confirmations
from botapp.simulation.faults import Misfortune
from botapp.simulation.mailbox import Mailbox, offset_hours, offset_name, page_of
from botapp.simulation.record import Record
from botapp.simulation.trace import Accepted, Refused, Written, ZoneLearnt

_TOTAL_SECONDS = 15.0  # as config/defaults.toml bounds a call
_READ_TIMEOUT = 10 * SECOND
_CONNECT_TIMEOUT = 3 * SECOND
_GARBLED = (1, 1357046)
_BLOCKED = (551, 1545041)
_WINDOW_CLOSED = (10, 2018278)
_THREAD_TAKEN = (10, 2018300)
_SAYS_SO = 0.5  # how often a page that does not own the thread is told
# What becomes of a send that does not simply go out, and its weight.
_FATES = {
    "slow_connect": 20,
    "refused_connection": 12,
    "lost_before": 10,
    "lost_after": 12,
    "garbled": 8,
    "late": 10,
    "server_error": 6,
    "server_error_though_sent": 6,
    "throttled": 8,
    "error": 8,
}
# Of each class of config/platforms.toml one that is certain to have delivered nothing, and its weight.
_ERRORS = {
    (613, None): 4,
    (100, 2018008): 4,
    (2018321, None): 3,
    (551, None): 3,
    (10, 1893015): 2,
    (190, 463): 2,
    (10, 2018108): 2,
}


@dataclass(slots=True)
class Platform:
    """Satisfies MessageSender and ProfileSource."""

    clockwork: Clockwork
    record: Record
    misfortune: Misfortune
    errors: ErrorTable
    confirmations: Confirmations
    random: Random
    away_until: int = 0
    throttled_until: dict[str, int] = field(default_factory=dict)
    mailboxes: dict[tuple[str, str], Mailbox] = field(default_factory=dict)
    on_accepted: Callable[[Mailbox, OutboundMessage, str], None] | None = None
    _messages: int = 0

    def send(self, page_id: str, token: str, message: OutboundMessage, guard: Callable[[], None]) -> Outcome:  # noqa: ARG002  the port's signature
        thread = self._thread()
        self.misfortune.pass_by(thread, "connect")
        began_at = self.clockwork.now
        fate = self._draw_fate()
        if not self._connects(thread, fate):
            return Outcome(OutcomeKind.NOT_SENT, "connect")
        thread.asked_at = None
        try:
            guard()
        except LateError:
            return Outcome(OutcomeKind.NOT_SENT, "late")
        lag_seconds = (self.clockwork.now - began_at) / SECOND
        if lag_seconds > _TOTAL_SECONDS:
            return Outcome(OutcomeKind.NOT_SENT, "total_timeout")
        mailbox = self.mailboxes[page_id, message.platform_contact_id]
        self._write(thread, mailbox, message)
        answer = self._carry(thread, mailbox, message, fate, lag_seconds)
        outcome = read_outcome(answer, self.errors)
        if outcome.kind is OutcomeKind.REFUSED:
            self._tell_refused(mailbox, message, outcome)
        self.misfortune.pass_by(thread, "answered")
        return outcome

    def profile(self, token: str, platform_contact_id: str) -> Profile | None:
        thread = self._thread()
        thread.sleep(self.random.randrange(30, 200) * MILLISECOND)
        mailbox = self.mailboxes.get((page_of(token), platform_contact_id))
        if mailbox is None or self.clockwork.now < self.away_until:
            return None
        hours = offset_hours(mailbox, self.record.now()) if mailbox.tells_zone else None
        if hours is not None:
            learnt = (mailbox.page_id, mailbox.contact_id, offset_name(hours))
            thread.on_commit = lambda: self.record.tell(ZoneLearnt(self.record.now(), *learnt))
        return Profile(mailbox.first_name, None, mailbox.locale, hours)

    def _thread(self) -> Thread:
        thread = self.clockwork.current
        if thread is None or thread.process.is_dead:
            raise Crashed
        return thread

    def _draw_fate(self) -> str:
        random = self.random
        if random.random() >= self.misfortune.rates.send:
            return "normal"
        fate = random.choices(list(_FATES), list(_FATES.values()))[0]
        self.record.counts[f"fault:send:{fate}"] += 1
        return fate

    def _connects(self, thread: Thread, fate: str) -> bool:
        if fate == "refused_connection":
            return False
        if self.clockwork.now < self.away_until:
            thread.sleep(_CONNECT_TIMEOUT)
            return False
        if fate == "slow_connect":
            thread.sleep(self.random.randrange(15, 2_900) * MILLISECOND)
        return True

    def _write(self, thread: Thread, mailbox: Mailbox, message: OutboundMessage) -> None:
        """Between the guard's last look and the first byte nothing can come: it is one step of one process."""
        if thread.process.is_dead:
            raise Crashed
        self.record.counts["writes:proactive" if not message.is_response else "writes:answers"] += 1
        self.record.tell(
            Written(
                at=self.record.now(),
                claimed_at=instant(thread.committed_at),
                page_id=mailbox.page_id,
                contact_id=mailbox.contact_id,
                is_proactive=not message.is_response,
                metadata=message.metadata,
                text=message.text,
                asked_at=None if thread.asked_at is None else instant(thread.asked_at),
            )
        )

    def _tell_refused(self, mailbox: Mailbox, message: OutboundMessage, outcome: Outcome) -> None:
        # It is learnt when it is recorded: a worker may die with what it heard.
        self.record.learning[message.metadata.removeprefix(METADATA_PREFIX)] = Refused(
            at=self.record.now(),
            page_id=mailbox.page_id,
            contact_id=mailbox.contact_id,
            is_proactive=not message.is_response,
            metadata=message.metadata,
            error=outcome.detail,
        )

    def _carry(
        self, thread: Thread, mailbox: Mailbox, message: OutboundMessage, fate: str, lag_seconds: float
    ) -> Reply | Failure:
        """Over the wire and back. What the platform does, it does whether the sender lives to hear of it or not."""
        if fate == "lost_before":
            self.misfortune.pass_by(thread, "written")
            thread.sleep(self.random.randrange(5, 200) * MILLISECOND)
            return Failure("connection_lost", lag_seconds)
        latest = 5 * SECOND if fate == "late" else 200 * MILLISECOND
        arrives_at = self.clockwork.now + self.random.randrange(10 * MILLISECOND, latest)
        arrival = _Arrival(self, mailbox, message, fate)
        self.clockwork.at(arrives_at, arrival.happen)
        self.misfortune.pass_by(thread, "written")
        if fate in ("lost_after", "late"):
            thread.sleep(_READ_TIMEOUT if fate == "lost_after" else self.random.randrange(5, 3_000) * MILLISECOND)
            return Failure("read_timeout" if fate == "lost_after" else "connection_lost", lag_seconds)
        thread.sleep(max(arrives_at - self.clockwork.now, 0) + self.random.randrange(10, 200) * MILLISECOND)
        return Reply(arrival.status, {}, arrival.body, lag_seconds)

    def take(self, mailbox: Mailbox, message: OutboundMessage, fate: str) -> tuple[int, bytes]:
        """The request is here: take the message, or refuse it. The answer's status and body."""
        error = self._refusal(mailbox, fate)
        if error is not None:
            self.record.counts[f"platform_refused:{error[0]}/{error[1]}"] += 1
            return 400, _error_body(error)
        if fate == "server_error":
            return 500, b"oops"
        self._messages += 1
        mid = f"m_out{self._messages}"
        kind = self.confirmations.what_it_confirms(message.text) if message.is_response else None
        self.record.counts["accepted:proactive" if not message.is_response else "accepted:answers"] += 1
        self.record.tell(
            Accepted(
                at=self.record.now(),
                page_id=mailbox.page_id,
                contact_id=mailbox.contact_id,
                is_proactive=not message.is_response,
                metadata=message.metadata,
                confirms=kind,
            )
        )
        if self.on_accepted is not None:
            self.on_accepted(mailbox, message, mid)
        if fate == "garbled":
            return 400, _error_body(_GARBLED)
        if fate == "server_error_though_sent":
            return 502, b"<html>"
        return 200, f'{{"recipient_id":"{mailbox.contact_id}","message_id":"{mid}"}}'.encode()

    def _refusal(self, mailbox: Mailbox, fate: str) -> tuple[int, int | None] | None:
        if mailbox.is_blocked:
            return _BLOCKED
        if mailbox.opened_at is None or self.clockwork.now >= mailbox.opened_at + DAY:
            return _WINDOW_CLOSED
        if self.clockwork.now < self.throttled_until.get(mailbox.page_id, 0) or fate == "throttled":
            return (4, None)
        if mailbox.owner != "bot" and self.random.random() < _SAYS_SO:
            return _THREAD_TAKEN
        if fate == "error":
            return self.random.choices(list(_ERRORS), list(_ERRORS.values()))[0]
        return None


@dataclass(slots=True)
class _Arrival:
    """A request on its way to the platform."""

    platform: Platform
    mailbox: Mailbox
    message: OutboundMessage
    fate: str
    status: int = 0
    body: bytes = b""

    def happen(self) -> None:
        self.status, self.body = self.platform.take(self.mailbox, self.message, self.fate)


def _error_body(error: tuple[int, int | None]) -> bytes:
    code, subcode = error
    inner = f'"code":{code}' + (f',"error_subcode":{subcode}' if subcode is not None else "")
    return f'{{"error":{{"message":"x","type":"OAuthException",{inner}}}}}'.encode()
