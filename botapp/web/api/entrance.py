"""Who may come in: the key behind a request, its scope, and how often it comes."""

import math
import re
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, g, request

from botapp.policy.api_scope import ApiScope
from botapp.staff.api_keys import ApiKeys, suits
from botapp.storage.api_keys import ApiKey
from botapp.web.api.limits import RateTold, RequestLimit
from botapp.web.api.problems import ProblemError

_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/=-]{1,200})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entrance:
    """Asked first by every resource."""

    keys: ApiKeys
    limit: RequestLimit

    def admit(self, scope: ApiScope) -> ApiKey:
        """The key, or a problem: 401 unknown, expired or revoked; 403 not for this; 429 too often."""
        found = _BEARER.match(request.headers.get("Authorization", ""))
        key = self.keys.find(found[1]) if found else None
        if key is None:
            detail = "Send a valid key as `Authorization: Bearer …`; make one with: botapp api-key add."
            headers = {"WWW-Authenticate": 'Bearer realm="botapp"'}
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "no-valid-key", detail, headers=headers)
        wait_seconds = self.limit.take(key.id)
        g.rate_limit = self.limit.tell(key.id)
        if wait_seconds:
            detail = "This key made too many requests; put more items into each and wait as Retry-After says."
            headers = {"Retry-After": str(math.ceil(wait_seconds))}
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", detail, headers=headers)
        if scope not in key.scopes:
            detail = f"This key has no scope {scope.value}; make another: botapp api-key add --scope {scope.value} …"
            raise ProblemError(HTTPStatus.FORBIDDEN, "scope-missing", detail)
        if not suits(key, scope):
            whose = "acts for a staff member" if key.staff_id is None else "is a system's"
            detail = f"{scope.value} takes a key that {whose}; see docs/api.md for both kinds."
            raise ProblemError(HTTPStatus.FORBIDDEN, "kind-of-key", detail)
        return key


def tell_limit(response: Response) -> Response:
    """How much of its rate the key has left, on every answer to one (draft-ietf-httpapi-ratelimit-headers)."""
    limit: RateTold | None = g.get("rate_limit")
    if limit is not None:
        response.headers["RateLimit-Policy"] = f'"key";q={limit.quota};w={limit.window_seconds}'
        response.headers["RateLimit"] = f'"key";r={limit.left};t={limit.full_in_seconds}'
    return response
