"""What a fresh sandbox needs before somebody can chat: a page, and a campaign for it."""

import secrets

from botapp.bootstrap import PLATFORM, Installation
from botapp.campaign.file import Limits, read_campaign
from botapp.campaign.pages import PageDraft, add_or_change_page
from botapp.campaign.publish import apply_campaign
from botapp.config_files import config_dir
from botapp.storage import accounts

_PAGE_ID = "100000000000001"


def prepare_sandbox_page(installation: Installation) -> None:
    """Add a page with the demonstration campaign, unless there is a page already."""
    database, settings = installation.database, installation.settings
    with database.reading() as connection:
        if accounts.count(connection):
            return
    draft = PageDraft(
        platform=PLATFORM,
        page_id=_PAGE_ID,
        token=f"sandbox-{secrets.token_urlsafe(16)}",
        options={"name": "Corner Shop"},
        defaults={"zone": settings.default_zone, "language": settings.default_language},
    )
    add_or_change_page(database, installation.vault, draft)
    limits = Limits(installation.rules.text_limit, installation.rules.window / settings.scale, settings.send_allowance)
    campaign = read_campaign((config_dir() / "demo-campaign.toml").read_bytes(), limits)
    with database.reading() as connection:
        account = accounts.find_by_pages(connection, PLATFORM, [_PAGE_ID])[_PAGE_ID]
    apply_campaign(database, account.id, campaign, publish=True)
