"""What the compliance desk looks up."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass
