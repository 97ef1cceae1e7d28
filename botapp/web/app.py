"""The web application: webhooks, health, metrics, and errors that tell strangers nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from botapp.clock import Clock
from botapp.conversation.receive import Receiver
from botapp.policy.signed_link import LinkSigner
from botapp.storage.engine import Database
from botapp.web import health, metrics, own_data, privacy, webhooks
from botapp.web.gathering import Gathering


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the pages are made of."""

    database: Database
    receiver: Receiver
    opening_kinds: frozenset[str]
    app_secrets: tuple[str, ...]
    verify_token: str
    ring: Callable[[], bool]
    redis_answers: Callable[[], bool]
    clock: Clock
    public_url: str | None
    link_signer: LinkSigner
    handover_target: timedelta  # within which a person should answer who is asked for


def create_app(parts: WebParts) -> Flask:
    """The WSGI application."""
    app = Flask("botapp.web", static_folder=None)
    # Of a body that does not tell its length the server reads this much and cuts the rest off: one byte shows it.
    app.config["MAX_CONTENT_LENGTH"] = webhooks.LARGEST_BODY_BYTES + 1
    app.register_blueprint(
        webhooks.create_blueprint(
            receive=Gathering(parts.receiver.receive).receive,
            opening_kinds=parts.opening_kinds,
            app_secrets=parts.app_secrets,
            verify_token=parts.verify_token,
            ring=parts.ring,
            clock=parts.clock,
        )
    )
    app.register_blueprint(
        privacy.create_blueprint(
            database=parts.database, app_secrets=parts.app_secrets, clock=parts.clock, public_url=parts.public_url
        )
    )
    app.register_blueprint(
        own_data.create_blueprint(database=parts.database, signer=parts.link_signer, clock=parts.clock)
    )
    app.register_blueprint(health.create_blueprint(parts.database, parts.redis_answers))
    app.register_blueprint(metrics.create_blueprint(parts.database, parts.handover_target))
    app.register_error_handler(HTTPException, _tell_little)
    app.after_request(_harden)
    return app


def _tell_little(error: HTTPException) -> tuple[Response, int]:
    """The status and nothing else: no detail of ours, nothing of what was sent."""
    code = error.code or 500
    return jsonify(error=error.name), code


def _harden(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
