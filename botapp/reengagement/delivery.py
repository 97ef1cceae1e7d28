"""One message across the wire, after its claim is committed: the clock is looked at last, then the body is written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from botapp.channels.port import LateError, OutboundMessage, Outcome, OutcomeKind
from botapp.channels.rate import Rate
from botapp.channels.vault import Vault, VaultError
from botapp.clock import Clock
from botapp.storage.accounts import Account

METADATA_PREFIX = "botapp:"  # what we attach to each message, so that its echo settles an unknown outcome
_USAGE_PAUSE_SECONDS = 30.0


class MessageSender(Protocol):
    """The platform's side of a send."""

    def send(self, page_id: str, token: str, message: OutboundMessage, guard: Callable[[], None]) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """When a claim was made, on every clock there is. Started before the database's clock is read."""

    elapsed_at_start: float
    wall_at_start: datetime

    @staticmethod
    def start(clock: Clock) -> "Stopwatch":
        return Stopwatch(clock.elapsed(), clock.now())

    def seconds(self, clock: Clock) -> float:
        """The greater of what the clocks say: a suspended machine may show on only one of them."""
        return max(clock.elapsed() - self.elapsed_at_start, (clock.now() - self.wall_at_start).total_seconds())


@dataclass(frozen=True, slots=True)
class Claim:
    """A committed claim: what to send, until when it may start, and how old it may be."""

    message: OutboundMessage
    account: Account
    claimed_at: datetime  # by the database's clock
    start_before: datetime  # the window's end less the send allowance
    stopwatch: Stopwatch


@dataclass(frozen=True, slots=True)
class Delivery:
    """Writes claims to the platform."""

    sender: MessageSender
    vault: Vault
    clock: Clock
    rate: Rate
    freshness_seconds: float
    usage_pause_percent: float

    def deliver(self, claim: Claim) -> Outcome:
        """Send, once. Never raises: whatever happens is an outcome."""
        try:
            token = self.vault.open(claim.account.token_encrypted)
        except VaultError:
            return Outcome(OutcomeKind.NOT_SENT, "token_unreadable")
        return self.sender.send(claim.account.page_id, token, claim.message, lambda: self._check(claim))

    def respect(self, account_id: int, outcome: Outcome) -> None:
        """Slow the page down if the platform asked for it. Called after the outcome is recorded."""
        if outcome.wait_seconds is not None or outcome.usage_percent >= self.usage_pause_percent:
            self.rate.pause(account_id, outcome.wait_seconds or _USAGE_PAUSE_SECONDS)

    def _check(self, claim: Claim) -> None:
        """The last look at the clock. A claim that has aged is decided anew: a no may have come meanwhile."""
        age_seconds = claim.stopwatch.seconds(self.clock)
        if age_seconds > self.freshness_seconds:
            raise LateError(f"the claim is {age_seconds:.3f} s old")
        if claim.claimed_at + timedelta(seconds=age_seconds) >= claim.start_before:
            raise LateError("the window closes too soon")
