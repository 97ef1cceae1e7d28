"""Reading for whom a rule is meant: conditions on facts, all of which must hold."""

from typing import Any

from botapp.campaign.fields import Fields
from botapp.policy.rule import Comparison, Condition

_HOW = 'write [[rules.when]] with fact = "ref" and one of ' + ", ".join(c.value for c in Comparison)


def read_conditions(fields: Fields, known_facts: frozenset[str]) -> list[Condition]:
    """`when` as one table or several; faults are kept with the rule."""
    value = fields.take("when")
    tables = [] if value is None else value if isinstance(value, list) else [value]
    found = []
    for table in tables:
        condition = _read(fields, table, known_facts)
        if condition is not None:
            found.append(condition)
    return found


def _read(fields: Fields, table: object, known_facts: frozenset[str]) -> Condition | None:
    if not isinstance(table, dict):
        fields.refuse("when", f"is {table!r}; {_HOW}")
        return None
    fact = table.get("fact")
    comparisons = [key for key in table if key != "fact"]
    if not isinstance(fact, str) or fact not in known_facts:
        fields.refuse("when.fact", f"is {fact!r}; known facts are {', '.join(sorted(known_facts))}")
        return None
    if len(comparisons) != 1 or comparisons[0] not in set(Comparison):
        fields.refuse("when", f"{_HOW}; this one has {', '.join(comparisons) or 'none'}")
        return None
    comparison = Comparison(comparisons[0])
    expected = _expected(comparison, table[comparison])
    if expected is None:
        fields.refuse(f"when.{comparison}", f"{table[comparison]!r} does not fit it")
        return None
    return Condition(fact, comparison, expected)


def _expected(comparison: Comparison, value: Any) -> tuple[str, ...] | None:  # noqa: ANN401  whatever stands in the file
    if comparison is Comparison.EXISTS:
        return ("yes" if value else "no",) if isinstance(value, bool) else None
    if comparison is Comparison.ONE_OF:
        fits = isinstance(value, list) and value and all(_is_plain(item) for item in value)
        return tuple(str(item) for item in value) if fits else None
    if comparison in (Comparison.AT_LEAST, Comparison.AT_MOST):
        return (str(value),) if _is_plain(value) and not isinstance(value, str) and abs(value) <= _LARGEST else None
    return (str(value),) if _is_plain(value) else None


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


_LARGEST = 1e15
