"""One call of the Send API: judged, recorded, delivered to the customer's thread and told in webhooks."""

from botapp.sandbox import events, rules
from botapp.sandbox.faults import Drawn
from botapp.sandbox.graph_errors import NO_SUCH_PERSON, TOO_FAST, GraphError
from botapp.sandbox.people import APP_ID, Customer
from botapp.sandbox.platform import Platform, new_mid
from botapp.sandbox.records import JsonObject


def send(platform: Platform, page_id: str, body: JsonObject, drawn: Drawn) -> JsonObject | GraphError:
    """The answer of `POST /<page>/messages`, for a message or a sender action."""
    with platform.lock:
        now = platform.now()
        customer = _find(platform, page_id, rules.recipient_id(body))
        refusal = _refusal(platform, page_id, body, customer, now)
        if refusal is not None or customer is None:
            refusal = refusal or NO_SUCH_PERSON
            note_refusal(platform, page_id, body, refusal, drawn)
            return refusal
        if "sender_action" in body:
            _record(platform, customer, body, drawn, None)
            return {"recipient_id": customer.psid}
        mid = new_mid()
        _record(platform, customer, body, drawn, mid)
        _tell(platform, customer, body, drawn, mid)
        return {"recipient_id": customer.psid, "message_id": mid}


def note_refusal(
    platform: Platform, page_id: str | None, body: JsonObject, refusal: GraphError | None, drawn: Drawn
) -> None:
    """Records a call that was not accepted; without an error it was a fault that ended it."""
    psid = rules.recipient_id(body)
    with platform.lock:
        customer = platform.people.find(psid) if psid is not None else None
        platform.record(
            "sender_action" if "sender_action" in body else "send",
            page_id=page_id,
            psid=psid,
            accepted=False,
            error=refusal,
            detail=_said(body, drawn) | _standing(platform, customer),
        )


def _find(platform: Platform, page_id: str, psid: str | None) -> Customer | None:
    customer = platform.people.find(psid) if psid is not None else None
    return customer if customer is not None and customer.page_id == page_id else None


def _refusal(
    platform: Platform, page_id: str, body: JsonObject, customer: Customer | None, now: float
) -> GraphError | None:
    if not platform.meter.allow_send(page_id, platform.clock.elapsed()):
        return TOO_FAST
    tag = body.get("tag")
    return rules.check_parameters(body) or rules.check_person(
        customer, tag if isinstance(tag, str) else None, now, platform.day_seconds
    )


def _record(platform: Platform, customer: Customer, body: JsonObject, drawn: Drawn, mid: str | None) -> None:
    platform.record(
        "sender_action" if mid is None else "send",
        page_id=customer.page_id,
        psid=customer.psid,
        detail={"message_id": mid} | _said(body, drawn) | _standing(platform, customer),
    )


def _tell(platform: Platform, customer: Customer, body: JsonObject, drawn: Drawn, mid: str) -> None:
    now = platform.now()
    message = body["message"] if isinstance(body["message"], dict) else {}
    if "no_echo" not in drawn:
        echo = events.echo(customer, now, mid, message, APP_ID, standby=False)
        platform.emit(echo, drawn, float(drawn.get("late_echo", 0.0)))
    if "no_delivery" not in drawn:
        platform.emit(events.delivery(customer, now, mid), drawn)
    if customer.auto_read:
        platform.emit(events.read(customer, now), drawn)


def _said(body: JsonObject, drawn: Drawn) -> JsonObject:
    """What the caller asked for, as the log shows it."""
    message = body.get("message")
    content = message if isinstance(message, dict) else {}
    said: JsonObject = {
        "messaging_type": body.get("messaging_type"),
        "is_response": body.get("messaging_type") == "RESPONSE",
        "tag": body.get("tag"),
        "sender_action": body.get("sender_action"),
        "metadata": content.get("metadata"),
        "text": content.get("text"),
        "attachment": content.get("attachment"),
        "quick_replies": rules.cut_titles(content.get("quick_replies")) or None,
        "fault": "; ".join(f"{kind}={value}" if value else kind for kind, value in drawn.items()) or None,
    }
    always = ("messaging_type", "is_response", "metadata", "text", "fault")
    return {name: value for name, value in said.items() if value is not None or name in always}


def _standing(platform: Platform, customer: Customer | None) -> JsonObject:
    """How the platform saw the person at this instant."""
    if customer is None:
        return {"window_remaining_seconds": None, "blocked": False}
    remaining = customer.window_remaining(platform.now(), platform.day_seconds)
    return {
        "window_remaining_seconds": None if remaining is None else round(remaining, 3),
        "blocked": customer.blocked,
    }
