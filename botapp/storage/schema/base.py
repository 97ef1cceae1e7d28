"""What all tables share."""

from sqlalchemy import ForeignKeyConstraint, MetaData, PrimaryKeyConstraint

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def of_contact(*key: str) -> tuple[PrimaryKeyConstraint, ForeignKeyConstraint]:
    """The keys of a table that belongs to a contact."""
    return (
        PrimaryKeyConstraint("account_id", "contact_id", *key),
        ForeignKeyConstraint(["account_id", "contact_id"], ["contact.account_id", "contact.id"]),
    )
