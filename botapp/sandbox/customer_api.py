"""The API that plays the customers: for the chat page, for tests and for people's scripts.

All bodies and answers are JSON. A mistake is a 400, an unknown customer a 404, an action that the state of things
forbids a 409, each as {"error": "what and how to put it right"}. Answers carry `n`, the number of the log record.
The header X-Sandbox-Fault (see faults.py) applies to the webhooks that an action sets off.

    POST /sandbox/customers      {page_id?, name?, locale?, timezone?, psid?, auto_read?} -> {n, psid, page_id}
    POST /sandbox/customers/PSID/...
        message   {text | attachment: {type, url} | quick_reply: payload, text?; ago?, reply_to?, webhook?}
        postback  {title, payload, ago?}
        react     {mid, action?: react | unreact, reaction?: love | like | smile | ...}
        unsend    {mid}
        edit      {mid, text}
        block, unblock, delete (the conversation), read (looks at the thread)
        person    {text}: somebody answers from the page's inbox and takes the thread
        handback  that person gives the thread back to the bot
    GET  /sandbox/thread/PSID    messages with times, what remains of the window, who controls the thread

`ago` dates an event back by so many seconds, as a late webhook would be; the sandbox's own window counts from there.
`webhook: false` sends none: whoever plays a recorded chat delivers it himself.
`page_id` may be left out where there is one page only. `auto_read` makes the customer read everything at once.
Message and postback answer {n, message_id} too.
"""

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from botapp.sandbox import customers, json_input
from botapp.sandbox.customers import Conflict
from botapp.sandbox.events import EMOJI
from botapp.sandbox.faults import WEBHOOK_KINDS, Drawn
from botapp.sandbox.graph_api import platform
from botapp.sandbox.people import Customer
from botapp.sandbox.records import JsonObject, Record
from botapp.sandbox.views import thread_view

customer_api = Blueprint("customers", __name__, url_prefix="/sandbox")

_LONGEST_AGO_SECONDS = 10 * 365 * 86400.0
_ATTACHMENTS = ("audio", "fallback", "file", "image", "location", "sticker", "video")


@customer_api.post("/customers")
def _create() -> ResponseReturnValue:
    fields = json_input.body()
    psid = json_input.text(fields, "psid", longest=50)
    if psid is not None and not (psid.isascii() and psid.isalnum()):
        json_input.wrong("psid must be letters and digits")
    profile: JsonObject = {
        "name": json_input.text(fields, "name", longest=100) or "New Customer",
        "locale": json_input.text(fields, "locale", longest=20) or "en_US",
        "timezone": json_input.number(fields, "timezone", lowest=-12, highest=14),
        "auto_read": fields.get("auto_read") is True,
    }
    record = customers.create(platform(), _page_id(fields), psid, profile)
    if isinstance(record, Conflict):
        return _answer(record)
    return jsonify(n=record.n, psid=record.psid, page_id=record.page_id), 201


@customer_api.post("/customers/<psid>/message")
def _message(psid: str) -> ResponseReturnValue:
    fields = json_input.body()
    customer = find_customer(psid)
    content: JsonObject = {
        "text": json_input.text(fields, "text", longest=20_000),
        "quick_reply": json_input.text(fields, "quick_reply"),
        "attachment": _attachment(fields.get("attachment")),
        "reply_to": json_input.text(fields, "reply_to"),
    }
    if content["quick_reply"] is not None and content["text"] is None:
        content["text"] = _title_of(customer, content["quick_reply"])
    if content["text"] is None and content["attachment"] is None:
        json_input.wrong("give a text, an attachment or a quick_reply")
    drawn = _drawn() if fields.get("webhook", True) else None
    return _answer(customers.write(platform(), customer, content, _ago_seconds(fields), drawn))


@customer_api.post("/customers/<psid>/postback")
def _postback(psid: str) -> ResponseReturnValue:
    fields = json_input.body()
    button: JsonObject = {
        "title": json_input.required_text(fields, "title"),
        "payload": json_input.required_text(fields, "payload"),
    }
    return _answer(customers.press(platform(), find_customer(psid), button, _ago_seconds(fields), _drawn()))


@customer_api.post("/customers/<psid>/react")
def _react(psid: str) -> ResponseReturnValue:
    fields = json_input.body()
    mid = json_input.required_text(fields, "mid")
    if fields.get("action", "react") not in ("react", "unreact"):
        json_input.wrong("action must be react or unreact")
    name = json_input.text(fields, "reaction") or "like"
    if name not in EMOJI:
        json_input.wrong(f"reaction must be one of {', '.join(EMOJI)}")
    reaction = name if fields.get("action", "react") == "react" else None
    return _answer(customers.react(platform(), find_customer(psid), mid, reaction, _drawn()))


@customer_api.post("/customers/<psid>/unsend")
def _unsend(psid: str) -> ResponseReturnValue:
    mid = json_input.required_text(json_input.body(), "mid")
    return _answer(customers.unsend(platform(), find_customer(psid), mid, _drawn()))


@customer_api.post("/customers/<psid>/edit")
def _edit(psid: str) -> ResponseReturnValue:
    fields = json_input.body()
    mid, text = json_input.required_text(fields, "mid"), json_input.required_text(fields, "text")
    return _answer(customers.edit(platform(), find_customer(psid), mid, text, _drawn()))


@customer_api.post("/customers/<psid>/person")
def _person(psid: str) -> ResponseReturnValue:
    text = json_input.required_text(json_input.body(), "text")
    return _answer(customers.answer_as_person(platform(), find_customer(psid), text, _drawn()))


@customer_api.post("/customers/<psid>/handback")
def _hand_back(psid: str) -> ResponseReturnValue:
    return _answer(customers.hand_back(platform(), find_customer(psid), _drawn()))


@customer_api.post("/customers/<psid>/read")
def _read(psid: str) -> ResponseReturnValue:
    record = customers.look(platform(), find_customer(psid), _drawn())
    return jsonify(n=record.n if record else None)


@customer_api.post("/customers/<psid>/<any(block, unblock, delete):action>")
def _change(psid: str, action: str) -> ResponseReturnValue:
    return _answer(customers.change(platform(), find_customer(psid), action))


@customer_api.get("/thread/<psid>")
def _thread(psid: str) -> ResponseReturnValue:
    """With `?version=` of an earlier answer, a thread that has not changed since is left out."""
    known = request.args.get("version", type=int)
    with platform().lock:
        return jsonify(thread_view(platform(), find_customer(psid), known))


@customer_api.get("/customers/<psid>/picture.svg")
def _picture(psid: str) -> ResponseReturnValue:
    """Initials on a colour of the customer's own."""
    customer = find_customer(psid)
    initials = "".join(word[0] for word in customer.name.split()[:2] if word[0].isalpha()).upper()
    hue = int.from_bytes(customer.psid.encode()[-4:]) * 47 % 360
    return Response(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
        f'<rect width="40" height="40" fill="hsl({hue} 45% 42%)"/>'
        '<text x="20" y="26" text-anchor="middle" font-family="sans-serif" font-size="16" fill="#fff">'
        f"{initials}</text></svg>",
        mimetype="image/svg+xml",
        headers={"Cache-Control": "max-age=3600"},
    )


def find_customer(psid: str) -> Customer:
    """The customer of the address, or a 404."""
    customer = platform().people.find(psid)
    if customer is None:
        abort(404, description="there is no customer with this psid: create one with POST /sandbox/customers")
    return customer


def _answer(result: Record | Conflict) -> ResponseReturnValue:
    if isinstance(result, Conflict):
        return jsonify(error=result.remedy), 409
    return jsonify(n=result.n, message_id=result.text("message_id"))


def _page_id(fields: JsonObject) -> str:
    asked = json_input.text(fields, "page_id", longest=50)
    known = platform().pages.known()
    page_id = asked or (next(iter(known)) if len(known) == 1 else None)
    if page_id is None or platform().pages.find(page_id) is None:
        json_input.wrong("page_id must name a page that is connected: see GET /sandbox/state")
    return page_id


def _attachment(value: object) -> JsonObject | None:
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("type") not in _ATTACHMENTS:
        json_input.wrong(f"attachment must be an object with a type of {', '.join(_ATTACHMENTS)}")
    return value


def _title_of(customer: Customer, payload: object) -> str:
    """The words on the quick reply that was tapped, as it was last offered."""
    for message in reversed(customer.thread):
        replies = message.detail.get("quick_replies")
        for reply in replies if isinstance(replies, list) else ():
            if reply.get("payload") == payload:
                return str(reply.get("title", payload))
    return str(payload)


def _ago_seconds(fields: JsonObject) -> float:
    return json_input.number(fields, "ago", lowest=0, highest=_LONGEST_AGO_SECONDS)


def _drawn() -> Drawn:
    try:
        faults = json_input.faults_of_header()
    except ValueError as error:
        json_input.wrong(str(error))
    return {kind: value for kind, value in faults.items() if kind in WEBHOOK_KINDS}
