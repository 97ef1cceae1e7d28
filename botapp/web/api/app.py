"""The API as a WSGI application of its own, mounted under /api."""

from typing import Any

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from botapp.web.api import (
    analytics,
    contacts,
    outcomes,
    pages,
    reengagements,
    rehearsals,
    rules,
    stopping,
    suppressions,
    templates,
    webhooks,
    whole_campaign,
)
from botapp.web.api.bodies import LARGEST_BODY_BYTES
from botapp.web.api.calls import Call, CallDesk
from botapp.web.api.contract import contract
from botapp.web.api.conversions import CONVERSIONS
from botapp.web.api.entrance import Entrance, tell_limit
from botapp.web.api.facts import FACTS
from botapp.web.api.limits import RequestLimit
from botapp.web.api.operations import Desk, Operation
from botapp.web.api.parts import ApiParts
from botapp.web.api.problems import ProblemError, of_http

MOUNT = "/api"
OPERATIONS: tuple[Operation[Any], ...] = (FACTS, CONVERSIONS)
CALLS: tuple[Call, ...] = (
    *pages.CALLS,
    *templates.CALLS,
    *rules.CALLS,
    *whole_campaign.CALLS,
    *outcomes.CALLS,
    *analytics.CALLS,
    *rehearsals.CALLS,
    *contacts.CALLS,
    *suppressions.CALLS,
    *reengagements.CALLS,
    *stopping.CALLS,
    *webhooks.CALLS,
)


def create_api(parts: ApiParts) -> Flask:
    """The WSGI application."""
    app = Flask("botapp.web.api", static_folder=None)
    # One byte more than is taken: of a body that does not tell its length it shows that the rest was cut off.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES + 1
    entrance = Entrance(parts.keys, RequestLimit(parts.clock, parts.requests_per_second))
    desk = Desk(parts.database, entrance, parts.platform)
    for operation in OPERATIONS:
        app.register_blueprint(desk.blueprint(operation))
    calls = CallDesk(parts, entrance)
    for call in CALLS:
        app.register_blueprint(calls.blueprint(call))
    document = contract(OPERATIONS, CALLS)
    app.add_url_rule("/openapi.json", "contract", lambda: jsonify(document))
    app.register_error_handler(ProblemError, lambda problem: problem.response())
    app.register_error_handler(HTTPException, of_http)
    app.after_request(tell_limit)
    app.after_request(_harden)
    return app


def _harden(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
