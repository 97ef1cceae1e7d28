"""Log-in by way of another house (OpenID Connect: code, PKCE, state, nonce). Only known members come in."""

import logging
from collections.abc import Mapping
from typing import Any

from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from botapp.console import visits
from botapp.console.access import for_anybody
from botapp.console.parts import ConsoleParts, SignOn
from botapp.staff.log_in import Refused

_LOG = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 5


class SignOnError(Exception):
    """The other house's answer does not say who it is."""


def create_blueprint(parts: ConsoleParts, settings: SignOn) -> Blueprint:
    """/sign-on and /sign-on/answer."""
    blueprint = Blueprint("sign_on", __name__)
    house = _client(settings)

    @blueprint.get("/sign-on")
    @for_anybody
    def begin() -> ResponseReturnValue:
        try:
            return house.authorize_redirect(settings.redirect_url)
        except Exception as error:  # noqa: BLE001  of many unrelated kinds (requests, Authlib, joserfc): nobody comes in
            return _refuse(error)

    @blueprint.get("/sign-on/answer")
    @for_anybody
    def answer() -> ResponseReturnValue:
        try:
            email = _email(_claims(house, settings))
        except Exception as error:  # noqa: BLE001  the same
            return _refuse(error)
        opened = parts.log_in.with_sign_on(email, visits.client())
        if isinstance(opened, Refused):
            words = "You are known there, but not here. An admin can add you with the same e-mail address."
            return render_template("log_in.html", error=words, sign_on=settings), 403
        return visits.go_on(opened, email)

    def _refuse(error: Exception) -> ResponseReturnValue:
        _LOG.warning("sign-on failed: %s", type(error).__name__)  # its text may hold what a stranger sent
        words = "That log-in did not work. Please try again."
        return render_template("log_in.html", error=words, sign_on=settings), 403

    return blueprint


def _client(settings: SignOn) -> FlaskOAuth2App:
    return FlaskOAuth2App(
        FlaskIntegration("sign_on"),
        "sign_on",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": _TIMEOUT_SECONDS,
        },
    )


def _claims(house: FlaskOAuth2App, settings: SignOn) -> Mapping[str, Any]:
    """What the signed answer says; state, nonce, signature, audience and times were checked. Raises many kinds."""
    metadata = house.load_server_metadata()
    if str(metadata.get("issuer", "")).rstrip("/") != settings.issuer.rstrip("/"):
        raise SignOnError("another issuer")
    claims: Mapping[str, Any] | None = house.authorize_access_token().get("userinfo")
    if claims is None:
        raise SignOnError("no id token")
    return claims


def _email(claims: Mapping[str, Any]) -> str:
    """An address that somebody merely typed in there is nobody's. Raises SignOnError."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str) or "@" not in email:
        raise SignOnError("no verified e-mail address")
    return email.strip().lower()
