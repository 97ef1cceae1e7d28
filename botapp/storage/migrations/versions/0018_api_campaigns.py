"""Keys of the API that act for a staff member."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("api_key", sa.Column("staff_id", sa.Integer))
