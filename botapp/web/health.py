"""Is it alive, and can it do its work?"""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from botapp.compliance.state import load_log_state
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
        """Ready means that a webhook can be committed. Redis and the log's signing are told of, not needed for that."""
        is_ready = _database_is_ready(database)
        parts = {"database": is_ready, "redis": redis_answers(), "log": is_ready and _log_is_signed(database)}
        status = 200 if parts["database"] else 503
        return jsonify(status="ready" if status == 200 else "not ready", **parts), status  # noqa: PLR2004  HTTP's OK

    return blueprint


def _log_is_signed(database: Database) -> bool:
    """False once the signer has refused, until it signs again: somebody must look."""
    try:
        return load_log_state(database).signing_failure is None
    except SQLAlchemyError:
        return False


def _database_is_ready(database: Database) -> bool:
    try:
        return schema_version(database.engine) == wanted_version() and database.has_room()
    except (SQLAlchemyError, OSError):
        return False
