"""Reads the JSON that people and scripts post; a mistake is a 400 that names the field and the remedy."""

from typing import NoReturn

from flask import abort, request

from botapp.sandbox.faults import parse_faults
from botapp.sandbox.records import JsonObject


def body() -> JsonObject:
    """The posted object; nothing at all counts as an empty one."""
    if not request.get_data():
        return {}
    try:
        found = request.get_json()
    except RecursionError:
        wrong("the body is nested too deeply")
    return found if isinstance(found, dict) else wrong("the body must be a JSON object")


def text(fields: JsonObject, name: str, *, longest: int = 2000) -> str | None:
    """A text of 1 to `longest` characters, or None where it is absent."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        wrong(f"{name} must be text of 1 to {longest} characters")
    return value


def required_text(fields: JsonObject, name: str, *, longest: int = 2000) -> str:
    return text(fields, name, longest=longest) or wrong(f"{name} is required")


def number(fields: JsonObject, name: str, *, lowest: float, highest: float, default: float = 0.0) -> float:
    """A number within bounds."""
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
        wrong(f"{name} must be a number between {lowest:g} and {highest:g}")
    return float(value)


def faults_of_header() -> dict[str, str]:
    """What the header X-Sandbox-Fault asks for. Raises ValueError with the remedy."""
    header = request.headers.get("X-Sandbox-Fault", "")
    return parse_faults(header) if header.strip() else {}


def wrong(message: str) -> NoReturn:
    abort(400, description=message)
