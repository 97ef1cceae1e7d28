"""What a template carries beside its text."""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Filled in by whoever builds it."""
