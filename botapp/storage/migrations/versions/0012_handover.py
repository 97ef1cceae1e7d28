"""People who answer: the queue and its transcript."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    pass
