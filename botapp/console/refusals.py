"""How a refused attempt is told: what was wrong is not, how long to wait is."""

from datetime import datetime

from flask import make_response, render_template
from werkzeug.wrappers import Response

from botapp.staff.log_in import Refused

_MINUTE_SECONDS = 60


def show_refusal(page: str, refused: Refused, words: str, now: datetime, **facts: object) -> Response:
    """The page again, with 403 and the words; while attempts are not looked at, with 429 and how long that lasts."""
    if refused.wait_until is None:
        return make_response(render_template(page, error=words, **facts), 403)
    seconds = max(1, round((refused.wait_until - now).total_seconds() + 0.5))
    wait = f"{seconds} seconds" if seconds < 2 * _MINUTE_SECONDS else f"{-(-seconds // _MINUTE_SECONDS)} minutes"
    response = make_response(
        render_template(page, error=f"Too many attempts. Please try again in {wait}.", **facts), 429
    )
    response.headers["Retry-After"] = str(seconds)
    return response
