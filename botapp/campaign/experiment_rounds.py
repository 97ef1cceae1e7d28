"""What the leading ticker does for experiments: outcomes are counted, and the guards look at what has changed."""

from dataclasses import dataclass

from botapp.campaign.guards import Guards
from botapp.campaign.outcomes import OutcomeKeeper


@dataclass(slots=True)
class ExperimentRounds:
    """A little at each call; on the first one everything is looked at, since a process may have died in between."""

    keeper: OutcomeKeeper
    guards: Guards
    _has_looked: bool = False

    def advance(self) -> None:
        """To be called about once a second."""
        if not self._has_looked:
            self.guards.look()
            self._has_looked = True
        changed = self.keeper.advance().account_ids
        if changed:
            self.guards.look(changed)
