"""A TOML table of config/optout that knows its name, so that errors can say which language and key is wrong."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from botapp.understanding.phrases import Phrases

Meaning = TypeVar("Meaning")


class Table:
    """A TOML table that knows its name, so that errors can say where they are."""

    def __init__(self, language: str, name: str, content: object, keys: Mapping[str, Collection[str]]) -> None:
        """`keys` are those that each table may have, by its name; one that is not there may have any."""
        self.language = language
        self._keys = keys
        self.where = f"config/optout/{language}.toml, {f'[{name}]' if name else 'top'}"
        if not isinstance(content, Mapping):
            raise ValueError(f"{self.where} must be a table")  # noqa: TRY004  the data is bad, not the call
        unknown = set(content) - set(keys.get(name, content))
        if unknown:
            raise ValueError(f"{self.where}: unknown keys: {', '.join(sorted(map(str, unknown)))}")
        self._content = content

    def table(self, name: str) -> "Table":
        """A table within it; an empty one where it is absent."""
        return Table(self.language, name, self._content.get(name, {}), self._keys)

    def items(self) -> Iterator[tuple[str, object]]:
        """Keys and values as they stand."""
        yield from self._content.items()

    def entries(self, key: str) -> list[str]:
        """A list of texts; none where it is absent."""
        value = self._content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise ValueError(f"{self.where}: {key} must be a list of texts")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where it is absent."""
        value = self._content.get(key, False)
        if not isinstance(value, bool):
            raise ValueError(f"{self.where}: {key} must be true or false")  # noqa: TRY004  the data is bad
        return value

    def phrases(self, key: str) -> Phrases[None]:
        """The entries of a list, without meanings."""
        return self.meaning(dict.fromkeys(self.entries(key)))

    def meaning(self, meanings: Mapping[str, Meaning]) -> Phrases[Meaning]:
        """Entries with meanings."""
        try:
            return Phrases(meanings)
        except ValueError as error:
            raise ValueError(f"{self.where}: {error}") from error

    def lists(self, names: Iterable[str]) -> dict[str, int]:
        """The entries of several lists, each with the number of its list."""
        return {entry: number for number, name in enumerate(names) for entry in self.entries(name)}
