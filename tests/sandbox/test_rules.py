"""The platform's rules for a send, without a network."""

import pytest

from botapp.sandbox.people import INBOX_APP_ID, Customer
from botapp.sandbox.records import JsonObject
from botapp.sandbox.rules import check_parameters, check_person, cut_titles

DAY = 86400.0


def _customer(**facts: object) -> Customer:
    customer = Customer("2000", "1000", "Alice", "en_US", 0.0, auto_read=False, created_at=0.0)
    customer.last_interaction_at = 1000.0
    for name, value in facts.items():
        setattr(customer, name, value)
    return customer


def _body(message: object = None, **fields: object) -> JsonObject:
    body: JsonObject = {"recipient": {"id": "2000"}, "messaging_type": "RESPONSE", "message": message or {"text": "hi"}}
    return {name: value for name, value in {**body, **fields}.items() if value != "absent"}


def _reply(title: str = "Yes", payload: str = "YES") -> JsonObject:
    return {"content_type": "text", "title": title, "payload": payload}


@pytest.mark.parametrize(
    "body",
    [
        _body(),
        _body({"text": "x" * 1999}),
        _body({"text": "hi", "metadata": "m" * 1000}),
        _body({"text": "hi", "quick_replies": [_reply()] * 13}),
        _body({"text": "hi", "quick_replies": [_reply(title="longer than twenty characters", payload="p" * 1000)]}),
        _body({"text": "hi", "quick_replies": [{"content_type": "user_email"}]}),
        _body({"attachment": {"type": "image", "payload": {"url": "https://cdn.example/x"}}}),
        _body(recipient={"id": 2000}),
        _body(messaging_type="UPDATE", notification_type="NO_PUSH"),
        _body(messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT"),
        _body("absent", messaging_type="absent", sender_action="typing_on"),
    ],
)
def test_parameters_within_the_limits_are_accepted(body: JsonObject) -> None:
    assert check_parameters(body) is None


@pytest.mark.parametrize(
    ("body", "subcode"),
    [
        (_body(recipient="absent"), None),
        (_body(recipient={}), None),
        (_body(recipient={"id": "2000", "user_ref": "r"}), None),
        (_body(recipient={"user_ref": "r"}), None),
        (_body(recipient="2000"), None),
        (_body(messaging_type="absent"), None),
        (_body(messaging_type={}), None),
        (_body(messaging_type="MESSAGE_TAG"), None),
        (_body(messaging_type="UPDATE", tag="HUMAN_AGENT"), None),
        (_body(messaging_type="MESSAGE_TAG", tag="ACCOUNT_UPDATE"), None),
        (_body(messaging_type="MESSAGE_TAG", tag="CONFIRMED_EVENT_UPDATE"), None),
        (_body(messaging_type="MESSAGE_TAG", tag="POST_PURCHASE_UPDATE"), None),
        (_body(messaging_type="MESSAGE_TAG", tag="CUSTOMER_FEEDBACK"), None),
        (_body(messaging_type="MESSAGE_TAG", tag=["HUMAN_AGENT"]), None),
        (_body(notification_type="LOUD"), None),
        (_body("absent"), 2018034),
        (_body({"metadata": "m"}), 2018034),
        (_body({"text": ""}), 2018034),
        (_body({"text": "  \n"}), 2018034),
        (_body({"text": 7}), None),
        (_body({"text": "x" * 2000}), None),
        (_body({"text": "hi", "attachment": {"type": "image", "payload": {"url": "u"}}}), None),
        (_body({"attachment": {"type": "image"}}), None),
        (_body({"attachment": {"type": {}, "payload": {}}}), None),
        (_body({"attachment": {"type": "template", "payload": {"url": "u"}}}), None),
        (_body({"text": "hi", "metadata": "m" * 1001}), None),
        (_body({"text": "hi", "metadata": 7}), None),
        (_body({"text": "hi", "quick_replies": [_reply()] * 14}), None),
        (_body({"text": "hi", "quick_replies": "Yes"}), None),
        (_body({"text": "hi", "quick_replies": ["Yes"]}), None),
        (_body({"text": "hi", "quick_replies": [_reply(payload="p" * 1001)]}), None),
        (_body({"text": "hi", "quick_replies": [_reply(payload="")]}), None),
        (_body({"text": "hi", "quick_replies": [_reply(title="")]}), None),
        (_body({"text": "hi", "quick_replies": [{"content_type": ["text"]}]}), None),
        (_body(sender_action="typing_on"), 2018014),
        (_body("absent", sender_action="dance"), None),
    ],
)
def test_each_mistake_in_the_parameters_is_refused_with_100(body: JsonObject, subcode: int | None) -> None:
    error = check_parameters(body)
    assert error is not None
    assert (error.code, error.subcode) == (100, subcode)


@pytest.mark.parametrize(
    ("after_seconds", "tag", "refusal"),
    [
        (0.0, None, None),
        (DAY - 0.001, None, None),
        (DAY, None, (10, 2018278)),
        (DAY + 0.001, None, (10, 2018278)),
        (7 * DAY - 0.001, "HUMAN_AGENT", None),
        (7 * DAY, "HUMAN_AGENT", (10, 2018278)),
        (0.0, "NON_PROMOTIONAL_SUBSCRIPTION", (10, 2018065)),
    ],
)
def test_the_window_is_half_open_and_a_tag_lasts_seven_days(
    after_seconds: float, tag: str | None, refusal: tuple[int, int] | None
) -> None:
    error = check_person(_customer(), tag, 1000.0 + after_seconds, DAY)
    assert (error and (error.code, error.subcode)) == refusal


def test_the_window_scales_with_the_day() -> None:
    assert check_person(_customer(), None, 1000.0 + 239.999, 240.0) is None
    assert check_person(_customer(), None, 1000.0 + 240.0, 240.0) is not None


@pytest.mark.parametrize(
    ("customer", "refusal"),
    [
        (None, (100, 2018001)),
        (_customer(last_interaction_at=None), (100, 2018001)),
        (_customer(blocked=True), (551, 1545041)),
        (_customer(owner_app_id=INBOX_APP_ID, owner_active_at=1000.0), (10, 2018300)),
    ],
)
def test_who_cannot_be_written_to_is_refused_with_the_reason(
    customer: Customer | None, refusal: tuple[int, int]
) -> None:
    error = check_person(customer, None, 1001.0, DAY)
    assert error is not None
    assert (error.code, error.subcode) == refusal


def test_an_idle_thread_goes_back_to_the_bot_after_a_day() -> None:
    customer = _customer(owner_app_id=INBOX_APP_ID, owner_active_at=1000.0, last_interaction_at=1000.0 + DAY)
    assert check_person(customer, None, 1000.0 + DAY - 1, DAY) is not None
    assert check_person(customer, None, 1000.0 + DAY, DAY) is None


def test_a_long_title_is_cut_to_twenty_characters() -> None:
    assert cut_titles([_reply(title="x" * 25)])[0]["title"] == "x" * 20
