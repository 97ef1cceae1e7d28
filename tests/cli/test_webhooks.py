"""`botapp webhook` as people type it."""

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Botapp
from tests.outgoing.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    standing = Receiver()
    yield standing
    standing.close()


def test_a_webhook_is_added_tested_rotated_paused_and_removed(shop: Botapp, receiver: Receiver) -> None:
    added = shop("webhook", "add", "crm", "--url", receiver.url, "--event", "contact.stopped")
    assert added.code == 0, added.err
    assert added.out.startswith("whsec_")
    tested = shop("webhook", "test", "crm")
    assert (tested.code, tested.out) == (0, "crm took it: http_204\n")
    assert receiver.types == ["webhook.test"]
    receiver.script = [500]
    assert (shop("webhook", "test", "crm").code, len(receiver.told)) == (1, 2)
    listed = shop("webhook", "list").out
    assert listed.splitlines()[0].split("\t") == ["crm", "1000", "active", receiver.url, "contact.stopped"]
    assert "1 pending, 1 delivered, 0 dead" in listed
    assert "webhook.test\tpending after 1 try, http_500" in listed
    assert added.out.strip() not in listed
    assert shop("webhook", "rotate", "crm").out.startswith("whsec_")
    assert (shop("webhook", "pause", "crm").code, shop("webhook", "pause", "crm").code) == (0, 1)
    assert (shop("webhook", "resume", "crm").code, shop("webhook", "resume", "crm").code) == (0, 1)
    assert shop("webhook", "redeliver", "crm").out == "0 will be told again\n"
    assert shop("webhook", "redeliver", "crm", "--event-id", "evt_unknown").code == 1
    assert (shop("webhook", "remove", "crm").code, shop("webhook", "remove", "crm").code) == (0, 1)
    assert "ended: removed" in shop("webhook", "list").out


def test_what_is_typed_wrong_is_said(shop: Botapp) -> None:
    refused = shop("webhook", "add", "crm", "--url", "https://169.254.169.254/latest")
    assert (refused.code, "names an address instead of a host" in refused.err) == (2, True)
    assert shop("webhook", "test", "nobody").code == 1
    assert shop("webhook", "add", "crm", "--url", "http://127.0.0.1:9/", BOTAPP_SANDBOX="off").code == 2
    assert shop("webhook", "list", "--page-id", "nobody").code == 1
