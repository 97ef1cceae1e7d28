"""What somebody put into an address or a form and no table can hold: refused before anybody looks for it."""

from flask import abort, request

_INTEGER = 2**31 - 1
_BIG_INTEGER = 2**63 - 1
_BIG = frozenset({"contact_id", "number", "sequence"})  # as their columns are; all others are plain integers


def refuse_unheld() -> None:
    """Before each request. 404 where there can be nothing, 400 for text with a NUL, which PostgreSQL does not take."""
    for name, value in (request.view_args or {}).items():
        if isinstance(value, int) and value > (_BIG_INTEGER if name in _BIG else _INTEGER):
            abort(404)
        if isinstance(value, str) and "\0" in value:
            abort(404)
    if any("\0" in text for _name, texts in request.values.lists() for text in texts):
        abort(400)
