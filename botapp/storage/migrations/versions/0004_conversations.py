"""The last interaction before the present conversation: one delivered late may join both."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("contact", sa.Column("earlier_interaction_at", Instant()))
