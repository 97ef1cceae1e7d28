"""Another house: a small real OpenID Connect provider, which can be told to lie."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as AnyResponse

from botapp.clock import SystemClock

CLIENT_ID, CLIENT_SECRET = "botapp-console", "the-secret-of-the-console"


@cache
def made_key(_whose: str) -> RSAKey:
    """Making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})


@dataclass
class House:
    """What it says, and what it heard."""

    port: int = 0
    email: str = "alice@shop.example"
    claims: dict[str, Any] = field(default_factory=dict)  # said instead of the truth; None leaves one out
    issuer: str | None = None  # in its metadata, instead of its own
    algorithm: str = "RS256"
    offers: tuple[str, ...] = ("RS256",)
    is_silent: bool = False
    signing_key: RSAKey | None = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # by code

    @property
    def key(self) -> RSAKey:
        return made_key("its own")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def app(self) -> Flask:
        app = Flask("house")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self._metadata)
        app.add_url_rule("/authorize", view_func=self._authorize)
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        app.add_url_rule("/keys", view_func=self._keys)
        return app

    def _metadata(self) -> Response:
        if self.is_silent:
            abort(503)
        return jsonify(
            issuer=self.issuer or self.url,
            authorization_endpoint=f"{self.url}/authorize",
            token_endpoint=f"{self.url}/token",
            jwks_uri=f"{self.url}/keys",
            id_token_signing_alg_values_supported=list(self.offers),
        )

    def _authorize(self) -> AnyResponse:
        asked = request.args
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe(16)
        self.asked[code] = dict(asked)
        return redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    def _token(self) -> Response:
        asked = self.asked.pop(request.form["code"], None)
        client = request.authorization
        assert client
        verifier = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        if asked is None or _encode(verifier) != asked["code_challenge"] or client.password != CLIENT_SECRET:
            return Response('{"error": "invalid_grant"}', 400, mimetype="application/json")
        now = int(SystemClock().now().timestamp())
        truth = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "42",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": self.email,
            "email_verified": True,
        }
        said = {name: value for name, value in (truth | self.claims).items() if value is not None}
        token = self._signed(said)
        return jsonify(access_token="at", token_type="Bearer", expires_in=300, id_token=token)

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm == "RS256":
            return jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signing_key or self.key)
        # By hand, because no good library makes these.
        parts = ".".join(_encode(json.dumps(part).encode()) for part in ({"alg": self.algorithm}, claims))
        made = hmac.digest(self.key.as_pem(private=False), parts.encode(), "sha256")
        return f"{parts}.{_encode(made) if self.algorithm == 'HS256' else ''}"

    def _keys(self) -> Response:
        return jsonify(keys=[self.key.as_dict(private=False)])


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextmanager
def standing_house() -> Iterator[House]:
    """Listening on a port of its own."""
    house = House()
    server = make_server("127.0.0.1", 0, house.app(), threaded=True)
    house.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield house
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
