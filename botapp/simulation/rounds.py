"""What the leading ticker does beside sending, as often as it matters in a world."""

from dataclasses import dataclass

from botapp.campaign.guards import Guards
from botapp.campaign.outcomes import OutcomeKeeper
from botapp.compliance.seal import Sealer
from botapp.simulation.clockwork import HOUR, Clockwork
from botapp.simulation.record import Record
from botapp.storage import accounts

_EVERY = 8 * HOUR


@dataclass(slots=True)
class Turn:
    """When the next round is due, whoever leads by then."""

    at: int = 0


@dataclass(frozen=True, slots=True)
class GuardRounds:
    """As campaign.experiment_rounds, every few hours: what came of a send is known a window's length later at best.

    What has come of sends is read from the log, so entries get their places in it first.
    """

    sealer: Sealer
    keeper: OutcomeKeeper
    guards: Guards
    record: Record
    clockwork: Clockwork
    turn: Turn

    def run(self) -> None:
        """A round, if it is time for one. One that a fault cuts short is made again."""
        if self.clockwork.now < self.turn.at:
            return
        self.sealer.place()
        self.keeper.advance()
        database = self.guards.database
        with database.reading() as connection:
            pages = accounts.load_all(connection)
        for page in pages:
            self.record.expect_change()  # by the next commit, which is this look's if it pauses anything
            self.guards.look([page.id])
        self.turn.at = self.clockwork.now + _EVERY
