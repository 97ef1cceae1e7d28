"""`botapp sandbox`: the platform's stand-in."""

import click

from botapp.bootstrap.foundation import Foundation
from botapp.logs import configure_logs
from botapp.sandbox.app import Page, SandboxSettings, create_sandbox
from botapp.sandbox.server import serve
from botapp.settings import load_settings, require_messenger
from botapp.storage import accounts


@click.command()
def sandbox() -> None:
    """Stand in for the platform, with a page to play the customer."""
    configure_logs()
    installation = Foundation.of(load_settings())
    settings = installation.settings
    require_messenger(settings)

    def load_pages() -> dict[str, Page]:
        with installation.database.reading() as connection:
            pages = accounts.load_all(connection)
        return {page.page_id: Page(installation.vault.open(page.token_encrypted), page.name) for page in pages}

    app = create_sandbox(
        SandboxSettings(
            webhook_url=f"{settings.web_url}/webhooks/messenger",
            app_secret=settings.app_secrets[0],
            verify_token=settings.messenger_verify_token.get_secret_value() if settings.messenger_verify_token else "",
            day_seconds=settings.day.total_seconds(),
            journal_path=settings.var_dir / "sandbox.jsonl",
            load_pages=load_pages,
        ),
        installation.clock,
    )
    serve(app, "127.0.0.1", settings.sandbox_port)
