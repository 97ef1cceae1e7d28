"""The served document is the contract: schemathesis holds the API to it, within it and beyond."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from botapp.policy.api_scope import ApiScope
from botapp.storage.api_keys import EVERY_PAGE
from botapp.web.api.app import OPERATIONS
from tests import databases, servers
from tests.world import PAGE_ID, World, standing_world

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATHS = [operation.path for operation in OPERATIONS]


@pytest.fixture(scope="module")
def busy_world(test_run: servers.Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Nothing in it limits how often a key comes."""
    folder = tmp_path_factory.mktemp("contract")
    url = databases.sqlite_copy(test_run, folder / "botapp.sqlite")
    with standing_world(url, "redis://127.0.0.1:9/0", Path(folder), api_requests_per_second=1000) as world:
        yield world


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("path", PATHS)
def test_the_api_keeps_its_contract(busy_world: World, path: str, mode: GenerationMode) -> None:
    installation = busy_world.installation
    token = installation.api_keys().add(f"{path} {mode}", EVERY_PAGE, list(ApiScope), installation.settings.day)
    application = installation.web_app(lambda: True)
    document = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    cases = document[path]["POST"].as_strategy(generation_mode=mode)
    accepted = []

    @settings(max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=cases, knows_the_page=st.booleans(), is_known=st.booleans())
    def keeps_it(case: Case[Any], *, knows_the_page: bool, is_known: bool) -> None:
        case.headers["Authorization"] = f"Bearer {token if is_known else 'nobody'}"
        if knows_the_page and isinstance(case.body, dict) and "page" in case.body:
            case.body["page"] = PAGE_ID
            _mend(case.body.get("conversions"))
        answer = case.call()
        case.validate_response(answer, checks=CHECKS)
        accepted.append(answer.status_code == 200)

    keeps_it()
    assert any(accepted) == (mode is GenerationMode.POSITIVE), "what fits is taken, and what does not is not"


def _mend(conversions: object) -> None:
    """A value and its currency come together, which the schema cannot say."""
    for each in conversions if isinstance(conversions, list) else []:
        if isinstance(each, dict) and (each.get("value") is None) != (each.get("currency") is None):
            each.update(value=None, currency=None)
