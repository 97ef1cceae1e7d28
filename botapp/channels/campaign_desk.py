"""Another installation's API, for a campaign that is kept in a repository: reads what is live, and brings a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import requests

_TIMEOUT_SECONDS = (10, 60)  # to connect, and for each answer
_TOML = "application/toml"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class CampaignDeskError(Exception):
    """The installation did not do what was asked, in words for whoever asked."""


@dataclass(frozen=True, slots=True)
class CampaignDesk:
    """One page of another installation. The key is sent there and nowhere else: redirects are not followed."""

    url: str
    page_id: str
    key: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise CampaignDeskError(f"{self.url} is no https address; the key would be read on its way")

    def load(self) -> tuple[str, str]:
        """The campaign that is live, as TOML, and its ETag. Raises CampaignDeskError."""
        answer = self._ask("GET", headers={"Accept": _TOML})
        answer.encoding = "utf-8"
        return answer.text, answer.headers["ETag"]

    def bring(self, content: bytes, tag: str, *, publish: bool, retire_absent: bool) -> list[Mapping[str, Any]]:
        """What became of each thing in the file. Raises CampaignDeskError, also if somebody came between."""
        wishes = {"publish": publish, "retire_absent": retire_absent}
        is_json = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
        answer = self._ask(
            "PUT",
            params={name: "true" for name, is_wished in wishes.items() if is_wished},
            data=content,
            headers={"Content-Type": "application/json" if is_json else _TOML, "If-Match": tag},
        )
        items: list[Mapping[str, Any]] = answer.json()["items"]
        return items

    def _ask(self, method: str, *, headers: Mapping[str, str], **more: Any) -> requests.Response:  # noqa: ANN401  as requests has it
        address = f"{self.url.rstrip('/')}/api/v1/pages/{quote(self.page_id, safe='')}/campaign"
        sent = {"Authorization": f"Bearer {self.key}", **headers}
        try:
            answer = requests.request(
                method, address, headers=sent, timeout=_TIMEOUT_SECONDS, allow_redirects=False, **more
            )
        except requests.RequestException as error:
            raise CampaignDeskError(f"{self.url} does not answer ({type(error).__name__})") from None
        if answer.status_code != HTTPStatus.OK:
            raise CampaignDeskError(_told(answer))
        return answer


def _told(answer: requests.Response) -> str:
    """A refusal in its own words; of what is no problem of ours only the status."""
    try:
        problem = answer.json()
        faults = "".join(f"\n  {fault['detail']}" for fault in problem.get("errors", ()))
        return f"{answer.status_code}: {problem['detail']}{faults}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"it answered {answer.status_code}; is this the address of a botapp?"
