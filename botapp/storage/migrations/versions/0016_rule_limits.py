"""Budgets, caps and states of rules."""

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Filled in by whoever builds it."""
