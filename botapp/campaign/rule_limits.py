"""Reading and writing how much of a rule there may be: `budget` and `per_customer`."""

from datetime import timedelta
from typing import Any

from botapp.campaign.fields import Fields
from botapp.durations import parse_duration, write_duration
from botapp.policy.rule import LiveRule
from botapp.policy.rule_limits import Budget, Per, PersonCap

MOST_FOR_ONE = 100
_MOST = 1_000_000
_LONGEST = timedelta(days=366)
_HOW_TO_BUDGET = f"write budget = 500, or {{ most = 500, per = one of {', '.join(Per)} }}"
_HOW_TO_CAP = 'write per_customer = { most = 2, within = "30d" }'


def read_budget(fields: Fields) -> Budget | None:
    """How many for all customers together, once and for all or per calendar period; None without such a bound."""
    value = fields.take("budget")
    if value is None:
        return None
    table: dict[str, Any] = value if isinstance(value, dict) else {"most": value}
    most, per = table.get("most", 0), table.get("per", Per.TOTAL.value)
    if not _is_count(most, _MOST) or per not in list(Per) or not table.keys() <= {"most", "per"}:
        fields.refuse("budget", f"is {value!r}; {_HOW_TO_BUDGET}, {_MOST} at most")
        return None
    return Budget(most, Per(per))


def read_person_cap(fields: Fields) -> PersonCap | None:
    """How many of it one customer may get within any such time; None: the house's own caps are enough."""
    value = fields.take("per_customer")
    if value is None:
        return None
    within = _within(value)
    if within is None or not _is_count(value.get("most"), MOST_FOR_ONE) or value.keys() != {"most", "within"}:
        fields.refuse(
            "per_customer", f"is {value!r}; {_HOW_TO_CAP}, {MOST_FOR_ONE} within {_LONGEST.days} days at most"
        )
        return None
    return PersonCap(value["most"], within)


def write_limits(rule: LiveRule) -> dict[str, Any]:
    """The same keys of a rule whose durations are unscaled."""
    budget, cap = rule.budget, rule.cap
    found: dict[str, Any] = {}
    if budget is not None:
        found["budget"] = budget.most if budget.per is Per.TOTAL else {"most": budget.most, "per": budget.per.value}
    if cap is not None:
        found["per_customer"] = {"most": cap.most, "within": write_duration(cap.within)}
    return found


def _within(value: object) -> timedelta | None:
    """The time of a cap, if that can be read."""
    try:
        found = parse_duration(value.get("within") if isinstance(value, dict) else None)
    except ValueError:
        return None
    return found if timedelta(0) < found <= _LONGEST else None


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
