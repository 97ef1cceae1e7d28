"""The Graph API's edge: token, parameters, faults and headers of each call; the rules live elsewhere."""

import json
import secrets
import time

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from botapp.sandbox.faults import ACCEPTED_ANYWAY
from botapp.sandbox.graph_errors import NOT_VISIBLE, TOKEN_INVALID, UNKNOWN_PATH, GraphError, bad_parameter
from botapp.sandbox.json_input import faults_of_header
from botapp.sandbox.platform import Platform
from botapp.sandbox.records import JsonObject
from botapp.sandbox.rules import recipient_id
from botapp.sandbox.sending import note_refusal, send
from botapp.sandbox.server import drop_connection
from botapp.sandbox.usage import usage_headers

graph = Blueprint("graph", __name__, url_prefix="/v<int:version>.0")

_DOWN = "<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>"


def platform() -> Platform:
    """The platform that this application emulates."""
    found = current_app.extensions["sandbox"]
    assert isinstance(found, Platform)  # noqa: S101  # put there by create_sandbox
    return found


def answer(result: JsonObject | GraphError) -> ResponseReturnValue:
    """A result or a refusal, as Graph writes it."""
    if not isinstance(result, GraphError):
        return jsonify(result)
    response = jsonify(result.to_body("A" + secrets.token_urlsafe(16)))
    response.status_code = 400
    if result.code == TOKEN_INVALID.code:
        response.headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{result.message}"'
    return response


@graph.url_value_preprocessor
def _set_version(_endpoint: str | None, values: dict[str, object] | None) -> None:
    if values is not None:
        g.version = values.pop("version")


@graph.before_request
def _admit() -> ResponseReturnValue | None:
    """Reads the parameters, finds out whose token it is, and lets the faults strike that come before a decision."""
    g.drawn, g.page_id, g.body = {}, None, {}
    parameters = _parameters()
    if isinstance(parameters, GraphError):
        return answer(parameters)
    g.body = parameters
    g.page_id = _page_of_token()
    try:
        g.drawn = platform().faults.draw(_facts(), webhook=False) | faults_of_header()
    except ValueError as error:
        return answer(bad_parameter(str(error)))
    refusal = TOKEN_INVALID if g.page_id is None else _check_node()
    if refusal is not None:
        _note(refusal)
        return answer(refusal)
    return _fail_before()


@graph.after_request
def _finish(response: Response) -> Response:
    """The usage headers, and the faults that strike after the decision."""
    if g.page_id is not None:
        percent = platform().meter.count(g.page_id, platform().clock.elapsed())
        response.headers.extend(usage_headers(g.page_id, float(g.drawn.get("usage", percent))))
    if response.status_code != 200:  # noqa: PLR2004  # HTTP OK
        return response
    _wait("slow_answer")
    if "drop_after" in g.drawn:
        drop_connection(request.environ)
    if "status_after" in g.drawn:
        response.set_data(_DOWN)
        response.status_code, response.mimetype = int(g.drawn["status_after"]), "text/html"
    if _error() == ACCEPTED_ANYWAY:
        return current_app.make_response(answer(_graph_error()))
    return response


@graph.post("/<node>/messages")
def _messages(node: str) -> ResponseReturnValue:  # noqa: ARG001  # checked by _admit
    return answer(send(platform(), g.page_id, g.body, g.drawn))


@graph.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def _unknown(rest: str) -> ResponseReturnValue:  # noqa: ARG001  # any
    return answer(UNKNOWN_PATH)


def _fail_before() -> ResponseReturnValue | None:
    _wait("latency")
    if "drop_before" in g.drawn:
        _note(None)
        drop_connection(request.environ)
        return "", 503
    if "status" in g.drawn:
        _note(None)
        return _DOWN, int(g.drawn["status"])
    if "error" in g.drawn and _error() != ACCEPTED_ANYWAY:
        _note(_graph_error())
        return answer(_graph_error())
    return None


def _wait(kind: str) -> None:
    if kind in g.drawn:
        time.sleep(float(g.drawn[kind]))


def _error() -> tuple[int, int | None] | None:
    code, _, subcode = g.drawn.get("error", "").partition("/")
    return (int(code), int(subcode) if subcode else None) if code else None


def _graph_error() -> GraphError:
    code, subcode = _error() or (1, None)
    return GraphError(code, "An error that was asked for.", subcode)


def _note(refusal: GraphError | None) -> None:
    """Only sends are kept in the log: what else is refused changes nobody's thread."""
    if request.path.endswith("/messages"):
        note_refusal(platform(), g.page_id, g.body, refusal, g.drawn)


def _facts() -> dict[str, str | None]:
    message = g.body.get("message")
    text = message.get("text") if isinstance(message, dict) else None
    return {
        "path": request.path,
        "page": g.page_id,
        "psid": recipient_id(g.body),
        "text": text if isinstance(text, str) else None,
    }


def _page_of_token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = str(g.body.get("access_token", ""))
    for name in ("access_token", "appsecret_proof"):  # about the caller, and no parameters of what is called
        g.body.pop(name, None)
    return platform().pages.id_for_token(token.strip()) if token else None


def _check_node() -> GraphError | None:
    """A page's token speaks for that page alone; whoever else is asked for is somebody's profile."""
    node = (request.view_args or {}).get("node")
    is_own = node is None or node in {"me", g.page_id}
    return None if is_own or request.endpoint == "graph.look_up" else NOT_VISIBLE


def _parameters() -> JsonObject | GraphError:
    """Query, form and JSON together, as Graph takes them; values of the first two may be JSON themselves."""
    merged: JsonObject = {name: _decoded(value) for name, value in request.args.items()}
    if not request.is_json:
        merged |= {name: _decoded(value) for name, value in request.form.items()}
    raw = request.get_data()
    if not raw or (not request.is_json and request.form):
        return merged
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return bad_parameter("The body is not valid JSON.")
    return merged | found if isinstance(found, dict) else bad_parameter("The body must be a JSON object.")


def _decoded(value: str) -> object:
    if not value.startswith(("{", "[")):
        return value
    try:
        decoded: object = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return decoded
