"""What is remembered of conversations, and indexes for the hot path."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass
