"""Forecasts and backtests as jobs."""

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Filled in by whoever builds it."""
