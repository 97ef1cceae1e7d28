"""Nothing that can be decided or happen is without words."""

from datetime import UTC, datetime

import pytest

from botapp.compliance import explain, wording
from botapp.compliance.told import Told
from botapp.policy.counterfactual import Counterfactual, counterfactual
from botapp.policy.reason import Reason
from botapp.storage.ledger import EntryKind
from tests.policy.test_counterfactual import BY_ITSELF

AT = datetime(2026, 11, 22, 15, 2, tzinfo=UTC)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_can_be_said(reason: Reason) -> None:
    assert reason in wording.WHY
    assert wording.WHY[reason] in wording.sentence(Told(1, EntryKind.SKIPPED, AT, reason=reason))


@pytest.mark.parametrize("kind", EntryKind)
def test_every_kind_of_entry_can_be_said(kind: EntryKind) -> None:
    said = wording.sentence(Told(1, kind, AT, details={"scope": "stop", "owner": "person"}))
    assert said
    assert not {"_", "{"} & set(said)


@pytest.mark.parametrize("reason", BY_ITSELF)
def test_every_counterfactual_can_be_said(reason: Reason) -> None:
    found = counterfactual(BY_ITSELF[reason], reason)
    assert next(wording.otherwise(found, reason)).endswith("it would have been sent at 2026-03-10 16:00:00 UTC.")


def test_a_send_and_a_late_message_are_said_to_the_second() -> None:
    assert list(wording.otherwise(Counterfactual(message_before=AT), None)) == [
        "It would not have been sent if the customer's last message had come by 2026-11-22 15:02:00 UTC."
    ]
    assert list(wording.otherwise(Counterfactual(message_after=AT), Reason.WINDOW_CLOSED)) == [
        "It would have been sent if the customer's last message had come at 2026-11-22 15:02:00 UTC or soon after."
    ]


def test_what_would_still_have_stood_in_the_way_is_said_unless_it_is_the_same() -> None:
    [said] = wording.otherwise(Counterfactual(still=Reason.MUTED), Reason.STOPPED)
    assert said.startswith("Had the customer not said stop, it would still not have been sent, because ")
    assert not list(wording.otherwise(Counterfactual(still=Reason.MUTED), Reason.MUTED))


def test_every_way_in_which_a_message_may_end_has_a_verdict() -> None:
    ends = {"planned", "claimed", "sent", "failed", "unknown", "skipped", "superseded", "expired", "released", "held"}
    assert ends | {"reconciled"} == {str(kind) for kind in explain.OUTCOMES}
