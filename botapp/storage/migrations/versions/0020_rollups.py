"""Counts for the marketers' overview."""

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Filled in by whoever builds it."""
