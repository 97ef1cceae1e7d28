"""docs/openapi.yaml says what is answered over HTTP: schemathesis holds the real server to it, within it and beyond."""

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
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

from botapp.channels.messenger.signature import sign
from tests.hostile.web_process import PATH, WebProcess
from tests.web.conftest import DELETION_PATHS, Door, door, open_door
from tests.world import SECRET, VERIFY_TOKEN

__all__ = ["door", "open_door"]  # fixtures

CONTRACT = Path(__file__).resolve().parents[2] / "docs/openapi.yaml"
OPERATIONS = sorted(
    (path, method.upper())
    for path, methods in yaml.safe_load(CONTRACT.read_text())["paths"].items()
    for method in methods
)
SPOILABLE = [operation for operation in OPERATIONS if operation[0].startswith(PATH)]  # others ask for nothing
P, N = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 12


@pytest.mark.parametrize(("path", "method", "mode"), [*((*o, P) for o in OPERATIONS), *((*o, N) for o in SPOILABLE)])
def test_the_server_keeps_its_contract(web_process: WebProcess, path: str, method: str, mode: GenerationMode) -> None:
    cases = schemathesis.openapi.from_path(CONTRACT)[path][method].as_strategy(generation_mode=mode)

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases, is_authentic=st.booleans())
    def keeps_it(case: Case[Any], is_authentic: bool) -> None:
        if is_authentic:
            _vouch_for(case)
        answer = case.call(base_url=f"http://127.0.0.1:{web_process.port}", timeout=10)
        # What is no HTTP at all, such as a line end in a field's value, the server refuses before there is a route.
        if answer.status_code != 400 or answer.headers.get("content-type") != ["text/html"]:
            case.validate_response(answer, checks=CHECKS)

    keeps_it()


def _vouch_for(case: Case[Any]) -> None:
    """Make of it what the platform, knowing our secrets, would send."""
    if case.path == PATH and case.method == "POST":
        case.body = json.dumps(case.body, default=str).encode()
        case.media_type = "application/json"
        case.headers["X-Hub-Signature-256"] = sign(case.body, SECRET)
    elif case.path == PATH:
        case.query["hub.verify_token"] = VERIFY_TOKEN
    elif case.path in DELETION_PATHS:
        case.body = {
            "signed_request": _signed({"algorithm": "HMAC-SHA256", "issued_at": 1, "user_id": str(case.body)[:150]})
        }
        case.media_type = "application/x-www-form-urlencoded"


def _signed(payload: dict[str, Any]) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=")
    signature = base64.urlsafe_b64encode(hmac.new(SECRET.encode(), encoded, hashlib.sha256).digest())
    return f"{signature.rstrip(b'=').decode()}.{encoded.decode()}"


def test_the_contract_has_every_route_of_the_application_and_no_other(door: Door) -> None:
    rules = door.client.application.url_map.iter_rules()
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(OPERATIONS)
