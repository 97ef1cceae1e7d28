"""The served document is the contract: schemathesis holds the API to it, within it and beyond."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from botapp.policy.access import Role
from botapp.policy.api_scope import OF_STAFF, ApiScope
from botapp.storage.api_keys import EVERY_PAGE
from botapp.web.api.app import CALLS, OPERATIONS
from tests import databases, servers
from tests.api.conftest import add_staff
from tests.world import PAGE_ID, World, standing_world

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BATCHES = [(operation.path, "POST") for operation in OPERATIONS]
OTHERS = [(call.path, call.method) for call in CALLS]
EXAMPLES = {True: 30, False: 3}  # of a batch, and of any other call
RULE = {"name": "a-rule", "template": "hello-again", "delay": "3h"}
TEMPLATE = {"name": "hello-again", "text": "Is there anything else?"}
CAMPAIGN = {"templates": [TEMPLATE], "rules": [RULE]}


class Contract:
    """An application with its document, and a key for everything: one of a system, one of a person."""

    def __init__(self, world: World) -> None:
        self.application: Flask = world.installation.web_app(lambda: True)
        self.document: BaseSchema = schemathesis.openapi.from_wsgi("/api/openapi.json", self.application)
        keys, day = world.installation.api_keys(), world.installation.settings.day
        self.token = keys.add("a system's", EVERY_PAGE, list(ApiScope), day)
        self.staff_token = keys.add(
            "a person's", EVERY_PAGE, list(OF_STAFF), day, staff_id=add_staff(world, "alice", Role.ADMIN)
        )


@pytest.fixture(scope="module")
def contract(test_run: servers.Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    """Nothing in it limits how often a key comes."""
    folder = tmp_path_factory.mktemp("contract")
    url = databases.sqlite_copy(test_run, folder / "botapp.sqlite")
    with standing_world(url, "redis://127.0.0.1:9/0", Path(folder), api_requests_per_second=1000) as world:
        yield Contract(world)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), [*BATCHES, *OTHERS])
def test_the_api_keeps_its_contract(contract: Contract, path: str, method: str, mode: GenerationMode) -> None:
    cases = contract.document[path][method].as_strategy(generation_mode=mode)
    is_batch = (path, method) in BATCHES
    is_to_be_refused = is_batch and mode is GenerationMode.NEGATIVE  # naming the page might mend what is wrong
    tokens = [contract.token, ""] if is_batch else [contract.token, contract.staff_token, ""]
    statuses = set()

    @settings(
        max_examples=EXAMPLES[is_batch],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, knows_the_page=st.booleans(), token=st.sampled_from(tokens))
    def keeps_it(case: Case[Any], *, knows_the_page: bool, token: str) -> None:
        case.headers["Authorization"] = f"Bearer {token or 'nobody'}"
        if knows_the_page and not is_to_be_refused:
            _name_the_page(case)
        answer = case.call()
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    keeps_it()
    if is_batch:
        assert (200 in statuses) == (mode is GenerationMode.POSITIVE), "what fits is taken, and what does not is not"


def _name_the_page(case: Case[Any]) -> None:
    if "page" in case.path_parameters:
        case.path_parameters["page"] = PAGE_ID
    body: Any = case.body
    if not isinstance(body, dict):
        return
    if "page" in body:
        body["page"] = PAGE_ID
        _mend(body.get("conversions"))
    for name, table in (("rule", RULE), ("template", TEMPLATE)):
        if isinstance(body.get(name), dict):
            body[name] = table | dict(list(body[name].items())[:1])
    if case.path.endswith("/campaign"):
        body.update(CAMPAIGN)
        case.headers["If-Match"] = "*"


def _mend(conversions: object) -> None:
    """A value and its currency come together, which the schema cannot say."""
    for each in conversions if isinstance(conversions, list) else []:
        if isinstance(each, dict) and (each.get("value") is None) != (each.get("currency") is None):
            each.update(value=None, currency=None)
