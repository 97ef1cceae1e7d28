"""What a fresh sandbox needs before somebody can chat: a page, a campaign for it, and a way into the console."""

import secrets
import subprocess
import sys
from collections.abc import Sequence

from botapp.answering.content import to_content
from botapp.answering.publish import publish
from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.staff import Staff
from botapp.campaign.faq_file import read_faq
from botapp.campaign.file import Limits, read_campaign
from botapp.campaign.pages import PageDraft, add_or_change_page
from botapp.campaign.publish import apply_campaign
from botapp.config_files import config_dir
from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.staff.members import Problem
from botapp.staff.record import COMMAND_LINE
from botapp.storage import accounts, staff
from botapp.understanding.faq.entry import FaqEntry

_PAGE_ID = "100000000000001"
_STAFF_NAME = "admin"


def prepare_sandbox_page(installation: Staff) -> None:
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
    entries = read_faq((config_dir() / "demo-faq.toml").read_bytes())
    publish(database, account.id, entries, base_version=None, learn=learn_apart)


def learn_apart(entries: Sequence[FaqEntry]) -> bytes:
    """In a process of its own: what learning takes, a hundred megabytes, is given back with it."""
    command = [sys.executable, "-m", "botapp.answering.learning"]
    given = to_content(entries).encode()
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout  # noqa: S603  our own module


def console_link(installation: Staff) -> str:
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
