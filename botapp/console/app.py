"""The console: one application with its own routes, errors and cookies, mounted at /console beside the webhooks."""

from collections.abc import Sequence
from typing import Any

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from botapp.console import (
    access,
    home_pages,
    invitation_pages,
    log_in_pages,
    own_account_pages,
    staff_pages,
    visits,
)
from botapp.console.accounts import blueprint as accounts_section
from botapp.console.browsers import browser_name
from botapp.console.campaigns import blueprint as campaigns
from botapp.console.compliance import blueprint as compliance_desk
from botapp.console.inbox import blueprint as inbox
from botapp.console.parts import ConsoleParts
from botapp.console.rules import blueprint as rules
from botapp.console.runs import blueprint as runs
from botapp.console.sections import Section
from botapp.console.suppressions import blueprint as suppressions
from botapp.console.switch import blueprint as switch
from botapp.console.templates import blueprint as templates
from botapp.console.unheld import refuse_unheld
from botapp.console.webhooks import blueprint as webhooks
from botapp.staff.passwords import BusyError
from botapp.storage import accounts

MOUNT = "/console"
_LARGEST_BODY_BYTES = 1 << 20
_LARGEST_FORM_BYTES = 1 << 19  # without files: of the shortest fields as many as are read in half a second
# In the order of the navigation.
_SECTIONS: tuple[Section, ...] = (
    campaigns.SECTION,
    templates.SECTION,
    rules.SECTION,
    runs.SECTION,
    inbox.SECTION,
    suppressions.SECTION,
    compliance_desk.SECTION,
    switch.SECTION,
    accounts_section.SECTION,
    webhooks.SECTION,
    staff_pages.SECTION,
)
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_ERRORS = {
    400: (
        "That did not work",
        "The page was open for long, or came from elsewhere. Please go back, reload it and try again.",
    ),
    403: ("Not for you", "Your roles do not cover this. An admin can change them."),
    404: ("Not here", "There is nothing at this address, or it belongs to a page that is not yours."),
    405: ("That did not work", "Please go back and use the page's own buttons."),
    413: ("Too large", "That is more than this page takes."),
    503: ("One moment", "Many people are logging in right now. Please try again in a few seconds."),
    500: ("Something broke", "It was not you. Please try again; the logs say more."),
}
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_console(parts: ConsoleParts, sections: Sequence[Section] = _SECTIONS) -> Flask:
    """The WSGI application of the staff's pages. Raises UndeclaredRouteError."""
    app = Flask("botapp.console", template_folder="pages", static_folder="static", static_url_path="/static")
    app.config.update(_config(parts))
    app.before_request(_bound_forms)
    app.before_request(lambda: _recognise(parts))
    app.before_request(lambda: access.guard(app))
    app.before_request(refuse_unheld)
    CSRFProtect(app)
    for blueprint in (
        home_pages.create_blueprint(sections),
        log_in_pages.create_blueprint(parts),
        invitation_pages.create_blueprint(parts),
        own_account_pages.create_blueprint(parts),
        *(section.create_blueprint(parts) for section in sections),
    ):
        app.register_blueprint(blueprint)
    if parts.sign_on:
        from botapp.console import sign_on_pages  # noqa: PLC0415  its library is 5 MB of each process, and few need it

        app.register_blueprint(sign_on_pages.create_blueprint(parts, parts.sign_on))
    for endpoint, view in app.view_functions.items():
        if endpoint.rpartition(".")[2] == "static":
            access.for_anybody(view)
    access.check_declarations(app)
    app.add_template_filter(browser_name)
    app.context_processor(lambda: _shared(parts, sections))
    app.after_request(_harden)
    app.register_error_handler(HTTPException, _show_error)
    app.register_error_handler(BusyError, lambda _error: _show_error(ServiceUnavailable()))
    if parts.trusted_proxies:
        proxies = parts.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app


def _config(parts: ConsoleParts) -> dict[str, Any]:
    return {
        "SECRET_KEY": parts.cookie_key,
        "SESSION_COOKIE_NAME": "botapp_console",
        "SESSION_COOKIE_PATH": MOUNT,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": parts.is_https,
        "MAX_CONTENT_LENGTH": _LARGEST_BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": _LARGEST_BODY_BYTES,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session whose cookie it is bound to
        "WTF_CSRF_SSL_STRICT": False,  # a proxy may drop the referrer; cookie and token are enough
    }


def _bound_forms() -> None:
    # Of such a form Werkzeug bounds neither the fields nor the memory by themselves.
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = _LARGEST_FORM_BYTES


def _recognise(parts: ConsoleParts) -> None:
    if (request.endpoint or "static").rpartition(".")[2] != "static":
        visits.recognise(parts.sessions)


def _shared(parts: ConsoleParts, sections: Sequence[Section]) -> dict[str, Any]:
    """What every page may use."""

    def kill_switch_is_on() -> bool:
        with parts.database.reading() as connection:
            return accounts.proactive_is_stopped(connection)

    return {
        "staff": access.find_staff(),
        "may": access.may,
        "sections": [section for section in sections if section.is_open()],
        "kill_switch_is_on": kill_switch_is_on,
        "stoppable": lambda: switch.stoppable(parts.database),
    }


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _show_error(error: HTTPException) -> ResponseReturnValue:
    """What happened in our own words, and nothing of what was sent."""
    code = error.code or 500
    title, words = _ERRORS.get(code, _ERRORS[400 if code < 500 else 500])  # noqa: PLR2004  HTTP's two halves
    # After a fault the page asks the database nothing: it may be what is broken.
    facts = {"staff": None} if code >= 500 else {}  # noqa: PLR2004  the same
    return render_template("error.html", title=title, words=words, **facts), code
