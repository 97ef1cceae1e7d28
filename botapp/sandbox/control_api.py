"""Faults, the log, the state and the health of the sandbox, for scripts; and the chat page.

POST   /sandbox/faults  one rule or a list: {"match": {"path", "page", "psid", "text", "event"}, "fault": "latency=0.2",
                        "count": 3 | "probability": 0.1, "seed": 7}. See faults.py for the kinds.
GET    /sandbox/faults  the rules in force; DELETE ends them all
GET    /sandbox/log     ?after=N: every record above N, {"entries": [...], "last": the number of the last there is}
GET    /sandbox/state   pages and customers
POST   /sandbox/verify  asks the webhook for the verification handshake: {"verified": true | false}
GET    /sandbox/health  {"status": "ok", ...}
"""

import json
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, current_app, jsonify, request, send_from_directory
from flask.typing import ResponseReturnValue

from botapp.sandbox import customers, json_input
from botapp.sandbox.faults import parse_rule
from botapp.sandbox.graph_api import platform
from botapp.sandbox.views import state_view

control_api = Blueprint("control", __name__)


@control_api.get("/")
def _chat() -> ResponseReturnValue:
    return send_from_directory(f"{current_app.root_path}/pages", "chat.html")


@control_api.post("/sandbox/faults")
def _add_faults() -> ResponseReturnValue:
    posted = request.get_json()
    rules = posted if isinstance(posted, list) else [posted]
    try:
        platform().faults.add([rule for fields in rules for rule in parse_rule(fields)])
    except ValueError as error:
        json_input.wrong(str(error))
    platform().record("faults", detail={"rules": rules})
    return jsonify(rules=platform().faults.described())


@control_api.get("/sandbox/faults")
def _list_faults() -> ResponseReturnValue:
    return jsonify(rules=platform().faults.described())


@control_api.delete("/sandbox/faults")
def _clear_faults() -> ResponseReturnValue:
    platform().faults.clear()
    platform().record("faults", detail={"rules": []})
    return jsonify(rules=[])


@control_api.get("/sandbox/log")
def _log() -> ResponseReturnValue:
    after = request.args.get("after", 0, type=int)
    with platform().lock:
        last, lines = platform().journal.count, platform().log(after)
    return Response(_as_json(lines, last), mimetype="application/json")


@control_api.get("/sandbox/state")
def _state() -> ResponseReturnValue:
    customers.ensure_somebody(platform())
    with platform().lock:
        return jsonify(state_view(platform()))


@control_api.post("/sandbox/verify")
def _verify() -> ResponseReturnValue:
    is_verified = platform().webhooks.handshake(platform().settings.verify_token)
    platform().record("verify", accepted=is_verified)
    return jsonify(verified=is_verified)


@control_api.get("/sandbox/health")
def _health() -> ResponseReturnValue:
    return jsonify(
        status="ok",
        pages=len(platform().pages.known()),
        records=platform().journal.count,
        webhooks_waiting=platform().webhooks.waiting(),
        day_seconds=platform().day_seconds,
    )


def _as_json(lines: Iterable[bytes], last: int) -> Iterator[bytes]:
    """Streams, because the log may be long: the lines are JSON already."""
    yield b'{"entries":['
    separator, block = b"", bytearray()
    for line in lines:
        block += separator + line.rstrip()
        separator = b","
        if len(block) > 1 << 16:
            yield bytes(block)
            block.clear()
    yield bytes(block) + b'],"last":' + json.dumps(last).encode() + b"}"
