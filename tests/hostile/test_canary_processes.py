"""One word stands in everything that is personal or secret, and goes through a whole installation, faults included.
Then it stands nowhere but in the database: in no log, queue, answer, output of a command or title of a process.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import requests
from redis import Redis

from botapp.channels.messenger.signature import sign
from botapp.runtime import embedded_redis
from tests.hostile.web_process import PATH
from tests.scenarios.conftest import make_instance
from tests.scenarios.instance import Instance, Wait
from tests.web.conftest import DELETION_PATHS

__all__ = ["make_instance"]  # a fixture

WORD = "Tweety"
APP_SECRET = f"{WORD}-the-app-secret"
PAGE_ID = "7777"
SECRETS = {
    "BOTAPP_MESSENGER_APP_SECRET": APP_SECRET,
    "BOTAPP_MESSENGER_APP_SECRET_PREVIOUS": f"{WORD}-the-secret-before-it",
    "BOTAPP_MESSENGER_VERIFY_TOKEN": f"{WORD}-the-verify-token",
}
ADD_PAGE = ["account", "add", "messenger", "--page-id", PAGE_ID, "--name", "Shop", "--token", f"{WORD}-the-page-token"]
LOGS = ("web", "worker", "ticker", "redis")


def test_what_is_personal_or_secret_stays_in_the_database(
    make_instance: Callable[..., Instance], wait_until: Wait, var_dir: Path
) -> None:
    instance = make_instance(**SECRETS)
    said = [_say(instance, "db", "upgrade"), _say(instance, *ADD_PAGE)]
    instance.start()
    person = str(instance.post("/sandbox/customers", {"name": f"{WORD} {WORD}", "page_id": PAGE_ID})["psid"])
    instance.says(person, f"my bird is called {WORD}")
    wait_until(lambda: instance.accepted(person), 30, "the customer is answered")
    said += _strangers(instance)
    said += _events(instance, person, expected=200)
    for table in ("reply", "inbound_event", "contact"):
        with _broken(var_dir / "botapp.db", table):
            said += _events(instance, person, expected=500)
            said += [_say(instance, "status")] if table == "reply" else []
    said += [_say(instance, "status", "--json"), _say(instance, "doctor"), _say(instance, "account", "list")]
    said += [requests.get(f"{instance.url}/metrics", timeout=5).text, *instance.family().values()]
    wait_until(lambda: '"fault"' in instance.log("web"), 10, "the faults are logged")
    _assert_silent({"redis": _everything_in(embedded_redis.url(var_dir)), "said": "\n".join(said)})
    _assert_silent({part: instance.log(part) for part in LOGS} | {"up": instance.said()})
    assert WORD.encode() in _bytes_of(var_dir / "botapp.db"), "it did go through the system"


def _assert_silent(written: dict[str, str]) -> None:
    assert {place: text[text.index(WORD) - 200 :][:400] for place, text in written.items() if WORD in text} == {}


def _strangers(instance: Instance) -> list[str]:
    """Whatever somebody without the secrets sends, and what they are told."""
    url = instance.url
    query = {"hub.mode": "subscribe", "hub.verify_token": f"{WORD}-the-verify-token", "hub.challenge": WORD}
    answers = [
        requests.get(f"{url}/{WORD}?{WORD}={WORD}", headers={"X-Whatever": WORD, "User-Agent": WORD}, timeout=5),
        requests.get(f"{url}{PATH}", params=query, timeout=5),
        requests.get(f"{url}/privacy/requests/{WORD}", timeout=5),
        requests.post(f"{url}{PATH}", data=WORD, headers={"X-Hub-Signature-256": WORD}, timeout=5),
        requests.post(f"{url}{PATH}", data=WORD, headers={"Content-Type": WORD, "Expect": WORD}, timeout=5),
        requests.request(WORD, url, timeout=5),
        requests.get(f"{url}/{WORD * 1000}", timeout=5),
        requests.get(url, headers={"X-Long": WORD * 5000}, timeout=5),
        *(requests.post(f"{url}{path}", data={"signed_request": WORD}, timeout=5) for path in DELETION_PATHS),
    ]
    assert {answer.status_code for answer in answers} <= {400, 403, 404, 405, 414, 417, 431}
    return [f"{answer.status_code} {answer.text} {answer.headers}" for answer in answers]


def _events(instance: Instance, person: str, *, expected: int) -> list[str]:
    """Events of the person with the word wherever one can stand, and bodies that cannot be read."""
    around = {"sender": {"id": person}, "recipient": {"id": PAGE_ID}, "timestamp": 1_790_000_000_000}
    reference = {"ref": WORD, "source": WORD, "ad_id": WORD}
    items = [
        around | {"message": {"mid": f"{WORD}-{expected}", "text": f"stop {WORD}", "quick_reply": {"payload": WORD}}},
        around | {"postback": {"title": WORD, "payload": WORD, "referral": reference}},
        around | {"referral": reference},
        around | {"optin": {"notification_messages_token": WORD, "title": WORD, "type": WORD}},
        around | {"reaction": {"mid": WORD, "action": WORD}},
        around | {"sender": {"id": WORD}, WORD: WORD},
        {"sender": {"id": WORD * 100}, "message": {"text": WORD}},
        WORD,
    ]
    entry = {"id": PAGE_ID, "time": 1, "messaging": items}
    bodies = {
        json.dumps({"object": "page", "entry": [entry, WORD, {"id": WORD, "messaging": [WORD]}]}).encode(): expected,
        f'{{"object": "{WORD}'.encode(): 400,
        b"\xff" + WORD.encode(): 400,
    }
    answers = []
    for body, status in bodies.items():
        signature = {"X-Hub-Signature-256": sign(body, APP_SECRET)}
        answer = requests.post(f"{instance.url}{PATH}", data=body, headers=signature, timeout=20)
        assert answer.status_code == status, answer.text
        answers.append(f"{answer.text} {answer.headers}")
    return answers


def _say(instance: Instance, *arguments: str) -> str:
    """Both streams of a command, which may fail."""
    done = instance.command(*arguments)
    return done.stdout + done.stderr


@contextmanager
def _broken(database: Path, table: str) -> Iterator[None]:
    """Without this table every part runs into faults."""
    with closing(sqlite3.connect(database, timeout=20, isolation_level=None)) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")
        try:
            yield
        finally:
            connection.execute(f"ALTER TABLE gone_{table} RENAME TO {table}")


def _everything_in(url: str) -> str:
    """Every key of a Redis and what is under it, as it stands and unpacked."""
    with Redis.from_url(url) as client:
        keys = list(client.scan_iter())
        hashes = [client.hgetall(key) for key in keys if client.type(key) == b"hash"]
        return repr([(key, client.dump(key)) for key in keys] + hashes)


def _bytes_of(database: Path) -> bytes:
    return b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
