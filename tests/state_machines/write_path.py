"""The production write path over a database of the test's own, and what it is fed: one event of each kind."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from botapp.bootstrap.content import withdrawal_words
from botapp.bootstrap.foundation import PLATFORM
from botapp.campaign.file import Limits, read_campaign
from botapp.campaign.publish import apply_campaign
from botapp.channels.port import Signal
from botapp.conversation.receipts import AppIds
from botapp.conversation.receive import Receiver
from botapp.reengagement.facts import LiveRules
from botapp.reengagement.plan import Planner
from botapp.reengagement.terms import HouseRules
from botapp.storage.engine import Database
from botapp.storage.schema import account
from tests.state_machines.standing_model import Said
from tests.state_machines.times import HOUR, NOON
from tests.world import CAMPAIGN

INBOX, OUR_APP = "263902037430900", "4242"
MINUTE = timedelta(minutes=1)
HOUSE = HouseRules(
    scale=1,
    window_length=24 * HOUR,
    send_allowance=5 * MINUTE,
    cool_down=24 * HOUR,
    cap_period=7 * 24 * HOUR,
    cap=3,
    ignored_cap=2,
    hold_interval=MINUTE,
    disclosure_lapse=24 * HOUR,
    text_limit=2000,
    claim_timeout=25 * timedelta(seconds=1),
)
SHAPES: Mapping[Said, Mapping[str, Any]] = {
    Said.WORDS: {"signal": Signal.INTERACTION, "text": "hello", "wants_answer": True},
    Said.REACTION: {"signal": Signal.INTERACTION, "kind": "reaction:react"},
    Said.UNREACTION: {"signal": Signal.CONTACT, "kind": "reaction:unreact"},
    Said.STOP: {"signal": Signal.INTERACTION, "text": "STOP", "wants_answer": True},
    Said.STOP_IN_AN_EDIT: {"signal": Signal.CONTACT, "text": "STOP", "kind": "message_edit"},
    Said.START: {"signal": Signal.INTERACTION, "text": "START", "wants_answer": True},
    Said.MUTE_FOR_A_WHILE: {"signal": Signal.INTERACTION, "text": "mute 5 hours", "wants_answer": True},
    Said.MUTE: {"signal": Signal.INTERACTION, "payload": "botapp:mute", "wants_answer": True},
    Said.YES: {"signal": Signal.INTERACTION, "payload": "botapp:optin:yes:1", "wants_answer": True},
    Said.NO: {"signal": Signal.INTERACTION, "payload": "botapp:optin:no:1", "wants_answer": True},
    Said.NOTICES_STOPPED: {"signal": Signal.NOTICE_STOPPED},
    Said.NOTICES_RESUMED: {"signal": Signal.NOTICE_RESUMED},
    Said.ECHO_OF_THE_INBOX: {"signal": Signal.ECHO, "app_id": INBOX},
    Said.ECHO_OF_NOBODY: {"signal": Signal.ECHO},
    Said.ECHO_OF_OURS: {"signal": Signal.ECHO, "app_id": "777", "metadata": "botapp:unheard-of"},
    Said.PASSED_TO_US: {"signal": Signal.THREAD_OWNER, "kind": "pass_thread_control", "app_id": OUR_APP},
    Said.TAKEN: {"signal": Signal.THREAD_OWNER, "kind": "take_thread_control", "app_id": "777"},
}


def open_write_path(database: Database) -> Receiver:
    """Pages 1000, on implied consent, and 1001, on explicit, with one rule each."""
    campaign = read_campaign(CAMPAIGN.encode(), Limits(2000, 24 * HOUR, 5 * MINUTE))
    for number, basis in ((1, "implied"), (2, "explicit")):
        page = {"id": number, "page_id": f"{999 + number}", "name": "Page", "basis": basis}
        with database.transaction() as connection:
            values = page | {"platform": PLATFORM, "token_encrypted": "-", "created_at": NOON}
            connection.execute(account.insert().values(values))
        apply_campaign(database, number, campaign, publish=True)
    return Receiver(
        platform=PLATFORM,
        database=database,
        planner=Planner(HOUSE, LiveRules(1.0)),
        words=withdrawal_words(),
        apps=AppIds(OUR_APP, INBOX),
    )
