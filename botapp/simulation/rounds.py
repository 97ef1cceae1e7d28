"""What the leading ticker does beside sending, as often as it matters in a world."""

from dataclasses import dataclass

from botapp.campaign.guards import Guards
from botapp.campaign.outcomes import OutcomeKeeper
from botapp.clock import Clock
from botapp.compliance.seal import Sealer
from botapp.simulation.record import Record
from botapp.storage import accounts

_EVERY_SECONDS = 8 * 3600.0


@dataclass(slots=True)
class GuardRounds:
    """As campaign.experiment_rounds, every few hours: what came of a send is known a window's length later at best.

    What has come of sends is read from the log, so entries get their places in it first.
    """

    sealer: Sealer
    keeper: OutcomeKeeper
    guards: Guards
    record: Record
    clock: Clock
    _next_at: float = float("-inf")

    def run(self) -> None:
        """A round, if it is time for one."""
        if self.clock.elapsed() < self._next_at:
            return
        self._next_at = self.clock.elapsed() + _EVERY_SECONDS
        self.sealer.place()
        self.keeper.advance()
        database = self.guards.database
        with database.reading() as connection:
            pages = accounts.load_all(connection)
        for page in pages:
            self.record.expect_change()  # by the next commit, which is this look's if it pauses anything
            self.guards.look([page.id])
