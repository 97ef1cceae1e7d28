"""Reading for whom a rule is meant: conditions on facts and traits, grouped by all, any and none."""

from typing import Any

from botapp.campaign.fields import Fields
from botapp.policy.criteria import Comparison, Condition, Criterion, Group, Grouping, is_date, is_number
from botapp.policy.portrait import TRAIT_NAMES

_HOW = (
    f'write [[rules.when]] with fact = "ref" and one of {", ".join(Comparison)};'
    f" or one of {', '.join(Grouping)} with a list of such tables"
)
_MOST_CRITERIA = 100
_DEEPEST = 8


def read_conditions(fields: Fields, known_facts: frozenset[str]) -> list[Criterion]:
    """`when` as one table or several, all of which must hold; faults are kept with the rule."""
    value = fields.take("when")
    tables = [] if value is None else value if isinstance(value, list) else [value]
    return _Reader(fields, known_facts | TRAIT_NAMES).read_all(tables, "when", 0)


class _Reader:
    """Reads the criteria of one rule."""

    def __init__(self, fields: Fields, known_facts: frozenset[str]) -> None:
        self._fields = fields
        self._known_facts = known_facts
        self._count = 0

    def read_all(self, tables: list[Any], key: str, depth: int) -> list[Criterion]:
        found = (self._read(table, key, depth) for table in tables)
        return [criterion for criterion in found if criterion is not None]

    def _read(self, table: object, key: str, depth: int) -> Criterion | None:
        self._count += 1
        if self._count == _MOST_CRITERIA + 1:
            self._fields.refuse("when", f"has more than {_MOST_CRITERIA} conditions")
        if self._count > _MOST_CRITERIA:
            return None
        if not isinstance(table, dict):
            self._fields.refuse(key, f"is {table!r}; {_HOW}")
            return None
        groupings = [key for key in table if key in set(Grouping)]
        if groupings and len(table) == 1:
            return self._group(Grouping(groupings[0]), table[groupings[0]], key, depth)
        return self._condition(table, key)

    def _group(self, grouping: Grouping, members: object, key: str, depth: int) -> Group | None:
        key = f"{key}.{grouping}"
        if depth == _DEEPEST:
            self._fields.refuse(key, f"is nested more than {_DEEPEST} deep")
        elif not isinstance(members, list) or not members:
            self._fields.refuse(key, f"is {members!r}; {_HOW}")
        else:
            found = self.read_all(members, key, depth + 1)
            return Group(grouping, tuple(found)) if len(found) == len(members) else None
        return None

    def _condition(self, table: dict[str, Any], key: str) -> Condition | None:
        fact = table.get("fact")
        comparisons = [name for name in table if name != "fact"]
        if not isinstance(fact, str) or fact not in self._known_facts:
            known = ", ".join(sorted(self._known_facts))
            self._fields.refuse(f"{key}.fact", f"is {fact!r}; known facts are {known}")
            return None
        if len(comparisons) != 1 or comparisons[0] not in set(Comparison):
            self._fields.refuse(key, f"{_HOW}; this one has {', '.join(comparisons) or 'none'}")
            return None
        comparison = Comparison(comparisons[0])
        expected = _expected(comparison, table[comparison])
        if expected is None:
            self._fields.refuse(f"{key}.{comparison}", f"{table[comparison]!r} does not fit it")
            return None
        return Condition(fact, comparison, expected)


def _expected(comparison: Comparison, value: Any) -> tuple[str, ...] | None:  # noqa: ANN401  whatever stands in the file
    if comparison is Comparison.EXISTS:
        return ("yes" if value else "no",) if isinstance(value, bool) else None
    if comparison is Comparison.ONE_OF:
        fits = isinstance(value, list) and value and all(_is_plain(item) for item in value)
        return tuple(str(item) for item in value) if fits else None
    if comparison in (Comparison.AT_LEAST, Comparison.AT_MOST):
        return (str(value),) if _can_be_a_bound(value) else None
    return (str(value),) if _is_plain(value) else None


def _can_be_a_bound(value: object) -> bool:
    """A number that is written as numbers are compared, or a day in quotes."""
    if isinstance(value, str):
        return is_date(value)
    return _is_plain(value) and is_number(str(value))


def _is_plain(value: object) -> bool:
    """NUL is no part of any fact, and PostgreSQL refuses to hear of it."""
    return (isinstance(value, str) and "\x00" not in value) or (
        isinstance(value, int | float) and not isinstance(value, bool)
    )
