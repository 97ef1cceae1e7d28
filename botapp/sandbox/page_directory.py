"""The pages that this platform knows, asked for again when an unknown one turns up."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from botapp.clock import Clock

_RELOAD_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the token that speaks for it."""

    token: str
    name: str


class PageDirectory:
    """Finds pages by id or token. Loads at most once a second, so that wrong tokens cost nobody anything."""

    def __init__(self, load: Callable[[], Mapping[str, Page]], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._pages: Mapping[str, Page] = {}
        self._by_token: dict[str, str] = {}
        self._loaded_at: float | None = None  # on the clock that never goes back

    def id_for_token(self, token: str) -> str | None:
        """The id of the page this token speaks for."""
        if token not in self._by_token:
            self._reload()
        return self._by_token.get(token)

    def find(self, page_id: str) -> Page | None:
        if page_id not in self._pages:
            self._reload()
        return self._pages.get(page_id)

    def known(self) -> Mapping[str, Page]:
        """All of them, by id; looks for the first one until there is one."""
        if not self._pages:
            self._reload()
        return self._pages

    def _reload(self) -> None:
        with self._lock:
            elapsed = self._clock.elapsed()
            if self._loaded_at is not None and elapsed - self._loaded_at < _RELOAD_SECONDS:
                return
            self._loaded_at = elapsed
            pages = dict(self._load())
            self._by_token = {page.token: page_id for page_id, page in pages.items()}
            self._pages = pages
