"""`botapp doctor`: looks at everything that can go wrong and says in one line each what was found and what to do."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from sqlalchemy.exc import SQLAlchemyError

from botapp.bootstrap.foundation import Foundation
from botapp.channels.port import PlatformError
from botapp.channels.vault import VaultError
from botapp.compliance.state import load_log_state
from botapp.conversation.waiting import load_waiting
from botapp.reengagement.clock_watch import ClockWatch
from botapp.settings import Settings, SettingsError, require_messenger
from botapp.storage import accounts
from botapp.storage.accounts import Account
from botapp.storage.migrate import schema_version, wanted_version
from botapp.vital_signs import ticker_is_alive, worker_is_alive

_SIGNED_WITHIN = timedelta(seconds=10)
_ROOM_BYTES = 200_000_000
_NEARLY = 0.8  # of difflib's measure: a letter too many or too few, two swapped
NEEDED_FIELDS = frozenset(
    {
        "messages",
        "messaging_postbacks",
        "messaging_optins",
        "messaging_referrals",
        "message_deliveries",
        "message_reads",
        "message_echoes",
        "message_reactions",
        "message_edits",
        "messaging_handovers",
        "messaging_policy_enforcement",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    holds: bool
    found: str
    remedy: str = ""


def examine(installation: Foundation) -> Iterator[Finding]:
    """Every check in turn; a later one is left out where an earlier makes it pointless."""
    yield _names()
    yield _secrets(installation)
    yield _timeouts(installation)
    yield _disk(installation)
    database = _database(installation)
    yield database
    yield _redis(installation)
    if not database.holds:
        return
    yield _clocks(installation)
    yield _part("worker", alive=worker_is_alive(installation, any_host=True))
    yield _part("ticker", alive=ticker_is_alive(installation))
    yield _log(installation)
    yield _people_who_wait(installation)
    with installation.database.reading() as connection:
        pages = accounts.load_all(connection)
        stopped = accounts.proactive_is_stopped(connection)
    yield Finding("kill switch", not stopped, "off" if not stopped else "on", "botapp resume, when it is time")
    if not pages:
        yield Finding("pages", holds=False, found="none", remedy="botapp account add messenger --page-id …")
    for page in pages:
        yield from _page(installation, page)


def _names() -> Finding:
    """A variable that is nearly a setting's is one that was meant and says nothing."""
    known = [name.upper() for name in Settings.model_fields]
    given = {name.removeprefix("BOTAPP_") for name in os.environ if name.startswith("BOTAPP_")} - set(known)
    for name in sorted(given):
        if near := get_close_matches(name, known, n=1, cutoff=_NEARLY):
            return Finding("settings", holds=False, found=f"BOTAPP_{name} is none", remedy=f"write BOTAPP_{near[0]}")
    return Finding("settings", holds=True, found="every variable that looks like one is one")


def _secrets(installation: Foundation) -> Finding:
    try:
        require_messenger(installation.settings)
    except SettingsError as error:
        return Finding("secrets", holds=False, found=str(error), remedy="set it in the environment")
    return Finding("secrets", holds=True, found="app secret and verify token are set")


def _timeouts(installation: Foundation) -> Finding:
    s = installation.settings
    needed = s.bounded(s.total_timeout) + s.freshness_seconds
    allowed = s.scaled_send_allowance.total_seconds()
    found = f"a send takes at most {needed:g} s of the {allowed:g} s send allowance"
    return Finding("timeouts", needed <= allowed, found, "lengthen BOTAPP_SEND_ALLOWANCE or shorten the timeouts")


def _disk(installation: Foundation) -> Finding:
    """Of the instance's files: full, every webhook is refused, and what a log would say of it is lost as well."""
    place = installation.settings.var_dir.absolute()
    while not place.exists():
        place = place.parent
    free_bytes = shutil.disk_usage(place).free
    found = f"{free_bytes // 1_000_000:,} MB free for {installation.settings.var_dir}"
    remedy = "make room; while there is none, webhooks are refused and nothing is sent"
    return Finding("disk", free_bytes >= _ROOM_BYTES, found, remedy)


def _database(installation: Foundation) -> Finding:
    try:
        version = schema_version(installation.database.engine)
    except SQLAlchemyError as error:
        reason = type(error).__name__
        return Finding("database", holds=False, found=f"does not answer ({reason})", remedy="check BOTAPP_DATABASE_URL")
    found = f"{installation.database.engine.dialect.name}, schema version {version or 'none'}"
    return Finding("database", version == wanted_version(), found, "botapp db upgrade")


def _redis(installation: Foundation) -> Finding:
    answers = installation.redis_answers()
    remedy = "check BOTAPP_REDIS_URL, or start botapp up; until then nothing is sent and nothing is lost"
    return Finding("redis", answers, "answers" if answers else "does not answer", remedy)


def _clocks(installation: Foundation) -> Finding:
    offset = abs(installation.database.clock_offset())
    allowed = installation.settings.clocks_apart_at_most
    found = f"host and database differ by {offset.total_seconds():.3f} s"
    return Finding("clocks", offset <= allowed, found, "synchronise both with NTP")


def _part(name: str, *, alive: bool) -> Finding:
    found = "shows signs of life" if alive else "shows no sign of life"
    return Finding(name, alive, found, f"start it: botapp {name}, or botapp up")


def _log(installation: Foundation) -> Finding:
    state = load_log_state(installation.database)
    failing = [f"{duty.name}: {duty.failure}" for duty in state.duties if duty.failures]
    behind_seconds = state.unsigned_for.total_seconds()
    found = "; ".join(failing) or f"{state.signed:,} entries signed, the oldest unsigned one {behind_seconds:.0f} s old"
    holds = not failing and state.unsigned_for <= _SIGNED_WITHIN
    return Finding("log", holds, found, "see docs/log.md; if entries wait, start the ticker")


def _people_who_wait(installation: Foundation) -> Finding:
    """Customers who want a person: a queue that nobody reads is a fault of the house."""
    waiting = load_waiting(installation.database, installation.handover_target)
    found = f"{waiting.number} wait for a person, {waiting.late} of them over the target"
    return Finding("inbox", not waiting.late, found, f"answer them: {installation.settings.console_url}/inbox")


def _page(installation: Foundation, page: Account) -> Iterator[Finding]:
    what = f"page {page.page_id}"
    if page.paused_at is not None:
        remedy = "mend the cause, then: botapp resume, or botapp account add with a new token"
        yield Finding(
            what,
            holds=False,
            found=f"paused since {page.paused_at:%Y-%m-%d %H:%M} UTC: {page.pause_reason}",
            remedy=remedy,
        )
    try:
        token = installation.vault.open(page.token_encrypted)
    except VaultError as error:
        yield Finding(f"{what} token", holds=False, found=str(error), remedy="botapp account add with its token")
        return
    refused = installation.sender.check_token(page.page_id, token)
    yield _token(f"{what} token", refused)
    if refused is not None:
        return
    yield _platform_clock(installation, f"{what} clock", token)
    fields = installation.sender.subscribed_fields(page.page_id, token)
    if isinstance(fields, frozenset):
        missing = ", ".join(sorted(NEEDED_FIELDS - fields))
        remedy = "subscribe the app to them in the page's settings (README, Connect a Facebook Page)"
        yield Finding(f"{what} subscriptions", not missing, f"missing: {missing}" if missing else "complete", remedy)
    else:
        yield Finding(f"{what} subscriptions", holds=False, found=_said(fields), remedy="check the token's permissions")


def _token(what: str, refused: PlatformError | str | None) -> Finding:
    if refused is None:
        return Finding(what, holds=True, found="valid")
    if isinstance(refused, PlatformError) or refused == "token_of_another_page":
        return Finding(what, holds=False, found=_said(refused), remedy="botapp account add with a new token")
    remedy = "check the network and BOTAPP_GRAPH_URL (with the sandbox BOTAPP_SANDBOX_PORT, and that it runs)"
    return Finding(what, holds=False, found=f"the platform does not answer ({refused})", remedy=remedy)


def _platform_clock(installation: Foundation, what: str, token: str) -> Finding:
    allowed = installation.settings.clocks_apart_at_most
    watch = ClockWatch(installation.clock, installation.sender, allowed)
    watch.make_known(lambda: token)
    read_after = installation.clock.elapsed()
    with installation.database.reading() as connection:
        apart = watch.apart(installation.database.now(connection), read_after)
    if apart is None:
        remedy = "see whether the platform answers within seconds; until then nothing proactive is sent"
        return Finding(what, holds=False, found="the platform's could not be seen", remedy=remedy)
    found = f"the platform's and ours differ by {apart.total_seconds():.0f} s beyond what reading them takes"
    return Finding(what, apart <= allowed, found, "synchronise host and database with NTP; nothing proactive is sent")


def _said(refused: PlatformError | str | None) -> str:
    return f"the platform says {refused}" if isinstance(refused, PlatformError) else refused or ""
