"""Where webhooks may go: never to our own house, in whatever form its address is written."""

import pytest

from botapp.policy.public_address import fault_of_url, is_public


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "127.9.9.9", "0.0.0.0", "255.255.255.255"),  # noqa: S104
        *("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1"),
        *("2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "localhost", ""),
    ],
)
def test_addresses_of_the_house_and_those_that_carry_one_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("https://hooks.example.com/botapp", "https://hooks.example.com:8443/a?b=c", "https://hooks.example.com."),
        "https://xn--bcher-kva.example/hook",
    ],
)
def test_https_on_a_host_name_may_be_told(url: str) -> None:
    assert fault_of_url(url, allows_loopback=False) is None


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://hooks.example.com/",
            "ftp://hooks.example.com/",
            "hooks.example.com",
            "https://",
            "//hooks.example.com",
        ),
        *("https://10.0.0.1/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data/"),
        *("https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/"),
        *("https://8.8.8.8/", "https://[2606:4700::1111]/", "https://[::1", "https://hooks.example.com.0x7f/"),
        *(
            "https://localhost/",
            "https://localhost./",
            "https://a.localhost/",
            "https://redis/",
            "https://db.internal/",
        ),
        *("https://hooks.example.com@10.0.0.1/", "https://u:p@hooks.example.com/", "https://hooks.example.com/#x"),
        *("https://hooks.example.com:0/", "https://hooks.example.com:99999/", "https://hooks.example.com/ x", ""),
        *("https://hooks.example.com\\@10.0.0.1/", "https://hoóks.example.com/", "https://a.example/" + "x" * 500),
    ],
)
def test_anything_else_may_not(url: str) -> None:
    assert fault_of_url(url, allows_loopback=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/hook", "http://localhost:9000/", "http://[::1]:9000/"])
def test_loopback_is_for_the_sandbox(url: str) -> None:
    assert fault_of_url(url, allows_loopback=True) is None
    assert fault_of_url(url, allows_loopback=False)
    assert fault_of_url("http://10.0.0.1/", allows_loopback=True)
