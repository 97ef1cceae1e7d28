"""Setting up a second factor: a picture for the authenticator app, a code as the proof, recovery codes to keep."""

from collections.abc import Sequence

import segno
from flask import make_response, render_template, request, session
from markupsafe import Markup
from werkzeug.wrappers import Response

from botapp.channels.vault import Vault
from botapp.console import visits
from botapp.console.parts import ConsoleParts
from botapp.staff import second_factor
from botapp.storage.staff import StaffMember


def show(vault: Vault, member: StaffMember, *, is_first: bool, failed: bool = False) -> Response:
    """The page with the picture; with 403 after a wrong code."""
    secret = _proposed(vault)
    picture = segno.make(second_factor.address(secret, member.name), error="m").svg_inline(omitsize=True, light="#fff")
    page = render_template(
        "second_factor.html",
        picture=Markup(picture),  # noqa: S704  drawn by segno, of squares
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        is_first=is_first,
        error="That code is not right. Please wait for the next one." if failed else None,
    )
    return make_response(page, 403 if failed else 200)


def prove(parts: ConsoleParts, member: StaffMember) -> Sequence[str] | None:
    """The new recovery codes, if the code in the form is one of the proposed secret."""
    secret, now = _proposed(parts.vault), parts.clock.now()
    step = second_factor.find_step(secret, request.form.get("code", ""), now)
    if step is None:
        return None
    session.pop("proposed_secret", None)
    return second_factor.enrol(parts.database, parts.vault, member, secret, step=step, now=now)


def show_recovery_codes(codes: Sequence[str], name: str, *, onward: str) -> Response:
    """The only time that they are shown."""
    response = make_response(render_template("recovery_codes.html", codes=codes, onward=onward))
    visits.remember_device(response, name)
    return response


def propose_anew(vault: Vault) -> None:
    """A secret of its own for each time that somebody sets out to enrol."""
    session["proposed_secret"] = vault.lock(second_factor.new_secret())


def is_proposed() -> bool:
    """Whether this browser has set out to enrol."""
    return isinstance(session.get("proposed_secret"), str)


def _proposed(vault: Vault) -> str:
    """Kept in the cookie, encrypted, until it is proven: the database holds none that nobody can show."""
    if not is_proposed():
        propose_anew(vault)
    return vault.open(session["proposed_secret"])
