"""`botapp replay`."""

import click


@click.command()
def replay() -> None:
    """Play a recorded chat through the webhook."""
