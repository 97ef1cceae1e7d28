"""What people chose for themselves."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("contact", sa.Column("language_chosen_at", Instant()))
    op.add_column("contact", sa.Column("frequency", sa.Text))
    op.add_column("contact", sa.Column("frequency_at", Instant()))
    op.add_column("contact", sa.Column("quiet_hours", sa.Text))
    op.add_column("contact", sa.Column("quiet_hours_at", Instant()))
