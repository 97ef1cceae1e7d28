"""The pages of an arena and their one campaign."""

from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.installation import Installation
from botapp.campaign.file import Limits, read_campaign
from botapp.campaign.pages import PageDraft, add_or_change_page
from botapp.campaign.publish import apply_campaign
from botapp.storage import accounts
from tests.scenarios.instance import CAMPAIGN

PAGES = ("1001", "1002", "1003")  # each is a lane of webhooks of its own


def set_up_pages(installation: Installation, delay: str) -> None:
    """Add the pages, and publish the campaign on each. The delay is in hours of an unshortened day ("3h")."""
    settings, database = installation.settings, installation.database
    limits = Limits(installation.rules.text_limit, installation.rules.window / settings.scale, settings.send_allowance)
    campaign = read_campaign(CAMPAIGN.replace("DELAY", delay).encode(), limits)
    for page_id in PAGES:
        options = {"name": f"Page {page_id}"}
        draft = PageDraft(PLATFORM, page_id, f"token-of-{page_id}", options, {"zone": "UTC", "language": "en"})
        add_or_change_page(database, installation.vault, draft)
    with database.reading() as connection:
        pages = accounts.find_by_pages(connection, PLATFORM, list(PAGES))
    for page in pages.values():
        apply_campaign(database, page.id, campaign, publish=True)
