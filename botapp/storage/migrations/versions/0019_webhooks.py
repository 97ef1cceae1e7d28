"""Subscriptions to outgoing webhooks, and their outbox."""

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Filled in by whoever builds it."""
