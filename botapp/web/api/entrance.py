"""Who may come in: the key behind a request, its scope, and how often it comes."""

import math
import re
from dataclasses import dataclass
from http import HTTPStatus

from flask import request

from botapp.policy.api_scope import ApiScope
from botapp.staff.api_keys import ApiKeys
from botapp.storage.api_keys import ApiKey
from botapp.web.api.limits import RequestLimit
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
        if wait_seconds:
            detail = "This key made too many requests; put more items into each and wait as Retry-After says."
            headers = {"Retry-After": str(math.ceil(wait_seconds))}
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", detail, headers=headers)
        if scope not in key.scopes:
            detail = f"This key has no scope {scope.value}; make another: botapp api-key add --scope {scope.value} …"
            raise ProblemError(HTTPStatus.FORBIDDEN, "scope-missing", detail)
        return key
