"""Faults on demand: which request or webhook goes wrong, and how.

A fault is written as text, `kind` or `kind=value`, the same in a rule and in the header X-Sandbox-Fault (several are
separated by `;`). Of requests:

- `latency=S` waits S seconds before the platform decides; `slow_answer=S` after it decided;
- `status=500` answers with that status and HTML, nothing accepted; `status_after=500` the same, but accepted;
- `drop_before` closes the connection, nothing accepted; `drop_after` accepts, then closes without an answer;
- `error=CODE` or `error=CODE/SUBCODE` refuses with that error, except 1/1357046, which accepts (as Meta documents);
- `usage=P` reports P per cent in the usage headers; `clock=S` dates the answer S seconds off, `-S` back;
- `no_echo`, `no_delivery` keep those webhooks back; `late_echo=S` delays the echo.

Of webhooks: `duplicate` or `duplicate=N` (N more copies), `delay=S`, `reorder` (held half a second, so that what
follows overtakes it).
"""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

ACCEPTED_ANYWAY = (1, 1357046)  # the error that Meta documents for messages that were sent
REORDER_SECONDS = 0.5
MATCHABLE = ("path", "page", "psid", "text", "event")
WEBHOOK_KINDS = frozenset({"duplicate", "delay", "reorder"})

Drawn = Mapping[str, str]  # kind -> value, "" where it takes none


def _pair(value: str) -> None:
    code, _, subcode = value.partition("/")
    int(code), int(subcode or "0")


def _nothing(value: str) -> None:
    if value:
        raise ValueError(value)


def _amount(value: str) -> None:
    if not 0 <= float(value) <= 3600:  # noqa: PLR2004  # an hour, or more per cent than anyone needs; refuses nan
        raise ValueError(value)


def _offset(value: str) -> None:
    _amount(value.removeprefix("-"))


def _status(value: str) -> None:
    if not 400 <= int(value) <= 599:  # noqa: PLR2004  # the range of HTTP's failures
        raise ValueError(value)


_KINDS: Mapping[str, Callable[[str], None]] = {
    "latency": _amount,
    "slow_answer": _amount,
    "status": _status,
    "status_after": _status,
    "drop_before": _nothing,
    "drop_after": _nothing,
    "error": _pair,
    "usage": _amount,
    "clock": _offset,
    "no_echo": _nothing,
    "no_delivery": _nothing,
    "late_echo": _amount,
    "duplicate": lambda value: _amount(value or "1"),
    "delay": _amount,
    "reorder": _nothing,
}


@dataclass(slots=True)
class FaultRule:
    """One rule: what it matches, what goes wrong, and how often: `count` times, or with a probability."""

    match: Mapping[str, str]
    kind: str
    value: str
    count: int | None
    probability: float
    chance: random.Random = field(repr=False)

    def strikes(self, facts: Mapping[str, str | None]) -> bool:
        """Whether it happens to this request or webhook; uses up one of its count if so."""
        if self.count == 0 or not self._fits(facts):
            return False
        if self.probability < 1 and self.chance.random() >= self.probability:
            return False
        if self.count is not None:
            self.count -= 1
        return True

    def _fits(self, facts: Mapping[str, str | None]) -> bool:
        """Page, person and event must be equal; path and text contain."""
        for name, wanted in self.match.items():
            found = facts.get(name)
            if found is None or (wanted not in found if name in {"path", "text"} else wanted != found):
                return False
        return True


class FaultBook:
    """The rules in force. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[FaultRule] = []

    def add(self, rules: Sequence[FaultRule]) -> None:
        with self._lock:
            self._rules = [rule for rule in self._rules if rule.count != 0] + list(rules)

    def clear(self) -> None:
        with self._lock:
            self._rules = []

    def draw(self, facts: Mapping[str, str | None], *, webhook: bool) -> dict[str, str]:
        """The faults that strike this request, or this webhook."""
        if not self._rules:  # the usual case costs nothing
            return {}
        with self._lock:
            return {
                rule.kind: rule.value
                for rule in self._rules
                if (rule.kind in WEBHOOK_KINDS) == webhook and rule.strikes(facts)
            }

    def described(self) -> list[dict[str, object]]:
        """The rules as they were posted, with what is left of their counts."""
        with self._lock:
            return [
                {
                    "match": dict(rule.match),
                    "fault": f"{rule.kind}={rule.value}" if rule.value else rule.kind,
                    "count": rule.count,
                    "probability": rule.probability,
                }
                for rule in self._rules
            ]


def parse_faults(text: str) -> dict[str, str]:
    """`latency=0.2; no_echo` as kind -> value. Raises ValueError with the remedy."""
    drawn: dict[str, str] = {}
    for part in text.split(";"):
        kind, _, value = (piece.strip() for piece in part.partition("="))
        if kind not in _KINDS:
            raise ValueError(f"unknown fault {kind!r}: use one of {', '.join(_KINDS)}")
        try:
            _KINDS[kind](value)
        except ValueError:
            raise ValueError(f"fault {kind}: {value!r} is not a value it takes") from None
        drawn[kind] = value
    return drawn


def parse_rule(fields: object) -> list[FaultRule]:
    """The rules that one posted object stands for, one per fault. Raises ValueError with the remedy."""
    if not isinstance(fields, dict) or not isinstance(fields.get("fault"), str):
        raise ValueError('a rule is an object with a "fault" such as "latency=0.2"')  # noqa: TRY004  # for the poster
    unknown = set(fields) - {"match", "fault", "count", "probability", "seed"}
    if unknown:
        raise ValueError(f"unknown keys in a rule: {', '.join(sorted(unknown))}")
    count, probability = fields.get("count"), fields.get("probability", 1)
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError("count must be a positive whole number")
    if not isinstance(probability, int | float) or not 0 <= probability <= 1:
        raise ValueError("probability must be between 0 and 1")
    match = _parse_match(fields.get("match", {}))
    return [
        FaultRule(match, kind, value, count, probability, random.Random(fields.get("seed", 0)))  # noqa: S311  # no secret
        for kind, value in parse_faults(fields["fault"]).items()
    ]


def _parse_match(match: object) -> dict[str, str]:
    if not isinstance(match, dict) or not set(match) <= set(MATCHABLE):
        raise ValueError(f"match is an object with any of {', '.join(MATCHABLE)}")
    return {name: str(value) for name, value in match.items()}
