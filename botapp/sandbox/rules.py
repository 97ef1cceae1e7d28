"""The platform's rules for a send, pure: which parameters are allowed, and whether this person may be written to now.

Platform-reference 1.7, 2.2, 2.5 and 3.1. The order of the checks is the order in which the platform was seen to answer.
"""

from botapp.sandbox.graph_errors import (
    NO_SUCH_PERSON,
    NOT_A_NEWS_PAGE,
    OUTSIDE_WINDOW,
    THREAD_TAKEN,
    UNAVAILABLE,
    GraphError,
    bad_parameter,
)
from botapp.sandbox.people import APP_ID, Customer
from botapp.sandbox.records import JsonObject
from botapp.sandbox.template_rules import check_template

TEXT_LIMIT = 2000  # "under 2000": the longest text has 1999 characters
METADATA_LIMIT = 1000
PAYLOAD_LIMIT = 1000
QUICK_REPLY_LIMIT = 13
QUICK_REPLY_TITLE_LENGTH = 20  # longer titles are cut, not refused
TAG_DAYS = 7

# Tuples, not sets: what is looked up here came from outside and may not be hashable.
SENDER_ACTIONS = ("typing_on", "typing_off", "mark_seen")
_MESSAGING_TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG")
_RETIRED_TAGS = ("CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE")
_TAGS = ("HUMAN_AGENT", "CUSTOMER_FEEDBACK", "NON_PROMOTIONAL_SUBSCRIPTION")
_NOTIFICATION_TYPES = ("REGULAR", "SILENT_PUSH", "NO_PUSH")
_ATTACHMENT_TYPES = ("image", "audio", "video", "file", "template")
_QUICK_REPLY_TYPES = ("text", "user_phone_number", "user_email")


def recipient_id(body: JsonObject) -> str | None:
    """The PSID addressed, if the recipient is one."""
    recipient = body.get("recipient")
    found = recipient.get("id") if isinstance(recipient, dict) else None
    return str(found) if isinstance(found, str | int) and found != "" else None


def check_parameters(body: JsonObject) -> GraphError | None:
    """The first mistake in the parameters of a send, or None."""
    recipient = body.get("recipient")
    if not isinstance(recipient, dict) or not recipient:
        return bad_parameter("The parameter recipient is required.")
    if len(recipient) != 1 or recipient_id(body) is None:
        return bad_parameter("The parameter recipient must hold exactly one id; this platform knows only id.")
    if "sender_action" in body:
        return _check_action(body)
    return _check_type(body) or _check_message(body.get("message"))


def check_person(customer: Customer | None, tag: str | None, now: float, day_seconds: float) -> GraphError | None:
    """Whether the platform delivers to this person at `now` (epoch seconds). The window is half-open."""
    if customer is None or customer.last_interaction_at is None:
        return NO_SUCH_PERSON
    if customer.blocked:
        return UNAVAILABLE
    if customer.owner_at(now, day_seconds) != APP_ID:
        return THREAD_TAKEN
    if tag == "NON_PROMOTIONAL_SUBSCRIPTION":
        return NOT_A_NEWS_PAGE
    days = TAG_DAYS if tag is not None else 1
    is_open = now < customer.last_interaction_at + days * day_seconds
    return None if is_open else OUTSIDE_WINDOW


def cut_titles(replies: object) -> list[JsonObject]:
    """Quick replies as the customer sees them."""
    if not isinstance(replies, list):
        return []
    return [
        {**reply, "title": str(reply["title"])[:QUICK_REPLY_TITLE_LENGTH]} if "title" in reply else reply
        for reply in replies
    ]


def _check_action(body: JsonObject) -> GraphError | None:
    if "message" in body:
        return bad_parameter("A message and a sender action cannot be sent in one request.", 2018014)
    if body["sender_action"] not in SENDER_ACTIONS:
        return bad_parameter("The parameter sender_action is none that this platform knows.")
    return None


def _check_type(body: JsonObject) -> GraphError | None:
    messaging_type, tag = body.get("messaging_type"), body.get("tag")
    if messaging_type not in _MESSAGING_TYPES:
        return bad_parameter("The parameter messaging_type is required: RESPONSE, UPDATE or MESSAGE_TAG.")
    if (messaging_type == "MESSAGE_TAG") != (tag is not None):
        return bad_parameter("The parameter tag goes with messaging_type MESSAGE_TAG, and only with it.")
    if body.get("notification_type", "REGULAR") not in _NOTIFICATION_TYPES:
        return bad_parameter("The parameter notification_type is none that this platform knows.")
    return None if tag is None else _check_tag(tag, body.get("message"))


def _check_tag(tag: object, message: object) -> GraphError | None:
    if tag in _RETIRED_TAGS:
        return bad_parameter("This message tag was retired on 2026-04-27.")
    if tag not in _TAGS:
        return bad_parameter("The parameter tag is none that this platform knows.")
    if tag == "CUSTOMER_FEEDBACK" and not _is_feedback(message):
        return bad_parameter("CUSTOMER_FEEDBACK is for the customer feedback template only.")
    return None


def _is_feedback(message: object) -> bool:
    attachment = message.get("attachment") if isinstance(message, dict) else None
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    return isinstance(payload, dict) and payload.get("template_type") == "customer_feedback"


def _check_message(message: object) -> GraphError | None:
    if not isinstance(message, dict):
        return bad_parameter("The parameter message is required.", 2018034)
    text, attachment = message.get("text"), message.get("attachment")
    if text is not None and attachment is not None:
        return bad_parameter("A message holds a text or an attachment, not both.")
    content_error = _check_attachment(attachment) if attachment is not None else _check_text(text)
    if content_error is not None:
        return content_error
    if not _fits(message.get("metadata", ""), METADATA_LIMIT):
        return bad_parameter("The parameter message[metadata] must be text of at most 1000 characters.")
    return _check_quick_replies(message.get("quick_replies"))


def _check_text(text: object) -> GraphError | None:
    if text is None or (isinstance(text, str) and not text.strip()):
        return bad_parameter("The message is empty: give it a text or an attachment.", 2018034)
    if not isinstance(text, str):
        return bad_parameter("The parameter message[text] must be a string.")
    if len(text) >= TEXT_LIMIT:
        return bad_parameter("The parameter message[text] must have fewer than 2000 characters.")
    return None


def _check_attachment(attachment: object) -> GraphError | None:
    if not isinstance(attachment, dict) or attachment.get("type") not in _ATTACHMENT_TYPES:
        return bad_parameter("The parameter message[attachment][type] is none that this platform knows.")
    payload = attachment.get("payload")
    if not isinstance(payload, dict):
        return bad_parameter("The parameter message[attachment][payload] is required.")
    source = "template_type" if attachment["type"] == "template" else "url"
    if not payload.get(source) and not payload.get("attachment_id"):
        return bad_parameter(f"The parameter message[attachment][payload][{source}] is required.")
    return check_template(payload) if attachment["type"] == "template" else None


def _check_quick_replies(replies: object) -> GraphError | None:
    if replies is None:
        return None
    if not isinstance(replies, list) or not all(isinstance(reply, dict) for reply in replies):
        return bad_parameter("The parameter message[quick_replies] must be a list of objects.")
    if len(replies) > QUICK_REPLY_LIMIT:
        return bad_parameter("A message has at most 13 quick replies.")
    return next((error for error in map(_check_quick_reply, replies) if error is not None), None)


def _check_quick_reply(reply: JsonObject) -> GraphError | None:
    if reply.get("content_type") not in _QUICK_REPLY_TYPES:
        return bad_parameter("The content_type of a quick reply must be text, user_phone_number or user_email.")
    if reply["content_type"] != "text":
        return None
    if not isinstance(reply.get("title"), str) or not reply["title"]:
        return bad_parameter("A quick reply needs a title.")
    if not reply.get("payload") or not _fits(reply["payload"], PAYLOAD_LIMIT):
        return bad_parameter("A quick reply needs a payload of at most 1000 characters.")
    return None


def _fits(value: object, limit: int) -> bool:
    return isinstance(value, str) and len(value) <= limit
