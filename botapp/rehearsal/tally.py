"""Named counts that add up in any order, and are kept as JSON between two stretches of work."""

import json
from collections import Counter, defaultdict
from collections.abc import ItemsView
from typing import Any

Key = tuple[str | int, ...]
_CHECKSUM_VALUES = 1 << 256


class Tally:
    """Counts by a name and a key. `checksum` adds up what each part was like, whatever the order."""

    __slots__ = ("_counts", "checksum")

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[Key]] = defaultdict(Counter)
        self.checksum = 0

    def count(self, name: str, *key: str | int, number: int = 1) -> None:
        """So many more."""
        self._counts[name][key] += number

    def of(self, name: str) -> Counter[Key]:
        """All of one name."""
        return self._counts[name]

    def items(self) -> ItemsView[str, Counter[Key]]:
        """All counts by their names."""
        return self._counts.items()

    def number(self, name: str) -> int:
        """Of a name whose keys do not matter."""
        return self._counts[name].total()

    def add(self, other: "Tally") -> None:
        """What another part came to."""
        for name, counts in other.items():
            self._counts[name].update(counts)
        self.mix_in(other.checksum)

    def mix_in(self, digest: int) -> None:
        """What one part was like, into the checksum."""
        self.checksum = (self.checksum + digest) % _CHECKSUM_VALUES

    def as_json(self) -> str:
        """In an order that does not depend on how it was counted."""
        counts = {name: sorted([list(key), n] for key, n in c.items()) for name, c in sorted(self._counts.items())}
        return json.dumps({"counts": counts, "checksum": f"{self.checksum:064x}"}, separators=(",", ":"))

    @staticmethod
    def from_json(stored: str) -> "Tally":
        """The same the other way."""
        read: dict[str, Any] = json.loads(stored)
        tally = Tally()
        for name, counts in read["counts"].items():
            tally._counts[name] = Counter({tuple(key): number for key, number in counts})
        tally.checksum = int(read["checksum"], 16)
        return tally
