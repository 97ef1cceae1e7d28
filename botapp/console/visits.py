"""From the browser's cookie to the staff member behind it, and back."""

import secrets
from datetime import timedelta

from flask import Flask, current_app, g, redirect, request, session, url_for
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from botapp.staff.delays import Origin
from botapp.staff.sessions import Opened, Sessions, Visit
from botapp.storage.staff_sessions import Stage

_DEVICE_COOKIE = "botapp_console_device"
_DEVICE_LASTS = timedelta(days=90)
_LONGEST_NEXT = 1000  # browsers drop cookies of more than 4 KB


def recognise(sessions: Sessions) -> None:
    """Before each request: whose session is it? `g.staff` is set for complete log-ins only."""
    token = session.get("token")
    found = sessions.find(token) if isinstance(token, str) else None
    g.visit = found
    g.staff = found.member if found and found.is_open else None


def current_visit() -> Visit | None:
    """The session of this request, however far its log-in has come."""
    visit: Visit | None = g.get("visit")
    return visit


def origin(name: str) -> Origin:
    """Where this request comes from, for an attempt in that name."""
    return Origin(request.remote_addr or "", client(), _device(name))


def client() -> str:
    """What the browser calls itself."""
    return request.user_agent.string


def remember_next(wanted: str | None) -> None:
    """Where to go after the log-in: a path inside the console, whatever else was asked for."""
    is_path = wanted is not None and wanted.startswith("/") and wanted.isprintable() and len(wanted) <= _LONGEST_NEXT
    session["next"] = wanted if is_path else None


def go_on(opened: Opened, name: str) -> Response:
    """Give the browser its new session, and send it to the step that comes next."""
    wanted = session.get("next")
    enter(opened.token)
    if opened.stage is not Stage.OPEN:
        session["next"] = wanted
        step = "code" if opened.stage is Stage.SECOND_FACTOR else "enrolment"
        return redirect(url_for(f"log_in.show_{step}"))
    # The mount point stands before it, so it leads nowhere else, whatever it is.
    response = redirect(f"{request.script_root}{wanted}" if wanted else url_for("home.show"))
    remember_device(response, name)
    return response


def enter(token: str) -> None:
    """The cookie of a new session; nothing of the one before is left in it, its CSRF token neither."""
    session.clear()
    session["token"] = token


def leave() -> None:
    """An empty cookie."""
    session.clear()


def remember_device(response: Response, name: str) -> None:
    """This browser belongs to that name: attempts from elsewhere do not delay it (staff/delays.py)."""
    response.set_cookie(
        _DEVICE_COOKIE,
        _signer(current_app).dumps([name, secrets.token_urlsafe(12)]),
        max_age=_DEVICE_LASTS,
        path=current_app.config["SESSION_COOKIE_PATH"],
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _device(name: str) -> str | None:
    cookie = request.cookies.get(_DEVICE_COOKIE, "")
    try:
        known, device = _signer(current_app).loads(cookie, max_age=round(_DEVICE_LASTS.total_seconds()))
    except (BadData, ValueError):
        return None
    return str(device) if known == name else None


def _signer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(app.secret_key), salt="device")
