"""What the API of campaigns keeps."""

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Filled in by whoever builds it."""
