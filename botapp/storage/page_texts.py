"""Pages' own texts, each version as it was applied."""

from sqlalchemy import Connection

from botapp.storage.statement import Statement

_CONTENT = Statement("SELECT content FROM texts_version WHERE account_id = :account_id AND version = :version")


def load_content(connection: Connection, account_id: int, version: int) -> str:
    """JSON: language -> key -> text. LookupError for a version that does not exist."""
    content = _CONTENT.scalar(connection, {"account_id": account_id, "version": version})
    if content is None:
        raise LookupError(f"page {account_id} has no texts of version {version}")
    return str(content)
