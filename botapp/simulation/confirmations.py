"""Tells from the words of an answer whether it is our promise to be quiet."""

from collections.abc import Mapping
from dataclasses import dataclass

from botapp.simulation.trace import Said

_PROMISES = {
    "stop_confirmed": Said.STOP,
    "mute_confirmed_open": Said.MUTE,
    "mute_confirmed": Said.MUTE,
    "optin_no_confirmed": Said.NO,
}


@dataclass(frozen=True, slots=True)
class Confirmations:
    """The wordings of config/answers that confirm a no, in all languages."""

    beginnings: dict[str, Said]

    @staticmethod
    def of(tables: Mapping[str, Mapping[str, object]]) -> "Confirmations":
        """From the parsed files of config/answers."""
        found = {}
        for table in tables.values():
            for key, said in _PROMISES.items():
                # A placeholder is filled with a date: what stands before it is enough.
                found[str(table[key]).partition("{")[0]] = said
        return Confirmations(found)

    def what_it_confirms(self, text: str) -> Said | None:
        exact = self.beginnings.get(text)
        if exact is not None:
            return exact
        return next((said for start, said in self.beginnings.items() if text.startswith(start)), None)
