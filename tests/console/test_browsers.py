"""Sessions are told apart by what people call their browsers."""

import pytest

from botapp.console.browsers import browser_name

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("client", "name"),
    [
        (f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/141.0.0.0 Safari/537.36 Edg/141.0",
            "Edge on Windows",
        ),
        (f"{MOZILLA} (Linux; Android 10; K) {WEBKIT} Chrome/141.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) {WEBKIT} Version/18.0 Safari/604.1",
            "Safari on an iPhone",
        ),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.0 Safari/605.1", "Safari on a Mac"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 500, "x" * 40),
        ("", "unknown"),
    ],
)
def test_a_browser_is_called_as_people_call_it(client: str, name: str) -> None:
    assert browser_name(client) == name
