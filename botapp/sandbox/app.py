"""Puts the sandbox together: `create_sandbox` makes the application, `botapp.sandbox.server.serve` runs it."""

from datetime import timedelta

from flask import Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from botapp.clock import Clock
from botapp.sandbox.control_api import control_api
from botapp.sandbox.customer_api import customer_api
from botapp.sandbox.graph_pages import graph
from botapp.sandbox.page_directory import Page
from botapp.sandbox.platform import Platform, SandboxSettings

__all__ = ["Page", "SandboxSettings", "create_sandbox"]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_sandbox(settings: SandboxSettings, clock: Clock) -> Flask:
    """The whole platform as one application. `app.extensions["sandbox"]` is its `Platform`; close that when done."""
    app = Flask(__name__, static_folder="static", static_url_path="/sandbox/static")
    platform = Platform(settings, clock)
    app.extensions["sandbox"] = platform
    for blueprint in (graph, customer_api, control_api):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _explain)

    @app.after_request
    def _add_headers(response: Response) -> Response:
        off_by = timedelta(seconds=float(g.get("drawn", {}).get("clock", 0)))
        response.date = clock.now() + off_by  # the bot compares clocks by it
        if request.blueprint != graph.name:  # Graph's answers are for programs
            response.headers.extend(_HEADERS)
        return response

    return app


def _explain(error: HTTPException) -> ResponseReturnValue:
    return jsonify(error=error.description), error.code or 500
