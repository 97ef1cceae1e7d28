"""Whom a route is for. Deny by default: a route says it with one of the three decorators below, or nothing starts."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from botapp.policy.access import Permission, Reach, reach
from botapp.storage.staff import StaffMember

View = TypeVar("View", bound=Callable[..., object])
_MARK = "_requirement"


class Audience(Enum):
    """Those whom a route is for when it needs no permission."""

    ANYBODY = "anybody"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Needs:
    """A permission: for the page that the address names, else on any page, or (`everywhere`) on all of them."""

    permission: Permission
    everywhere: bool = False


Requirement = Audience | Needs


class UndeclaredRouteError(Exception):
    """A route does not say whom it is for."""


def requires(permission: Permission, *, everywhere: bool = False) -> Callable[[View], View]:
    """The route is for staff with this permission.

    Where the address holds `<int:account_id>` they need it on that page, and get 404 elsewhere. Else they need it on
    any page, and the view shows what `reach_of(permission)` covers; with `everywhere` they need it on all pages.
    """
    return _declare(Needs(permission, everywhere))


def for_every_staff_member(view: View) -> View:
    """The route is for whoever is logged in, and concerns nobody but themselves."""
    return _declare(Audience.STAFF)(view)


def for_anybody(view: View) -> View:
    """The route is for people who are not logged in, too."""
    return _declare(Audience.ANYBODY)(view)


def find_staff() -> StaffMember | None:
    """Who is logged in; none on routes that are for anybody."""
    member: StaffMember | None = g.get("staff")
    return member


def current_staff() -> StaffMember:
    """Who is logged in. On routes for anybody there may be nobody: LookupError."""
    member = find_staff()
    if member is None:
        raise LookupError("nobody is logged in")
    return member


def reach_of(permission: Permission) -> Reach:
    """The pages on which whoever is logged in has the permission."""
    member = find_staff()
    return reach(member.grants if member else (), permission)


def may(permission: Permission, account_id: int | None = None) -> bool:
    """Whether whoever is logged in has the permission: on that page, or on any. For pages: what to show."""
    covered = reach_of(permission)
    return bool(covered) if account_id is None else account_id in covered


def requirement_of(app: Flask, endpoint: str) -> Requirement | None:
    """What the route declares."""
    found: Requirement | None = getattr(app.view_functions[endpoint], _MARK, None)
    return found


def check_declarations(app: Flask) -> None:
    """Every route says whom it is for. Raises UndeclaredRouteError."""
    silent = sorted({rule.endpoint for rule in app.url_map.iter_rules() if requirement_of(app, rule.endpoint) is None})
    if silent:
        raise UndeclaredRouteError(f"no declaration of whom it is for: {', '.join(silent)}")


def guard(app: Flask) -> Response | None:
    """Before each request: let it pass, send it to the log-in, or refuse it."""
    if request.endpoint is None:
        return None  # the router refuses it: 404 or 405
    needed = requirement_of(app, request.endpoint)
    if needed is None:
        abort(403)
    if needed is Audience.ANYBODY:
        return None
    member = find_staff()
    if member is None:
        return _to_log_in()
    if isinstance(needed, Needs):
        _check(needed, reach(member.grants, needed.permission))
    return None


def _check(needed: Needs, covered: Reach) -> None:
    if not covered or (needed.everywhere and not covered.everywhere):
        abort(403)
    account_id = (request.view_args or {}).get("account_id")
    if account_id is not None and account_id not in covered:
        abort(404)


def _to_log_in() -> Response:
    """Back to where they wanted to go, unless that would repeat a change."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("log_in.show", next=wanted))


def _declare(requirement: Requirement) -> Callable[[View], View]:
    def declared(view: View) -> View:
        setattr(view, _MARK, requirement)
        return view

    return declared
