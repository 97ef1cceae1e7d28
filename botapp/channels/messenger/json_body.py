"""Bytes of a webhook into a JSON object, or the reason why they are none; and parts of it back into JSON."""

import json
import math
from enum import StrEnum

from botapp.channels.messenger.fields import JsonObject


class BodyRefusal(StrEnum):
    """Why a body is not read at all."""

    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many_events"


def decode(body: bytes) -> JsonObject | BodyRefusal:
    """The object in `body`. Never raises; of a key given twice the last counts.

    NaN and Infinity are no JSON, and neither, here, is an integer too long for Python to read.
    """
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        return BodyRefusal.NOT_UTF8
    except ValueError:
        return BodyRefusal.NOT_JSON
    except RecursionError:
        return BodyRefusal.TOO_DEEP
    return value if isinstance(value, dict) else BodyRefusal.NOT_OBJECT


def encode(value: object) -> str:
    """Decoded JSON as JSON again, ASCII only, so that lone surrogates survive as escapes.

    Raises RecursionError for what could only just be decoded.
    """
    return _ENCODER.encode(value)


def _refuse_constant(literal: str) -> None:
    message = f"{literal} is not JSON"
    raise ValueError(message)


def _finite_or_literal(literal: str) -> float | str:
    """1e999 is JSON, but as a float it would be written again as Infinity, which is not: it stays text."""
    value = float(literal)
    return value if math.isfinite(value) else literal


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite_or_literal)
_ENCODER = json.JSONEncoder(check_circular=False)  # what was decoded holds no circles
