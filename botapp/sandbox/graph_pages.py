"""The rest of the Graph API: profiles of people and pages, thread control, the Messenger profile, subscriptions."""

from flask import g, request
from flask.typing import ResponseReturnValue

from botapp.sandbox import page_setup, routing
from botapp.sandbox.graph_api import answer, graph, platform
from botapp.sandbox.graph_errors import (
    NO_PROFILE,
    NOT_VISIBLE,
    TOO_FAST,
    GraphError,
    bad_parameter,
)
from botapp.sandbox.people import APP_ID, Customer
from botapp.sandbox.records import JsonObject

__all__ = ["graph"]

APP_NAME = "botapp sandbox"
_PROFILE_FIELDS = "first_name,last_name,profile_pic"  # what comes when nothing is asked for


@graph.get("/<node>")
def look_up(node: str) -> ResponseReturnValue:
    """The page itself, the app, or the profile of somebody who has written to the page (platform-reference 2.9)."""
    if node == "app":
        return answer({"id": APP_ID, "name": APP_NAME})
    if node in {"me", g.page_id}:
        page = platform().pages.find(g.page_id)
        return answer(_chosen({"id": g.page_id, "name": page.name if page else ""}, "id,name"))
    customer = platform().people.find(node)
    if customer is None or customer.page_id != g.page_id:
        return answer(NOT_VISIBLE)
    if customer.last_interaction_at is None:
        return answer(NO_PROFILE)
    return answer(_chosen(_profile(customer), _PROFILE_FIELDS))


@graph.post("/<node>/<any(pass, take, request, release):action>_thread_control")
def _control(node: str, action: str) -> ResponseReturnValue:  # noqa: ARG001  # checked by _admit
    return answer(routing.control(platform(), g.page_id, action, g.body))


@graph.get("/<node>/thread_owner")
def _thread_owner(node: str) -> ResponseReturnValue:  # noqa: ARG001  # checked by _admit
    return answer(routing.owner(platform(), g.page_id, str(g.body.get("recipient", ""))))


@graph.route("/<node>/messenger_profile", methods=["GET", "POST", "DELETE"])
def _messenger_profile(node: str) -> ResponseReturnValue:  # noqa: ARG001  # checked by _admit
    with platform().lock:
        before = platform().setups.of(g.page_id).profile
        if request.method == "GET":
            shown = _chosen(dict(before), ",".join(sorted(page_setup.PROPERTIES)))
            return answer({"data": [shown] if shown else []})
        if not platform().meter.allow_profile_call(g.page_id, platform().clock.elapsed()):
            return answer(TOO_FAST)
        profile = _deleted(before) if request.method == "DELETE" else _changed(before)
        if isinstance(profile, GraphError):
            return answer(profile)
        platform().record("messenger_profile", page_id=g.page_id, detail={"profile": profile})
        return answer({"result": "success"})


@graph.route("/<node>/subscribed_apps", methods=["GET", "POST", "DELETE"])
def _subscribed_apps(node: str) -> ResponseReturnValue:  # noqa: ARG001  # checked by _admit
    if request.method == "GET":
        fields = sorted(platform().setups.of(g.page_id).fields)
        entry: JsonObject = {"id": APP_ID, "name": APP_NAME, "subscribed_fields": fields}
        return answer({"data": [entry] if fields else []})
    wanted = [] if request.method == "DELETE" else page_setup.read_fields(g.body.get("subscribed_fields"))
    if isinstance(wanted, GraphError):
        return answer(wanted)
    platform().record("subscribed_apps", page_id=g.page_id, detail={"fields": sorted(wanted)})
    return answer({"success": True})


def _changed(before: JsonObject) -> JsonObject | GraphError:
    return page_setup.check_profile(g.body, before) or {**before, **g.body}


def _deleted(before: JsonObject) -> JsonObject | GraphError:
    names = g.body.get("fields")
    if not isinstance(names, list) or not set(map(str, names)) <= page_setup.PROPERTIES:
        return bad_parameter("The parameter fields must list properties of the Messenger profile.")
    if "get_started" in names and "persistent_menu" in before and "persistent_menu" not in names:
        return bad_parameter("A persistent menu needs a Get Started button.")
    return {name: value for name, value in before.items() if name not in names}


def _profile(customer: Customer) -> JsonObject:
    first, _, last = customer.name.partition(" ")
    return {
        "id": customer.psid,
        "first_name": first,
        "last_name": last,
        "profile_pic": f"{request.host_url}sandbox/customers/{customer.psid}/picture.svg",
        "locale": customer.locale,
        "timezone": customer.timezone,
    }


def _chosen(found: JsonObject, default: str) -> JsonObject:
    """The fields that were asked for; unknown ones are left out, and the id always comes where there is one."""
    names = {name.strip() for name in str(g.body.get("fields", default)).split(",")} | {"id"}
    return {name: value for name, value in found.items() if name in names}
