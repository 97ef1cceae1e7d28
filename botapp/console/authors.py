"""Who the numbers of a record are: staff, and below zero keys of the API that systems have."""

from sqlalchemy import Connection

from botapp.storage import api_keys, staff


def load_names(connection: Connection) -> dict[int, str]:
    """By number."""
    members = {member.id: member.display_name for member in staff.load_all(connection)}
    keys = {key.author: f"the key {key.name}" for key in api_keys.load_all(connection) if key.staff_id is None}
    return members | keys
