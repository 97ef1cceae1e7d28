"""A rule as the editor's form has it: what was typed, the table of a campaign file that it stands for, and back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from werkzeug.datastructures import MultiDict

from botapp.campaign.file import KNOWN_NAMES
from botapp.console.numbers import read_number
from botapp.console.rules.criteria_form import Node, change, from_tables, read_nodes, to_tables
from botapp.policy.criteria import facts_of
from botapp.policy.experiments.assignment import Method
from botapp.policy.portrait import TRAIT_NAMES
from botapp.policy.rule import LiveRule

_MOST_VARIANTS = 20
_LONGEST = 4000
DELAY, AT, USUAL = "delay", "at", "usual"
# Fields that stand in the form as they stand in a file.
_PLAIN = ("name", "template", "topic")
_NUMBERS = ("priority", "hold_out", "value")
_OTHERS = (
    *("method", "timing", "delay", "at", "at_least", "quiet_from", "quiet_until", "start", "end", "calendar"),
    *("objective", "target", "budget", "budget_per", "cap", "cap_within", "facts"),
)


@dataclass(slots=True)
class Typed:
    """The form as it was filled in."""

    fields: dict[str, str] = field(default_factory=dict)
    variants: list[dict[str, str]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)

    def change(self, action: str) -> bool:
        """What a button of the form says: "add-condition 1-0", "remove 2", "add-variant", "remove-variant 1"."""
        what, _, place = action.partition(" ")
        if what == "add-variant":
            self._add_variant()
            return True
        if what == "remove-variant":
            number = read_number(place)
            if number is None or number >= len(self.variants):
                return False
            del self.variants[number]
            return True
        return change(self.nodes, what.removeprefix("add-"), place)

    def _add_variant(self) -> None:
        """The first brings the template that the rule has had along."""
        if not self.variants and self.fields.get("template"):
            self.variants.append({"name": "", "template": self.fields["template"], "weight": "1"})
        if len(self.variants) < _MOST_VARIANTS:
            self.variants.append({"name": "", "template": "", "weight": "1"})


def read_form(form: MultiDict[str, str]) -> Typed:
    """What a browser sent."""
    names = (*_PLAIN, *_NUMBERS, *_OTHERS)
    fields = {name: form.get(name, "").replace("\r\n", "\n").strip()[:_LONGEST] for name in names}
    columns = ("name", "template", "weight")
    rows = zip(*(form.getlist(f"variant_{column}") for column in columns), strict=False)
    variants = [dict(zip(columns, (each.strip() for each in row), strict=True)) for row in rows]
    return Typed(fields, variants[:_MOST_VARIANTS], read_nodes(form))


def to_file(typed: Typed, zone: tzinfo) -> bytes:
    """A campaign file in JSON with this rule; instants without a zone are the page's own."""
    facts = [name for name in (each.strip() for each in typed.fields.get("facts", "").split(",")) if name]
    return json.dumps({"facts": facts, "rules": [to_table(typed, zone)]}).encode()


def to_table(typed: Typed, zone: tzinfo) -> dict[str, Any]:
    """The table of a campaign file. What does not fit is left as it was typed, for the file's reader to refuse."""
    f = typed.fields
    table = {
        **{name: f.get(name) for name in _PLAIN},
        **{name: _whole(f.get(name, "")) for name in _NUMBERS},
        **_texts(typed),
        **_timing(f),
        "quiet_hours": f"{f['quiet_from']}-{f['quiet_until']}" if f.get("quiet_from") or f.get("quiet_until") else None,
        "start": _instant(f.get("start", ""), zone),
        "end": _instant(f.get("end", ""), zone),
        "calendar": [line.strip() for line in f.get("calendar", "").split("\n") if line.strip()] or None,
        "objective": f.get("objective"),
        "target": _whole(f.get("target", "")),
        "budget": {"most": _whole(f["budget"]), "per": f.get("budget_per")} if f.get("budget") else None,
        "per_customer": {"most": _whole(f.get("cap", "")), "within": f.get("cap_within")} if f.get("cap") else None,
        "when": to_tables(typed.nodes) or None,
    }
    if not table["objective"]:
        table["target"] = table["value"] = None
    return {"name": "", **{name: value for name, value in table.items() if value not in (None, "")}}


def from_rule(rule: LiveRule, table: Mapping[str, Any], zone: tzinfo) -> Typed:
    """The form of a rule that was read before, with its table."""
    timing = table.get("timing", {})
    start, end = table.get("quiet_hours", "-").split("-")
    budget = table.get("budget") or {}
    budget = {"most": budget, "per": "total"} if isinstance(budget, int) else budget
    cap = table.get("per_customer", {})
    period = (rule.period.start, rule.period.end)
    fields = {
        **{name: str(table.get(name, "")) for name in (*_PLAIN, *_NUMBERS, "objective", "target")},
        "method": rule.method.value,
        "timing": USUAL if rule.timing.usual else AT if rule.timing.at else DELAY,
        "delay": table.get("delay", timing.get("or_after", "")),
        "at": timing.get("at", ""),
        "at_least": timing.get("at_least", ""),
        "quiet_from": start,
        "quiet_until": end,
        "calendar": "\n".join(table.get("calendar", ())),
        "budget": str(budget.get("most", "")),
        "budget_per": budget.get("per", ""),
        "cap": str(cap.get("most", "")),
        "cap_within": cap.get("within", ""),
        "facts": ", ".join(sorted({*facts_of(rule.conditions)} - KNOWN_NAMES - TRAIT_NAMES)),
        **{
            name: at.astimezone(zone).isoformat() if at else ""
            for name, at in zip(("start", "end"), period, strict=True)
        },
    }
    variants = [{name: str(value) for name, value in each.items()} for each in table.get("variants", ())]
    return Typed(fields, variants, from_tables(table.get("when", ())))


def empty_form() -> Typed:
    """Of a rule that nobody has written anything of yet."""
    return Typed({"timing": DELAY, "delay": "4h", "method": Method.SPLIT.value})


def _texts(typed: Typed) -> dict[str, Any]:
    if not typed.variants:
        return {}
    rows = [{name: value for name, value in each.items() if value} for each in typed.variants]
    variants = [{**row, "weight": _whole(row.get("weight", "1"))} for row in rows]
    return {"template": None, "variants": variants, "method": typed.fields.get("method")}


def _timing(fields: Mapping[str, str]) -> dict[str, Any]:
    kind, delay = fields.get("timing"), fields.get("delay", "")
    if kind not in (AT, USUAL):
        return {"delay": delay}
    timing = {
        "usual": kind == USUAL or None,
        "at": fields.get("at"),
        "or_after": delay,
        "at_least": fields.get("at_least"),
    }
    return {"timing": {name: value for name, value in timing.items() if value}}


def _whole(typed: str) -> int | str | None:
    try:
        return int(typed) if typed else None
    except ValueError:
        return typed


def _instant(typed: str, zone: tzinfo) -> str | None:
    try:
        found = datetime.fromisoformat(typed) if typed else None
    except ValueError:
        return typed
    return None if found is None else (found if found.tzinfo else found.replace(tzinfo=zone)).isoformat()
