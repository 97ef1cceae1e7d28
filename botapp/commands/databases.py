"""`botapp db`."""

import click

from botapp.bootstrap import Installation
from botapp.settings import load_settings
from botapp.storage.migrate import upgrade, wanted_version


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Create the tables, or bring them to this version."""
    installation = Installation.of(load_settings())
    installation.settings.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    upgrade(installation.settings.database_address)
    click.echo(f"the database is at schema version {wanted_version()}")
