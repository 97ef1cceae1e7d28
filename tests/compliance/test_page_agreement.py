"""What the tables hold of pages and of the installation is what the log tells, and a row changed by hand is named."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from botapp.answering.publish import live_entries, publish
from botapp.bootstrap.foundation import PLATFORM
from botapp.campaign.file import Limits, TemplateDraft, read_campaign
from botapp.campaign.pages import PageDraft, add_or_change_page
from botapp.campaign.publish import apply_campaign, resume_proactive, retire_rule, stop_proactive
from botapp.campaign.stages import Desk
from botapp.campaign.team_mode import TeamMode
from botapp.campaign.templates import TEMPLATES
from botapp.channels.vault import Vault, new_key
from botapp.clock import SystemClock
from botapp.compliance.agreement import Agreement, AgreementCheck
from botapp.conversation.canned import keep
from botapp.conversation.texts import apply_texts, drop_texts
from botapp.outgoing.subscriptions import Added, Destinations, Subscriptions
from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.policy.api_scope import ApiScope
from botapp.policy.approval import Step
from botapp.policy.rule import LiveTemplate
from botapp.policy.webhook_event import EventType
from botapp.staff.api_keys import ApiKeys
from botapp.staff.members import Members
from botapp.storage import accounts, ledger
from botapp.storage.canned_answers import CannedAnswer
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.faq.entry import FaqEntry
from tests import databases, servers
from tests.compliance import simulated
from tests.world import CAMPAIGN

PAGES = ("1000", "2000")
LIMITS = Limits(2000, timedelta(hours=24), timedelta(minutes=5))
QUESTION = """
[opt_in]
question = "May we write to you once more if you fall silent?"
yes = "Yes"
no = "No"
"""
SECOND_RULE = """
[[rules]]
name = "later"
template = "hello-again"
delay = "6h"
"""


def live_through(database: Database) -> None:
    """Two pages with a campaign each; versions come and go, switches are turned, one page is paused at the end."""
    vault = Vault(new_key())
    for page_id in PAGES:
        options = {"name": "A page", "basis": "explicit"}
        draft = PageDraft(PLATFORM, page_id, "token", options, {"zone": "Europe/Berlin", "language": "de"})
        add_or_change_page(database, vault, draft)
    for account_id in (1, 2):
        for content in (CAMPAIGN, CAMPAIGN.replace("delay", "priority = 3\ndelay", 1) + SECOND_RULE + QUESTION):
            apply_campaign(database, account_id, read_campaign(content.encode(), LIMITS), publish=True)
        apply_texts(database, account_id, {"en": {"help": "Send STOP and we will be quiet."}})
        for answer in ("Green.", "Green and black."):
            base, _ = live_entries(database, account_id)
            entries = [FaqEntry("tea", "en", "Which teas do you have?", answer)]
            publish(database, account_id, entries, base_version=base, learn=lambda _: b"a model")
    drop_texts(database, 1)
    bring_templates_on(database)
    for kept in ("At nine.", "At ten."):
        assert keep(database, CannedAnswer(1, "en", "hours", kept), by=11)
    assert keep(database, CannedAnswer(1, "en", "gone", "Nothing."), by=11)
    assert keep(database, CannedAnswer(1, "en", "gone", ""), by=11)
    assert not keep(database, CannedAnswer(1, "en", "gone", ""), by=11)
    retire_rule(database, 1, "later")
    stop_proactive(database, "a fault was found", 2)
    stop_proactive(database, "a greater fault was found")
    resume_proactive(database, "mended")  # of everything: page 2 stays stopped by its own switch
    pause(database, 1, "190")
    add_or_change_page(database, vault, PageDraft(PLATFORM, "1000", "new", {"zone": "Asia/Tokyo"}, {}))
    pause(database, 2, "policy_enforcement")
    let_in(database, vault)
    ask_to_go_live(database)


def ask_to_go_live(database: Database) -> None:
    """On the first page a second person said yes, on the second one nobody yet."""
    team = TeamMode(database)
    for account_id in (1, 2):
        assert team.back_to_team(account_id, "a look at it", by=7) is None
        assert team.ask_live(account_id, "it was right", by=7) is None
    assert team.go_live(1, "so it was", by=8) is None


def bring_templates_on(database: Database) -> None:
    """By the hands of several people, one version in each stage but the first."""
    desk, written = Desk(TEMPLATES, database), {}
    for words in ("Shall we?", "Shall we look?", "Shall we look now?"):
        draft = TemplateDraft(LiveTemplate("hello-again", 0, words, "en"), "service")
        written[words] = desk.write(1, draft, by=11)
        assert desk.take(Step.SUBMIT, written[words], by=11) is None
    first, second, third = written.values()
    for key in (first, third):
        assert desk.take(Step.APPROVE, key, by=12) is None
        assert desk.take(Step.PUBLISH, key, by=11) is None
    assert desk.take(Step.RETURN, second, by=12, why="a word is missing") is None
    assert desk.take(Step.PAUSE, third, by=13, why="a wrong word") is None
    assert desk.take(Step.RESUME, third, by=11, why="it was right") is None
    assert desk.take(Step.PAUSE, third, by=12, why="it was wrong") is None


def let_in(database: Database, vault: Vault) -> None:
    """Members of the staff, keys of the API and webhooks; of each some whose access has ended again."""
    members, keys = Members(database, SystemClock()), ApiKeys(database)
    admin, auditor = Grant(ALL_PAGES, Role.ADMIN), Grant(1, Role.AUDITOR)
    added = [members.add(name, name.title(), [admin], by=0) for name in ("alice", "bob", "carol")]
    alice, bob, carol = (number for number in added if isinstance(number, int))
    assert members.change_grants(bob, [auditor, Grant(2, Role.OPERATOR)], by=alice) is None
    assert members.revoke(bob, by=alice) is None
    assert members.revoke(carol, by=alice) is None
    members.restore(carol, by=alice)
    assert isinstance(members.invite(carol, by=alice), str)
    assert keys.add("shop", 1, [ApiScope.FACTS_WRITE], timedelta(days=9))
    assert keys.add("gone", ALL_PAGES, [ApiScope.FACTS_WRITE], timedelta(days=9), staff_id=alice)
    assert keys.revoke("gone")
    hooks = Subscriptions(database, vault, Destinations(allows_loopback=True))
    told = [hooks.add(2, name, "http://127.0.0.1:9/", [EventType.SENT], alice) for name in ("till", "crm", "old")]
    till, crm, old = (each.webhook for each in told if isinstance(each, Added))
    assert hooks.rotate(till, alice)
    assert hooks.pause(till, alice)
    assert hooks.resume(till, alice)
    assert hooks.pause(crm, alice)
    assert hooks.end(old, "removed", alice)


def pause(database: Database, account_id: int, reason: str) -> None:
    """As a worker does when the platform refuses the page's token."""
    with database.transaction() as connection:
        now = database.now(connection)
        assert accounts.pause(connection, account_id, reason, now)
        entry = Entry(EntryKind.PAGE_PAUSED, occurred_at=now, reason=reason)
        ledger.append_for_page(connection, account_id, entry, now)


def check(database: Database) -> Agreement:
    return AgreementCheck(database, simulated.house()).run()


def test_whatever_happened_to_pages_their_rows_are_what_the_log_tells(database_url: str) -> None:
    database = Database(database_url, clock=SystemClock())
    live_through(database)
    found = check(database)
    with database.reading() as connection:
        pages = accounts.load_all(connection)
    database.close()
    assert [(p.zone, p.paused_at is None, p.proactive_stopped_at is None) for p in pages] == [
        ("Asia/Tokyo", True, True),
        ("Europe/Berlin", False, False),
    ]
    assert (found.first, found.differences, found.pages, found.contacts) == ([], 0, 2, 0)
    assert found.entries > 15


@pytest.fixture(scope="module")
def lived(test_run: servers.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kept as it is; each test works on a copy."""
    path = tmp_path_factory.mktemp("lived") / "pages.sqlite"
    database = Database(databases.sqlite_copy(test_run, path), clock=SystemClock())
    live_through(database)
    database.close()
    return path


STAGE = "template_stage of page 1: version"
# What is done by hand, and how the report begins.
TAMPERINGS = {
    "UPDATE account SET basis = 'implied' WHERE id = 1": "account of page 1: basis: the log tells explicit",
    "UPDATE account SET anchor = 'initial' WHERE id = 2": "account of page 2: anchor: ",
    "UPDATE account SET zone = 'UTC' WHERE id = 1": "account of page 1: zone: the log tells Asia/Tokyo",
    "UPDATE account SET language = 'en' WHERE id = 1": "account of page 1: language: ",
    "UPDATE account SET live_asked_by = NULL WHERE id = 2": "account of page 2: live_asked_by: the log tells 7",
    "UPDATE account SET live_asked_by = 7 WHERE id = 1": "account of page 1: live_asked_by: the log tells None",
    "UPDATE account SET paused_at = NULL WHERE id = 2": "account of page 2: paused_at: ",
    "UPDATE account SET pause_reason = 'holidays' WHERE id = 2": "account of page 2: pause_reason: ",
    "UPDATE account SET proactive_stopped_at = NULL WHERE id = 2": "account of page 2: proactive_stopped_at: ",
    "UPDATE account SET proactive_stopped_at = 1 WHERE id = 1": "account of page 1: proactive_stopped_at: ",
    "UPDATE account SET ledger_sequence = 99 WHERE id = 1": "account of page 1: ledger_sequence: ",
    "UPDATE account SET question_version = NULL WHERE id = 1": "question of page 1: live version of opt_in: ",
    "UPDATE rule SET live_version = 1 WHERE account_id = 1 AND name = 'later'": "rule of page 1: live version of later",
    "UPDATE rule SET live_version = NULL WHERE name = 'later'": "rule of page 2: live version of later",
    "UPDATE template SET live_version = NULL WHERE account_id = 2": "template of page 2: live version of hello-again: ",
    "UPDATE template_version SET text = 'Buy now!' WHERE account_id = 1": (
        "template_version of page 1: version 1 of hello-again: "
    ),
    "UPDATE rule_version SET definition = '{}' WHERE account_id = 2 AND name = 'later'": (
        "rule_version of page 2: version 1 of later: "
    ),
    "UPDATE question_version SET yes = 'Sure', content_hash = 'another' WHERE account_id = 1": (
        "question_version of page 1: version 1 of opt_in: "
    ),
    "UPDATE template_stage SET stage = 'approved' WHERE stage = 'paused'": f"{STAGE} 4 of hello-again: the log tells",
    "UPDATE template_stage SET written_by = 9 WHERE stage = 'draft'": f"{STAGE} 3 of hello-again",
    "UPDATE template_stage SET approved_by = 9 WHERE stage = 'paused'": f"{STAGE} 4 of hello-again",
    "UPDATE template_stage SET by_command = 1 WHERE stage = 'paused'": f"{STAGE} 4 of hello-again",
    "UPDATE canned_answer SET text = 'At eleven.'": "canned_answer of page 1: hours (en): the log tells ",
    "DELETE FROM canned_answer": "canned_answer of page 1: hours (en): the log tells ",
    "DELETE FROM template_stage WHERE version = 3": f"{STAGE} 3 of hello-again: the log tells",
    "UPDATE account SET texts_version = NULL WHERE id = 2": "texts of page 2: live version of own: ",
    "UPDATE texts_version SET content = '{}' WHERE account_id = 2": "texts_version of page 2: version 1 of own: ",
    "UPDATE faq_version SET content = '[]' WHERE account_id = 1 AND version = 1": (
        "faq_version of page 1: version 1 of own: "
    ),
    "UPDATE faq_version SET content_hash = 'another' WHERE account_id = 2 AND version = 2": (
        "faq_version of page 2: version 2 of own: the log tells "
    ),
    "DELETE FROM faq_version WHERE account_id = 1 AND version = 1": "faq_version of page 1: version 1 of own: ",
    "UPDATE faq_model SET version = 1 WHERE account_id = 2": (
        "faq of page 2: live version of own: the log tells 2, the table holds 1"
    ),
    "UPDATE faq_model SET model = x'00' WHERE account_id = 1": "faq_model of page 1: model: the log tells ",
    "DELETE FROM faq_model WHERE account_id = 1": "faq of page 1: live version of own: ",
    "DELETE FROM question_version WHERE account_id = 1": "question_version of page 1: version 1 of opt_in: ",
    "UPDATE control SET proactive_stopped = 1": "control of the installation: proactive_stopped: the log tells False",
    "UPDATE control SET reason = 'another'": "control of the installation: reason: ",
    "UPDATE control SET changed_at = 1": "control of the installation: changed_at: ",
    "INSERT INTO staff_grant VALUES (2, 0, 'admin')": "staff_grant of the installation: staff_grant of 2: ",
    "UPDATE staff_grant SET account_id = 0 WHERE role = 'auditor'": "staff_grant of the installation: staff_grant of 2",
    "UPDATE staff SET revoked_at = NULL WHERE id = 2": "staff of the installation: revoked_at of 2: the log tells ",
    "UPDATE staff SET password_hash = 'mine' WHERE id = 1": "staff of the installation: has_password of 1: ",
    "UPDATE staff SET totp_secret_encrypted = 'x' WHERE id = 3": "staff of the installation: has_second_factor of 3: ",
    "INSERT INTO staff (id, name, display_name, created_at) VALUES (9, 'eve', 'Eve', 1)": (
        "staff of the installation: row of 9: the log tells None"
    ),
    "UPDATE api_key SET scopes = 'everything' WHERE name = 'shop'": "api_key of the installation: scopes of 1: ",
    "UPDATE api_key SET account_id = 0 WHERE name = 'shop'": "api_key of the installation: account_id of 1: ",
    "UPDATE api_key SET revoked_at = NULL WHERE name = 'gone'": "api_key of the installation: revoked_at of 2: ",
    "UPDATE api_key SET expires_at = expires_at + 1 WHERE id = 1": "api_key of the installation: expires_at of 1: ",
    "DELETE FROM api_key WHERE id = 1": "api_key of the installation: row of 1: ",
    "UPDATE webhook SET state = 'active' WHERE name = 'crm'": "webhook of page 2: state of 2: the log tells paused",
    "UPDATE webhook SET event_types = 'stopped' WHERE name = 'till'": "webhook of page 2: event_types of 1: ",
    "UPDATE webhook SET account_id = 1 WHERE name = 'till'": "webhook of page 1: row of 1: the log tells None",
    "DELETE FROM control": "control of the installation: row: ",
    "UPDATE account SET id = 7 WHERE id = 1": "account of page 1: row: ",
    "DELETE FROM ledger_entry WHERE account_id = 1 AND sequence = 3": "ledger_entry of page 1: numbers: ",
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_row_that_was_changed_by_hand_is_named(lived: Path, tmp_path: Path, tampering: str) -> None:
    database = Database(f"sqlite:///{shutil.copy(lived, tmp_path)}", clock=SystemClock())
    with database.engine.connect() as connection:  # as somebody with all rights would
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        guards = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for guard in guards:
            connection.execute(text(f"DROP TRIGGER {guard}"))
        assert connection.execute(text(tampering)).rowcount > 0
        connection.commit()
        connection.connection.cursor().execute("PRAGMA foreign_keys=ON")
    found = check(database)
    database.close()
    assert any(str(difference).startswith(TAMPERINGS[tampering]) for difference in found.first), found.first
