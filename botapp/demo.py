"""What a fresh sandbox needs before somebody can chat: a page, a campaign for it, and a way into the console."""

import secrets

from botapp.bootstrap import PLATFORM, Installation
from botapp.campaign.file import Limits, read_campaign
from botapp.campaign.pages import PageDraft, add_or_change_page
from botapp.campaign.publish import apply_campaign
from botapp.config_files import config_dir
from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.staff.members import Problem
from botapp.staff.record import COMMAND_LINE
from botapp.storage import accounts, staff

_PAGE_ID = "100000000000001"
_STAFF_NAME = "admin"


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


def console_link(installation: Installation) -> str:
    """A link that opens the sandbox's console once, as an admin who is added for it where there is none."""
    members, database = installation.members(), installation.database
    grants = {Grant(ALL_PAGES, Role.ADMIN)}
    added = members.add(_STAFF_NAME, "Sandbox admin", grants, by=COMMAND_LINE)
    if isinstance(added, Problem):
        with database.reading() as connection:
            known = staff.find_by_name(connection, _STAFF_NAME)
        if known is None:
            raise LookupError(added.value)
        added = known.id
    return f"{installation.settings.web_url}/console/welcome/{members.one_time_log_in(added, by=COMMAND_LINE)}"
