"""What a backtest came to."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botapp.policy.reason import Reason
from botapp.rehearsal.page_rate import AtRate
from botapp.rehearsal.past import Trial
from botapp.rehearsal.tally import Tally


@dataclass(frozen=True, slots=True)
class Backtested:
    """What the rules would have done, and what history cannot tell."""

    page_id: str
    trial: Trial
    tally: Tally
    at_rate: AtRate

    @property
    def sha256(self) -> str:
        """Of the result with every single decision in it: the same rules on the same history have the same."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The stable form that `botapp campaign backtest --json` prints."""
        tally = self.tally
        return {
            "page_id": self.page_id,
            "since": self.trial.since.isoformat(),
            "until": self.trial.until.isoformat(),
            "rules": {rule.name: rule.version for rule in self.trial.page.rules},
            "contacts": tally.number("contacts"),
            "windows": tally.number("windows"),
            "sent": tally.number("sent"),
            "by_rule": self._counts("sent"),
            "by_day": dict(sorted(self._counts("days").items())),
            "not_sent": self._counts("not sent"),
            "undecided": tally.number("undecided"),
            "limits": self._limits(),
            "live": {"sent": tally.number("live"), "by_rule": self._counts("live")},
            "changes": [{"live": a, "tried": b, "windows": n} for (a, b), n in _most_first(tally.of("changes"))],
            "not_known": {"facts": self._counts("unknown facts"), "erased_contacts": tally.number("erased")},
            "decisions": f"{tally.checksum:064x}",
        }

    def _limits(self) -> dict[str, Any]:
        """How much each limit that all customers share kept from going out, or would have."""
        held = self.tally.of("held")
        shared = (Reason.DAILY_CAP.value, Reason.BUDGET.value)
        return {
            **{name: {"later": held[name, "later"], "never": held[name, "never"]} for name in shared},
            "page_rate": self.at_rate.as_json(),
            "guards": {"paused_then": self._counts("paused then")},
        }

    def _counts(self, name: str) -> dict[str, int]:
        return {str(key[0]): number for key, number in _most_first(self.tally.of(name))}


def _most_first(counts: Mapping[tuple[str | int, ...], int]) -> list[tuple[tuple[str | int, ...], int]]:
    return sorted(((key, n) for key, n in counts.items() if n), key=lambda item: (-item[1], item[0]))
