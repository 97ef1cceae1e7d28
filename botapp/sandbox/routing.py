"""Who controls a thread: pass, take, request and release, as Conversation Routing has them (platform-reference 2.8)."""

from botapp.sandbox.graph_errors import NO_SUCH_PERSON, THREAD_TAKEN, GraphError, bad_parameter
from botapp.sandbox.people import APP_ID, INBOX_APP_ID, Customer
from botapp.sandbox.platform import Platform
from botapp.sandbox.records import JsonObject
from botapp.sandbox.rules import METADATA_LIMIT, recipient_id

ACTIONS = frozenset({"pass", "take", "request", "release"})

_NOTICES = {
    "pass": "The bot handed this conversation to a person",
    "take": "The bot took this conversation back",
    "request": "The bot asks for this conversation",
    "release": None,
}


def control(platform: Platform, page_id: str, action: str, body: JsonObject) -> JsonObject | GraphError:
    """Carries out one of ACTIONS. The new owner is told, never the one who acts; the inbox needs no webhook."""
    with platform.lock:
        customer = find(platform, page_id, recipient_id(body))
        refusal = _refusal(platform, customer, action, body)
        target = {"pass": INBOX_APP_ID, "request": None}.get(action, APP_ID)
        platform.record(
            "thread_control",
            page_id=page_id,
            psid=recipient_id(body),
            error=refusal,
            detail={"action": action, "new_owner_app_id": target, "notice": _NOTICES[action]},
        )
        return refusal or {"success": True}


def owner(platform: Platform, page_id: str, psid: str) -> JsonObject | GraphError:
    """The answer of `GET /<page>/thread_owner`."""
    with platform.lock:
        customer = find(platform, page_id, psid)
        if customer is None:
            return NO_SUCH_PERSON
        app_id = customer.owner_at(platform.now(), platform.day_seconds)
        return {"data": [{"thread_owner": {"app_id": app_id}}]}


def find(platform: Platform, page_id: str, psid: str | None) -> Customer | None:
    """Somebody who has written to this page."""
    customer = platform.people.find(psid) if psid is not None else None
    is_known = customer is not None and customer.page_id == page_id
    return customer if is_known and customer is not None and customer.last_interaction_at is not None else None


def _refusal(platform: Platform, customer: Customer | None, action: str, body: JsonObject) -> GraphError | None:
    if customer is None:
        return NO_SUCH_PERSON
    metadata = body.get("metadata", "")
    if not isinstance(metadata, str) or len(metadata) > METADATA_LIMIT:
        return bad_parameter("The parameter metadata must be text of at most 1000 characters.")
    owns = customer.owner_at(platform.now(), platform.day_seconds) == APP_ID
    if action in {"pass", "release"} and not owns:
        return THREAD_TAKEN
    if action == "pass" and str(body.get("target_app_id")) != INBOX_APP_ID:
        return bad_parameter("The parameter target_app_id is no app that this page routes to.", 2018164)
    return None
