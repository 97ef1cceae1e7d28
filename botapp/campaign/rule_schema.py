"""The JSON Schema of a campaign file's rules, for editors: botapp itself reads files with campaign/file.py."""

from collections.abc import Iterable
from typing import Any

from botapp.campaign.rule_limits import MOST_FOR_ONE
from botapp.policy.bounds import Goal
from botapp.policy.criteria import Comparison, Grouping
from botapp.policy.experiments.assignment import Method
from botapp.policy.portrait import TRAIT_NAMES
from botapp.policy.rule_limits import Per

_DURATION = {
    "type": "string",
    "pattern": r"^(?=.)(\d{1,9}d)?(\d{1,9}h)?(\d{1,9}m(?!s))?(\d{1,9}s)?(\d{1,9}ms)?$",
    "examples": ["23h30m"],
}
_TIME = {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$", "examples": ["08:00"]}
_INSTANT = {"type": "string", "format": "date-time", "examples": ["2026-12-01T08:00:00+01:00"]}
_WORD = {"type": ["string", "number"]}
_BOUND = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}]}
_EXPECTED = {
    Comparison.IS: _WORD,
    Comparison.IS_NOT: _WORD,
    Comparison.ONE_OF: {"type": "array", "items": _WORD, "minItems": 1},
    Comparison.AT_LEAST: _BOUND,
    Comparison.AT_MOST: _BOUND,
    Comparison.EXISTS: {"type": "boolean"},
}


def rule_schema(fact_names: Iterable[str]) -> dict[str, Any]:
    """JSON Schema 2020-12 of a file with rules; a file may declare further facts of its own."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rules of a botapp campaign file",
        "type": "object",
        "properties": {"rules": {"type": "array", "items": _RULE}},
        "required": ["rules"],
        "$defs": {
            "criterion": {"oneOf": [{"$ref": "#/$defs/condition"}, {"$ref": "#/$defs/group"}]},
            "condition": {
                "type": "object",
                "properties": {"fact": _fact(fact_names), **{word.value: _EXPECTED[word] for word in Comparison}},
                "required": ["fact"],
                "minProperties": 2,
                "maxProperties": 2,
                "additionalProperties": False,
            },
            "group": {
                "type": "object",
                "properties": {word.value: {"$ref": "#/$defs/members"} for word in Grouping},
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
            },
            "members": {"type": "array", "items": {"$ref": "#/$defs/criterion"}, "minItems": 1},
        },
    }


def _fact(fact_names: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "examples": sorted({*fact_names, *TRAIT_NAMES})}


_VARIANT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "template": {"type": "string", "minLength": 1, "maxLength": 100},
        "weight": {"type": "integer", "minimum": 1, "maximum": 1000},
    },
    "required": ["template"],
    "additionalProperties": False,
}
_MANY = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
_RULE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "template": {"type": "string", "minLength": 1, "maxLength": 100},
        "method": {"enum": [method.value for method in Method]},
        "variants": {"type": "array", "items": _VARIANT, "minItems": 2, "maxItems": 10},
        "delay": _DURATION,
        "timing": {
            "type": "object",
            "properties": {"usual": {"const": True}, "at": _TIME, "or_after": _DURATION, "at_least": _DURATION},
            "required": ["or_after"],
            "anyOf": [{"required": ["usual"]}, {"required": ["at"]}],
            "additionalProperties": False,
        },
        "quiet_hours": {"type": "string", "examples": ["21:00-08:00"]},
        "priority": {"type": "integer", "minimum": -1_000_000, "maximum": 1_000_000},
        "topic": {"type": "string", "maxLength": 18},
        "start": _INSTANT,
        "end": _INSTANT,
        "calendar": {"type": "array", "items": {"type": "string", "pattern": "^(RRULE|RDATE|EXDATE):"}},
        "hold_out": {"type": "integer", "minimum": 0, "maximum": 50},
        "objective": {"enum": [goal.value for goal in Goal]},
        "target": {"type": "integer", "minimum": 1, "maximum": 100},
        "budget": {
            "oneOf": [
                _MANY,
                {
                    "type": "object",
                    "properties": {"most": _MANY, "per": {"enum": [per.value for per in Per]}},
                    "required": ["most"],
                    "additionalProperties": False,
                },
            ]
        },
        "per_customer": {
            "type": "object",
            "properties": {"most": {"type": "integer", "minimum": 1, "maximum": MOST_FOR_ONE}, "within": _DURATION},
            "required": ["most", "within"],
            "additionalProperties": False,
        },
        "value": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "when": {"anyOf": [{"$ref": "#/$defs/criterion"}, {"type": "array", "items": {"$ref": "#/$defs/criterion"}}]},
    },
    "required": ["name"],
    "allOf": [
        {"oneOf": [{"required": ["delay"]}, {"required": ["timing"]}]},
        {"oneOf": [{"required": ["template"]}, {"required": ["variants"]}]},
    ],
    "additionalProperties": False,
}
