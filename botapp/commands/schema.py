"""What every process that works with the tables asks first."""

import click
from sqlalchemy.exc import SQLAlchemyError

from botapp.bootstrap.foundation import Foundation
from botapp.storage.migrate import schema_version, wanted_version


def require_schema(installation: Foundation) -> None:
    """Stop where the tables are those of another version. A database that is away is waited for by each in its way."""
    try:
        version = schema_version(installation.database.engine)
    except SQLAlchemyError:
        return
    if version != wanted_version():
        found, wanted = version or "none", wanted_version()
        message = f"the database is at schema version {found}, this botapp needs {wanted}; run: botapp db upgrade"
        raise click.ClickException(message)
