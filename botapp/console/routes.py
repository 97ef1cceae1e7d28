"""Routes as a table: each line says method, address and view."""

from collections.abc import Callable

from flask import Blueprint
from flask.typing import ResponseReturnValue

View = Callable[..., ResponseReturnValue]


def blueprint_of(name: str, *routes: tuple[str, str, View]) -> Blueprint:
    """A blueprint whose endpoints are called like their views."""
    blueprint = Blueprint(name, __name__)
    for method, address, view in routes:
        blueprint.add_url_rule(address, view.__name__, view, methods=[method])
    return blueprint
