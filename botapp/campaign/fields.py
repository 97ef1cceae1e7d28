"""Reading tables that people wrote: every fault is kept with its key, so that all are told at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class CampaignError(Exception):
    """A campaign file was refused; `faults` names each key with its reason."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = list(faults)


class Fields:
    """One table of a file. Reading a key ticks it off; what is left at the end is unknown."""

    def __init__(self, table: Mapping[str, Any], where: str, faults: list[str]) -> None:
        self._table = dict(table)
        self._where = where
        self._faults = faults

    def refuse(self, key: str, reason: str) -> None:
        self._faults.append(f"{self._where}.{key}: {reason}" if self._where else f"{key}: {reason}")

    def take(self, key: str) -> Any:  # noqa: ANN401  whatever stands in the file
        """The raw value, ticked off; None if absent."""
        return self._table.pop(key, None)

    def has(self, key: str) -> bool:
        return key in self._table

    def within(self, table: Mapping[str, Any], label: str = "") -> "Fields":
        """A table inside this one; without a label its keys are named as if they stood here."""
        return Fields(table, ".".join(filter(None, (self._where, label))), self._faults)

    def unread(self) -> list[str]:
        """What has not been read yet."""
        return list(self._table)

    def text(self, key: str, *, longest: int, default: str | None = None) -> str | None:
        value = self._table.pop(key, default)
        if value is None:
            self.refuse(key, "is missing")
        elif not isinstance(value, str) or not value.strip():
            self.refuse(key, "must be a text in quotes, and not an empty one")
        elif len(value) > longest:
            self.refuse(key, f"has {len(value)} characters; at most {longest} are allowed")
        elif "\x00" in value:
            self.refuse(key, "holds a NUL character")
        else:
            return value
        return None

    def choice(self, key: str, choices: Sequence[str], *, default: str) -> str | None:
        value = self._table.pop(key, default)
        if value in choices:
            return str(value)
        self.refuse(key, f"is {value!r}; choose one of {', '.join(choices)}")
        return None

    def integer(self, key: str, *, default: int) -> int:
        value = self._table.pop(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
            return value
        self.refuse(key, f"is {value!r}; write a whole number of at most {_LARGEST}")
        return default

    def table(self, key: str) -> Mapping[str, Any]:
        value = self._table.pop(key, {})
        if isinstance(value, dict):
            return value
        self.refuse(key, "must be a table")
        return {}

    def tables(self, key: str) -> Iterator["Fields"]:
        """The tables of an array, each with its place in the file as its name."""
        value = self._table.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(key, f"write each as [[{key}]]")
            return
        for number, item in enumerate(value, 1):
            name = item.get("name")
            label = f"{key}[{name!r}]" if isinstance(name, str) else f"{key}[{number}]"
            yield Fields(item, f"{self._where}.{label}" if self._where else label, self._faults)

    def refuse_the_rest(self) -> None:
        for key in self._table:
            self.refuse(key, "unknown key; remove it or correct its spelling")


_LARGEST = 1_000_000
