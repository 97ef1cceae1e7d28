"""Against a platform of the test's own, on an unshortened day: what comes late is answered and followed up at once."""

import json
import time
from collections.abc import Callable

import requests

from botapp.channels.messenger.signature import sign
from tests.scenarios.graph import Graph, running_graph
from tests.scenarios.instance import Instance, Wait

_SECRET = "an-app-secret-for-tests"
_PAGE = "1000"
_HOURS = 3600.0
_PROMPT_SECONDS = 5.0


def _deliver(instance: Instance, hours_ago: dict[str, float]) -> float:
    """One body with an old message of each of these people; when it was answered 200."""
    now = time.time()  # noqa: TID251  events carry the platform's wall clock
    items = [
        {
            "sender": {"id": psid},
            "recipient": {"id": _PAGE},
            "timestamp": round((now - hours * _HOURS) * 1000),
            "message": {"mid": f"m_{psid}", "text": "hello"},
        }
        for psid, hours in hours_ago.items()
    ]
    body = json.dumps({"object": "page", "entry": [{"id": _PAGE, "time": 1, "messaging": items}]}).encode()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body, _SECRET)}
    answer = requests.post(f"{instance.url}/webhooks/messenger", data=body, headers=headers, timeout=10)
    assert answer.status_code == 200
    return time.monotonic()


def _prepared(instance: Instance) -> None:
    added = ("account", "add", "messenger", "--page-id", _PAGE, "--token", "a-token", "--name", "Test Page")
    assert instance.command("db", "upgrade").returncode == 0
    assert instance.command(*added).returncode == 0
    instance.apply("4h")
    instance.start()


def test_late_events_are_answered_and_followed_up_promptly_and_never_when_the_window_is_closed(
    make_instance: Callable[..., Instance],
    services: dict[str, str],
    wait_until: Wait,
    record_property: Callable[[str, object], None],
) -> None:
    with running_graph() as graph:
        instance = make_instance(
            BOTAPP_SANDBOX="off",
            BOTAPP_GRAPH_URL=graph.url,
            BOTAPP_MESSENGER_APP_SECRET=_SECRET,
            BOTAPP_MESSENGER_VERIFY_TOKEN="a-verify-token-for-tests",
            **services,
        )
        _prepared(instance)
        overdue = {f"late{n}": 5.0 + n for n in range(10)}
        soon = {"soon": 4.0 - 1.5 / _HOURS}
        closed = {"closed": 25.0, "closing": 24.0 - 2 * 60 / _HOURS}  # later than the allowance leaves
        received_at = _deliver(instance, {**closed, **overdue, **soon})
        due_at = {**dict.fromkeys(overdue, received_at), "soon": received_at + 1.5}
        wait_until(lambda: all(graph.to(psid, "UPDATE") for psid in due_at), 20, "a re-engagement each")

        assert all(len(graph.to(psid, kind)) == 1 for psid in due_at for kind in ("RESPONSE", "UPDATE"))
        answering = [graph.to(psid, "RESPONSE")[0].at - received_at for psid in due_at]
        sending = [graph.to(psid, "UPDATE")[0].at - due for psid, due in due_at.items()]
        record_property("seconds from 200 to answer", answering)
        record_property("seconds from due to send", sending)
        assert max(answering) < _PROMPT_SECONDS
        assert max(sending) < _PROMPT_SECONDS
        assert min(sending) > -0.1  # not before it is due; the two clocks were not read at the same instant
        _nothing_for(graph, closed)
        _why(instance, closed)


def _nothing_for(graph: Graph, closed: dict[str, float]) -> None:
    assert [a for a in graph.arrivals if a.psid in closed] == []


def _why(instance: Instance, closed: dict[str, float]) -> None:
    with instance.record() as record:
        people = record.people()
        ends = {people[row.contact_id]: (row.state, row.reason) for row in record.reengagements()}
    assert {psid: ends[psid] for psid in closed} == dict.fromkeys(closed, ("skipped", "window_closed"))
