"""Reserved."""

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Filled in by whoever builds it."""
