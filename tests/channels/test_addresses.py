"""Webhooks go to the public internet and nowhere else (SSRF)."""

import socket

import pytest

from app.channels.addresses import AddressRefused, check_url, is_public, refuse_private


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1",
        "127.1.2.3", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.7",
        "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::",
        "3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(AddressRefused, match="réseau privé"):
        refuse_private(["9.9.9.9", address])  # one bad address spoils the name


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "9.9.9.9", "41.243.0.1", "100.63.255.255", "100.128.0.0", "172.15.0.1",
     "172.32.0.1", "223.255.255.254", "2606:4700::1111", "2a00:1450::1", "2c0f:f248::1"],
)  # fmt: skip
def test_an_address_of_the_public_internet_is_taken(address: str) -> None:
    assert is_public(address)
    assert refuse_private([address]) == [address]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://9.9.9.9/", "https"),
        ("ftp://9.9.9.9/", "https"),
        ("//9.9.9.9/", "https"),
        ("https://user@9.9.9.9/", "utilisateur"),
        ("https://user:pass@9.9.9.9/", "utilisateur"),
        ("https://9.9.9.9/#part", "fragment"),
        ("https:///path", "utilisateur"),
        ("https://9.9.9.9:0/", "utilisateur"),
        ("https://9.9.9.9:99999/", "web"),
        ("https://9.9.9.9/a b", "web"),
        ("https://9.9.9.9/é", "web"),
        ("https://[::1", "web"),
        ("https://9.9.9.9/" + "a" * 500, "web"),
        ("https://127.0.0.1/", "privé"),
        ("https://127.1/", "privé"),
        ("https://2130706433/", "privé"),
        ("https://0x7f000001/", "privé"),
        ("https://0177.0.0.1/", "privé"),
        ("https://localhost/", "privé"),
        ("https://LOCALHOST:8443/", "privé"),
        ("https://[::1]/", "privé"),
        ("https://[::ffff:127.0.0.1]/", "privé"),
        ("https://[64:ff9b::7f00:1]/", "privé"),
        ("https://169.254.169.254/latest/meta-data/", "privé"),
    ],
)
def test_an_address_is_refused_before_it_is_kept(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        check_url(url, private=False)


def test_a_public_address_may_be_registered() -> None:
    check_url("https://9.9.9.9:8443/bono?shop=1", private=False)
    check_url("https://[2606:4700::1111]/bono", private=False)


def test_a_name_that_leads_nowhere_today_may_be_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "no name service")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    check_url("https://boutique.example/bono", private=False)


def test_on_one_machine_its_own_addresses_may_be_admitted() -> None:
    check_url("http://127.0.0.1:9000/bono", private=True)
    check_url("https://[::1]:9000/bono", private=True)
    with pytest.raises(AddressRefused):
        check_url("file:///etc/passwd", private=True)
