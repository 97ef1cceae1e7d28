"""One message across the wire, after its claim is committed: the clock is looked at last, then the body is written."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from botapp.channels.port import ClocksDisagreeError, LateError, OutboundMessage, Outcome, OutcomeKind
from botapp.channels.rate import Rate
from botapp.channels.vault import Vault, VaultError
from botapp.clock import Clock
from botapp.reengagement.clock_watch import ClockWatch
from botapp.storage.accounts import Account

METADATA_PREFIX = "botapp:"  # what we attach to each message, so that its echo settles an unknown outcome
_USAGE_PAUSE_SECONDS = 30.0
_UNASKED_SECONDS = 0.01  # a claim older than this asks the database once more before it is written


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
    is_crossed: Callable[[], bool] | None = None  # whether a no has been committed since; for what is proactive
    counted_in: datetime | None = None  # the day of the page's cap in which it is counted, if there is a cap


@dataclass(frozen=True, slots=True)
class Delivery:
    """Writes claims to the platform."""

    sender: MessageSender
    vault: Vault
    clock: Clock
    rate: Rate
    freshness_seconds: float
    usage_pause_percent: float
    clock_watch: ClockWatch | None = None  # None: this host's is the platform's clock too

    def deliver(self, claim: Claim) -> Outcome:
        """Send, once. Never raises: whatever happens is an outcome."""
        try:
            token = self.vault.open(claim.account.token_encrypted)
        except VaultError:
            return Outcome(OutcomeKind.NOT_SENT, "token_unreadable")
        asked_after = self.clock.elapsed()
        outcome = self.sender.send(claim.account.page_id, token, claim.message, lambda: self._check(claim))
        if self.clock_watch is not None:
            self.clock_watch.saw(outcome.platform_now, asked_after)
        return outcome

    def look_at_clocks(self, load_account: Callable[[], Account]) -> None:
        """See to it that the platform's clock is known, before something is claimed."""
        if self.clock_watch is not None:
            with contextlib.suppress(VaultError):
                self.clock_watch.make_known(lambda: self.vault.open(load_account().token_encrypted))

    def respect(self, account_id: int, outcome: Outcome) -> None:
        """Slow the page down if the platform asked for it. Called after the outcome is recorded."""
        if outcome.wait_seconds is not None:
            self.rate.pause(account_id, outcome.wait_seconds)
        if outcome.usage_percent >= self.usage_pause_percent:
            self.rate.hold_proactive(account_id, _USAGE_PAUSE_SECONDS)

    def _check(self, claim: Claim) -> None:
        """The last look before the write. A claim that has aged is decided anew instead of being written.

        On a warm connection it is a millisecond old and only the clock is asked. After a slow connect, or a wait for
        the page's rate, there was time for a no, so the database is asked too, and then the clock again.
        """
        if not claim.message.is_response:
            self._wait_for_turn(claim)
        if self._age_seconds(claim) > _UNASKED_SECONDS and claim.is_crossed is not None and claim.is_crossed():
            raise LateError("a withdrawal was committed after the claim")
        age_seconds = self._age_seconds(claim)
        if age_seconds > self.freshness_seconds:
            raise LateError(f"the claim is {age_seconds:.3f} s old")
        if claim.claimed_at + timedelta(seconds=age_seconds) >= claim.start_before:
            raise LateError("the window closes too soon")
        if not claim.message.is_response:
            self._compare_clocks(claim)

    def _wait_for_turn(self, claim: Claim) -> None:
        """The page's rate is spent here, where it counts: what was granted before may have come late to its write."""
        left_seconds = self.freshness_seconds - self._age_seconds(claim)
        if not self.rate.wait_for_turn(claim.account.id, left_seconds):
            raise LateError("the page's rate has no turn so soon")

    def _compare_clocks(self, claim: Claim) -> None:
        """Nothing proactive leaves while nobody can say what time it is for the platform."""
        watch, read_after = self.clock_watch, claim.stopwatch.elapsed_at_start
        if watch is not None and (not watch.is_known() or watch.disagree(claim.claimed_at, read_after)):
            raise ClocksDisagreeError

    def _age_seconds(self, claim: Claim) -> float:
        return claim.stopwatch.seconds(self.clock)
