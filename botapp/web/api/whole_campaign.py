"""GET and PUT /api/v1/pages/…/campaign: all that is live as one file, and a file that is brought as a proposal."""

from http import HTTPStatus

from flask import Response, request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from botapp.campaign.file import Campaign
from botapp.campaign.proposal import Proposal
from botapp.campaign.whole import Tables, as_json, as_toml, digest, load_live
from botapp.policy.api_scope import ApiScope
from botapp.storage import accounts
from botapp.web.api.bodies import LARGEST_BODY_BYTES
from botapp.web.api.calls import PAGE, Asked, Call, Query
from botapp.web.api.drafts import read_whole
from botapp.web.api.once import json_answer
from botapp.web.api.problems import ProblemError

_TOML, _JSON = "application/toml", "application/json"


class Bringing(Query):
    """How far the file may go."""

    publish: bool = Field(
        default=False, description="put live what others approved; needs the scope campaigns:publish too"
    )
    retire_absent: bool = Field(
        default=False, description="with publish: retire what is live and not in the file; else it stays"
    )


class ProposedShown(BaseModel):
    """One template, rule or question: the stage it has come to, or `only_at_the_command_line`."""

    what: str
    name: str
    version: int | None
    state: str


class Brought(BaseModel):
    """What became of all that is in the file."""

    items: list[ProposedShown]


def _read(asked: Asked) -> Response:
    with asked.parts.database.reading() as connection:
        tables = load_live(connection, asked.page.id)
    tag = _tag(tables)
    if tag in request.if_none_match:
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    wants_json = request.accept_mimetypes.best_match([_TOML, _JSON]) == _JSON
    text = as_json(tables) if wants_json else as_toml(tables)
    headers = {"ETag": f'"{tag}"', "Vary": "Accept"}
    return Response(text, 200, headers, mimetype=_JSON if wants_json else _TOML)


def _bring(asked: Asked) -> Response:
    query: Bringing = asked.query
    if query.publish and asked.page.id not in asked.parts.keys.reach(asked.key, ApiScope.CAMPAIGNS_PUBLISH):
        detail = "This key may not put anything live; leave publish out, or use one with campaigns:publish."
        raise ProblemError(HTTPStatus.FORBIDDEN, "scope-missing", detail)
    if not request.if_match:
        detail = "Send `If-Match` with the ETag of the campaign that you looked at: GET tells it."
        raise ProblemError(HTTPStatus.PRECONDITION_REQUIRED, "if-match", detail)
    campaign = read_whole(asked, _sent())
    with asked.parts.database.transaction() as connection:
        accounts.lock_account(connection, asked.page.id)
        return _brought(connection, asked, campaign, query)


def _brought(connection: Connection, asked: Asked, campaign: Campaign, query: Bringing) -> Response:
    if _tag(load_live(connection, asked.page.id)) not in request.if_match:
        detail = "Somebody changed the campaign since; read it again."
        raise ProblemError(HTTPStatus.PRECONDITION_FAILED, "changed", detail)
    proposal = Proposal(
        database=asked.parts.database,
        by=asked.key.author,
        through=asked.key.id,
        publishes=query.publish,
        retires_absent=query.retire_absent,
    )
    found = proposal.bring(connection, asked.page.id, campaign)
    items = [ProposedShown(what=p.what, name=p.name, version=p.version, state=p.state) for p in found]
    answer = json_answer(Brought(items=items).model_dump_json())
    answer.headers["ETag"] = f'"{_tag(load_live(connection, asked.page.id))}"'
    return answer


def _sent() -> bytes:
    """The body. Problems: 413 too large, 415 neither TOML nor JSON."""
    if request.mimetype not in (_TOML, _JSON):
        detail = f"Send a campaign file, with `Content-Type: {_TOML}` or `{_JSON}`."
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-a-campaign", detail)
    content = request.get_data(cache=False)
    if len(content) > LARGEST_BODY_BYTES:
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", "A campaign has less than 1 MiB.")
    return content


def _tag(tables: Tables) -> str:
    return digest(tables)[:32]


_ETAG = {"headers": {"ETag": {"description": "Of what is live; for If-Match.", "schema": {"type": "string"}}}}
_FILE = {
    _TOML: {"schema": {"type": "string", "description": "a campaign file: docs/campaigns.md"}},
    _JSON: {"schema": {"type": "object", "description": "the same tables"}},
}


def _condition(name: str, told: str) -> dict[str, object]:
    return {"name": name, "in": "header", "required": False, "description": told, "schema": {"type": "string"}}


CALLS = (
    Call(
        "GET",
        f"{PAGE}/campaign",
        "campaign",
        "Read all that is live as one campaign file, always written the same.",
        ApiScope.CAMPAIGNS_READ,
        _read,
        more={
            "parameters": [_condition("If-None-Match", "an ETag: 304 if it is that of what is live")],
            "responses": {
                "200": {"content": _FILE, **_ETAG},
                "304": {"description": "It is what If-None-Match names."},
            },
        },
    ),
    Call(
        "PUT",
        f"{PAGE}/campaign",
        "propose",
        "Bring a campaign file: what is new is written and submitted; what others approved may go live.",
        ApiScope.CAMPAIGNS_WRITE,
        _bring,
        answer=Brought,
        query=Bringing,
        refusals=(412, 413, 415, 428),
        more={
            "parameters": [_condition("If-Match", "the ETag of the campaign that you looked at; 428 without")],
            "requestBody": {"required": True, "content": _FILE},
            "responses": {"200": _ETAG},
        },
    ),
)
