"""Keys of the API, and what the business's own systems tell."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    pass
