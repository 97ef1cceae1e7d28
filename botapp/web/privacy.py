"""The platform's data deletion and deauthorise callbacks, and the page that shows a request's state."""

import hmac
import re

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for

from botapp.channels.messenger.signed_request import SignedRequest, read_signed_request
from botapp.clock import Clock
from botapp.compliance import requests
from botapp.compliance.requests import PlatformRequest
from botapp.storage import privacy_requests
from botapp.storage.engine import Database

_CODE_LENGTH = 24
_CODE = re.compile(rf"[0-9a-f]{{{_CODE_LENGTH}}}\Z")


def create_blueprint(
    *, database: Database, app_secrets: tuple[str, ...], clock: Clock, public_url: str | None
) -> Blueprint:
    """Callbacks and status page (platform-reference 1.9)."""
    blueprint = Blueprint("privacy", __name__, template_folder="pages")

    @blueprint.post("/webhooks/messenger/data-deletion")
    def ask_for_deletion() -> Response:
        code = take(privacy_requests.DELETION)
        path = url_for("privacy.show_request", confirmation_code=code)
        url = f"{(public_url or request.url_root).rstrip('/')}{path}"
        return jsonify(url=url, confirmation_code=code)

    @blueprint.post("/webhooks/messenger/deauthorise")
    def deauthorise() -> Response:
        return jsonify(confirmation_code=take(privacy_requests.DEAUTHORISATION))

    @blueprint.get("/privacy/requests/<confirmation_code>")
    def show_request(confirmation_code: str) -> tuple[str, int]:
        found = None
        if _CODE.match(confirmation_code):
            with database.reading() as connection:
                found = privacy_requests.find(connection, confirmation_code)
        status = 200 if found else 404
        return render_template("privacy_request.html", found=found), status

    def take(kind: str) -> str:
        """Keep the request; the same one sent again gets the same code."""
        now = clock.now()
        signed = read_signed_request(request.form.get("signed_request", ""), app_secrets, now)
        if signed is None:
            abort(403)
        code = _confirmation_code(kind, signed, app_secrets[0])
        requests.take(database, PlatformRequest(code, "messenger", kind, signed.user_id, signed.issued_at), now)
        return code

    return blueprint


def _confirmation_code(kind: str, signed: SignedRequest, secret: str) -> str:
    """Nobody can guess it, and it says nothing of the person."""
    named = f"{kind}:{signed.user_id}:{signed.issued_at.isoformat()}"
    return hmac.new(secret.encode(), named.encode(), "sha256").hexdigest()[:_CODE_LENGTH]
