"""/api/v1/pages/…/webhooks: which other systems are told what happens on a page (docs/webhooks.md)."""

from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, NoReturn

from pydantic import BaseModel, Field

from botapp.outgoing.subscriptions import Refused, Subscriptions
from botapp.policy.api_scope import ApiScope
from botapp.policy.webhook_event import EventType
from botapp.storage import webhook_outbox, webhooks
from botapp.storage.webhooks import State, Webhook
from botapp.web.api.bodies import Part
from botapp.web.api.calls import PAGE, Asked, Call, missing, reading
from botapp.web.api.fields import PlainText
from botapp.web.api.problems import Fault, ProblemError

_ONE = f"{PAGE}/webhooks/{{webhook}}"
_NEWEST = 100
_LABEL = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"
_END = "(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~/?=&%-]{0,300})?"
_URL = rf"^(https://({_LABEL}\.){{1,8}}[a-z]{{2,20}}{_END}|http://(localhost|127\.0\.0\.1){_END})$"


class NewWebhook(Part):
    """A subscription. Its address never changes."""

    name: PlainText = Field(description="one line of at most 100 characters; never given twice on a page")
    url: Annotated[str, Field(pattern=_URL, description="https on a public host; http on loopback in the sandbox")]
    events: list[Annotated[EventType, Field(strict=False)]] = Field(
        min_length=1, max_length=len(EventType), description="what it is told"
    )


class Act(StrEnum):
    """What is done with one."""

    PAUSE = "pause"
    RESUME = "resume"
    TEST = "test"
    ROTATE = "rotate"
    REDELIVER = "redeliver"
    REMOVE = "remove"


class Step(Part):
    """One of the acts; `event` is for redelivering one, whatever became of it."""

    act: Annotated[Act, Field(strict=False)]
    event: Annotated[str, Field(pattern=r"^evt_[a-z0-9_]{1,60}$")] | None = None


class WebhookShown(BaseModel):
    """One subscription, without its secret."""

    id: str
    name: str
    url: str
    events: list[str]
    state: str
    reason: str | None
    created_at: datetime
    delivered_at: datetime | None
    failed_at: datetime | None
    failure: str | None


class WebhooksShown(BaseModel):
    """All of a page, those that have ended included."""

    items: list[WebhookShown]


class DeliveryShown(BaseModel):
    """One event, and what became of it."""

    id: str
    type: str
    occurred_at: datetime
    state: str
    attempts: int
    outcome: str | None
    next_try_at: datetime | None


class WebhookDetails(WebhookShown):
    """With its newest events."""

    deliveries: list[DeliveryShown]


class WebhookDone(BaseModel):
    """How it stands now. A secret is told this once."""

    webhook: WebhookShown
    secret: str | None = None
    events: int | None = Field(default=None, description="how many will be told again")


def _list(asked: Asked) -> WebhooksShown:
    with asked.parts.database.reading() as connection:
        known = webhooks.load_all(connection)
    return WebhooksShown(items=[_shown(each) for each in known if each.account_id == asked.page.id])


def _one(asked: Asked) -> WebhookDetails:
    found = _find(asked)
    with asked.parts.database.reading() as connection:
        newest = webhook_outbox.load_newest(connection, found, _NEWEST)
    deliveries = [
        DeliveryShown(
            id=each.event_id,
            type=each.event_type,
            occurred_at=each.occurred_at,
            state=each.state,
            attempts=each.attempts,
            outcome=each.outcome,
            next_try_at=each.next_try_at if each.state == "pending" else None,
        )
        for each in newest
    ]
    return WebhookDetails(**_shown(found).model_dump(), deliveries=deliveries)


def _add(asked: Asked) -> WebhookDone:
    body: NewWebhook = asked.body
    added = asked.parts.webhooks.add(asked.page.id, body.name, body.url, set(body.events), asked.key.author)
    if isinstance(added, Refused):
        fault = Fault(f"/{added.field}", added.words)
        detail = f"The webhook is not added: its {added.field} {added.words}."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "does-not-fit", detail, [fault])
    return WebhookDone(webhook=_shown(added.webhook), secret=added.secret)


def _do(asked: Asked) -> WebhookDone:
    step: Step = asked.body
    found, subscriptions, secret, events = _find(asked), asked.parts.webhooks, None, None
    match step.act:
        case Act.ROTATE:
            secret = subscriptions.rotate(found, asked.key.author) or _wrong_state(found)
        case Act.REDELIVER:
            events = subscriptions.redeliver(found, step.event)
        case Act.TEST:
            subscriptions.put_test(found) if found.state is State.ACTIVE else _wrong_state(found)
        case _:
            _turn(subscriptions, found, step.act, asked.key.author)
    return WebhookDone(webhook=_shown(_find(asked)), secret=secret, events=events)


def _turn(subscriptions: Subscriptions, found: Webhook, act: Act, by: int) -> None:
    match act:
        case Act.PAUSE:
            is_done = subscriptions.pause(found, by)
        case Act.RESUME:
            is_done = subscriptions.resume(found, by)
        case _:
            is_done = subscriptions.end(found, "removed", by)
    if not is_done:
        _wrong_state(found)


def _wrong_state(found: Webhook) -> NoReturn:
    raise ProblemError(
        HTTPStatus.CONFLICT, "wrong-state", f"The webhook is {found.state}; this cannot be done with it."
    )


def _find(asked: Asked) -> Webhook:
    number = asked.path["webhook"]
    is_number = number.isascii() and number.isdecimal() and len(number) < 10  # noqa: PLR2004  31 bits
    with asked.parts.database.reading() as connection:
        found = webhooks.find(connection, asked.page.id, int(number)) if is_number else None
    if found is None:
        raise missing("webhook")
    return found


def _shown(known: Webhook) -> WebhookShown:
    return WebhookShown(
        id=str(known.id),
        name=known.name,
        url=known.url,
        events=sorted(known.event_types),
        state=known.state,
        reason=known.reason,
        created_at=known.created_at,
        delivered_at=known.delivered_at,
        failed_at=known.failed_at,
        failure=known.failure,
    )


_SCOPE = ApiScope.WEBHOOKS_MANAGE
CALLS = (
    Call("GET", f"{PAGE}/webhooks", "webhooks", "List webhooks.", _SCOPE, reading(_list), answer=WebhooksShown),
    Call(
        "POST",
        f"{PAGE}/webhooks",
        "webhook_add",
        "Add a webhook. The answer has its secret, this once.",
        _SCOPE,
        reading(_add),
        answer=WebhookDone,
        body=NewWebhook,
    ),
    Call("GET", _ONE, "webhook", "Read one, with its newest events.", _SCOPE, reading(_one), answer=WebhookDetails),
    Call(
        "POST",
        _ONE,
        "webhook_step",
        "Pause, resume, test, rotate, redeliver or remove one.",
        _SCOPE,
        reading(_do),
        answer=WebhookDone,
        body=Step,
        refusals=(409,),
    ),
)
