"""Where calls may go: https anywhere, plain http on loopback only."""

import pytest

from botapp.channels.transport import check_base_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://graph.facebook.com", "https://graph.facebook.com"),
        ("https://graph.facebook.com/", "https://graph.facebook.com"),
        ("https://proxy.example:8443/graph/", "https://proxy.example:8443/graph"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_https_and_loopback_are_accepted_and_lose_their_last_slash(url: str, expected: str) -> None:
    assert check_base_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.facebook.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "HTTP//127.0.0.1",
        "graph.facebook.com",
        "//graph.facebook.com",
        "https://",
        "https:///path",
        "https://host:0",
        "https://host:99999",
        "https://host:port",
        "https://[::1",
        "https://host?x=1",
        "https://host#x",
        "https://ho st",
        " https://host",
        "https://host\n",
        "",
    ],
)
def test_anything_else_is_refused_with_the_remedy(url: str) -> None:
    with pytest.raises(ValueError, match=r"like https?://"):
        check_base_url(url)


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="is not a base URL") as raised:
        check_base_url("https://alice:hunter2@graph.facebook.com")
    assert "hunter2" not in str(raised.value)
