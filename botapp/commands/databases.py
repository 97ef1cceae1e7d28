"""`botapp db`."""

import click

from botapp.bootstrap.foundation import Foundation
from botapp.settings import load_settings
from botapp.storage import scrubbing
from botapp.storage.migrate import upgrade, wanted_version


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Create the tables, or bring them to this version."""
    installation = Foundation.of(load_settings())
    installation.settings.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    upgrade(installation.settings.database_address)
    click.echo(f"the database is at schema version {wanted_version()}")


@db.command("rewrite")
def db_rewrite() -> None:
    """Write the database's files anew, so that nothing that was ever deleted lies in them. Others wait meanwhile.

    After erasures a small embedded database is rewritten by itself; a large one, or PostgreSQL, when you say so.
    """
    database = Foundation.of(load_settings()).database
    if not scrubbing.rewrite(database):
        raise click.ClickException("others are busy in the database; try again, or stop botapp meanwhile")
    click.echo("the database is written anew")
