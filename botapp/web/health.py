"""Is it alive, and can it do its work?"""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from botapp.storage.engine import Database
from botapp.storage.migrate import schema_version, wanted_version


def create_blueprint(database: Database, redis_answers: Callable[[], bool]) -> Blueprint:
    """/health/live and /health/ready."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/health/live")
    def live() -> Response:
        return jsonify(status="alive")

    @blueprint.get("/health/ready")
    def ready() -> tuple[Response, int]:
        """Ready means that a webhook can be committed. Redis is told of and not needed for that."""
        parts = {"database": _database_is_ready(database), "redis": redis_answers()}
        status = 200 if parts["database"] else 503
        return jsonify(status="ready" if status == 200 else "not ready", **parts), status  # noqa: PLR2004  HTTP's OK

    return blueprint


def _database_is_ready(database: Database) -> bool:
    try:
        return schema_version(database.engine) == wanted_version()
    except SQLAlchemyError:
        return False
