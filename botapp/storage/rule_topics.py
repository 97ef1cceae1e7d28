"""What each version of a page's rules is about: the word that customers can say no to."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection

from botapp.storage.statement import Statement

_DEFINITIONS = Statement("SELECT name, version, definition FROM rule_version WHERE account_id = :account_id")


def load_topics(connection: Connection, account_id: int) -> Mapping[tuple[str, int], str]:
    """By name and version; those about nothing in particular lack."""
    rows = _DEFINITIONS.rows(connection, {"account_id": account_id})
    found = {(str(name), int(version)): json.loads(definition).get("topic") for name, version, definition in rows}
    return {key: topic for key, topic in found.items() if topic}
