"""A person's own data, opened by the signed link that they get in the chat. Whoever has the link sees them."""

import re

from flask import Blueprint, Response, abort

from botapp.clock import Clock
from botapp.compliance.own_data import OwnData, load_own_data
from botapp.compliance.own_data_page import own_data_page
from botapp.policy.signed_link import LinkSigner
from botapp.storage.engine import Database

_DOWNLOAD = ".json"
_TOKEN = re.compile(r"[A-Za-z0-9_=-]{1,200}\Z", re.ASCII)


def create_blueprint(*, database: Database, signer: LinkSigner, clock: Clock) -> Blueprint:
    """The page and the download. A link that is forged, has expired or whose person was erased opens nothing."""
    blueprint = Blueprint("own_data", __name__)

    @blueprint.get("/privacy/data/<token>")
    def show(token: str) -> Response:
        data = load(token.removesuffix(_DOWNLOAD))
        if token.endswith(_DOWNLOAD):
            return _private(Response(data.as_json(), mimetype="application/json"))
        return _private(Response(own_data_page(data, f"{token}{_DOWNLOAD}"), mimetype="text/html"))

    def load(token: str) -> OwnData:
        now = clock.now()
        contact = signer.read(token, now) if _TOKEN.match(token) else None
        if contact is None:
            abort(404)
        with database.reading() as connection:
            found = load_own_data(connection, contact, now)
        if found is None:
            abort(404)
        return found

    return blueprint


def _private(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
