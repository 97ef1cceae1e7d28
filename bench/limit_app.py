"""The least that any webhook in Flask has to do: check the signature, parse, answer. Nothing is stored."""

import hashlib
import hmac
import json

from flask import Flask, Response, request

from bench.deliveries import SECRET


def create() -> Flask:
    """The WSGI application."""
    app = Flask("bench.limit", static_folder=None)

    @app.post("/webhooks/messenger")
    def take() -> Response:
        body = request.get_data(cache=False)
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        given = request.headers.get("X-Hub-Signature-256", "").encode()
        if not hmac.compare_digest(f"sha256={digest}".encode(), given):
            return Response("", status=403)
        json.loads(body)
        return Response("EVENT_RECEIVED", mimetype="text/plain")

    return app
